import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from './json.ts';
import { mergePatch, strategicMergePatch } from './patch.ts';

describe('mergePatch', () => {
  // RFC 7386, appendix A.
  it.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched with %j is %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('is the same when done twice, and touches neither argument', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const before = JSON.stringify([target, patch]);
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch as Json)).toEqual(once);
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
    );
  });

  it('makes a field of __proto__, not a prototype', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}') as Json);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"polluted":true}}');
  });
});

describe('strategicMergePatch', () => {
  const pod: JsonObject = {
    metadata: { finalizers: ['a', 'b'] },
    spec: {
      containers: [
        { name: 'one', image: 'v1', env: [{ name: 'A', value: '1' }], args: ['x', 'y'] },
        { name: 'two', image: 'v1' },
      ],
      nodeSelector: { zone: 'a', disk: 'ssd' },
    },
  };

  it('merges lists by their key, replaces those without one, deletes with null', () => {
    const patch = {
      spec: {
        containers: [{ name: 'one', image: 'v2', env: [{ name: 'B', value: '2' }], args: ['z'] }],
        nodeSelector: { disk: null },
      },
    };
    expect(strategicMergePatch(pod, patch, 'Pod')).toEqual({
      metadata: { finalizers: ['a', 'b'] },
      spec: {
        containers: [
          {
            ...{ name: 'one', image: 'v2', args: ['z'] },
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
          },
          { name: 'two', image: 'v1' },
        ],
        nodeSelector: { zone: 'a' },
      },
    });
  });

  it('follows the directives: delete an item, set the order, drop plain values, replace', () => {
    const patch = {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] },
      spec: {
        '$setElementOrder/containers': [{ name: 'three' }, { name: 'two' }],
        containers: [
          { name: 'one', $patch: 'delete' },
          { name: 'three', image: 'v3' },
        ],
        nodeSelector: { $patch: 'replace', zone: 'b' },
      },
    };
    expect(strategicMergePatch(pod, patch, 'Pod')).toEqual({
      metadata: { finalizers: ['b', 'c'] },
      spec: {
        containers: [
          { name: 'three', image: 'v3' },
          { name: 'two', image: 'v1' },
        ],
        nodeSelector: { zone: 'b' },
      },
    });
  });

  it('keeps only $retainKeys', () => {
    const patch = { spec: { $retainKeys: ['nodeSelector'] } };
    expect(strategicMergePatch(pod, patch, 'Pod')['spec']).toEqual({
      nodeSelector: { zone: 'a', disk: 'ssd' },
    });
  });
});
