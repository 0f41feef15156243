import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from './json.ts';
import { ObjectStore, type Change } from './store.ts';

const EMPTY = { revision: 1, objects: [], history: [] };
const HISTORY = 12;

interface Step {
  readonly resource: 'pods' | 'nodes';
  readonly name: string;
  readonly deletes: boolean;
}

const steps = fc.array(
  fc.record({
    resource: fc.constantFrom('pods' as const, 'nodes' as const),
    name: fc.constantFrom('a', 'b', 'c'),
    deletes: fc.boolean(),
  }),
  { maxLength: 40 },
);

function take(store: ObjectStore, step: Step, count: number): void {
  const present = store.get(step.resource, undefined, step.name);
  if (step.deletes && present !== undefined) store.delete(step.resource, present);
  else if (!step.deletes) {
    store.put(step.resource, { apiVersion: 'v1', kind: 'Any', metadata: { name: step.name }, count });
  }
}

describe('ObjectStore', () => {
  it('knows every past list within its history, and says so beyond it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const store = new ObjectStore(EMPTY, HISTORY);
        const lists = new Map<number, KubeObject[]>([[store.revision, []]]);
        for (const [count, step] of all.entries()) {
          take(store, step, count);
          lists.set(store.revision, store.list('pods'));
        }
        for (const [revision, list] of lists) {
          const known = revision >= store.revision - HISTORY;
          expect(store.listAt('pods', revision)).toEqual(known ? list : null);
        }
      }),
    );
  });

  it('lets a watcher rebuild the present from any known past', () => {
    fc.assert(
      fc.property(steps, fc.nat(40), (all, from) => {
        const store = new ObjectStore(EMPTY, HISTORY);
        let replica = new Map<string, KubeObject>();
        let since = store.revision;
        for (const [count, step] of all.entries()) {
          take(store, step, count);
          if (count !== from) continue;
          since = store.revision;
          replica = new Map(store.list('pods').map((object) => [object.metadata.name, object]));
        }
        const changes = store.changesSince(since);
        if (since < store.oldestRevision) {
          expect(changes).toBeNull();
          return;
        }
        for (const change of changes ?? []) {
          if (change.resource !== 'pods') continue;
          if (change.type === 'DELETED') replica.delete(change.object.metadata.name);
          else replica.set(change.object.metadata.name, change.object);
        }
        expect([...replica.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))).toEqual(
          store.list('pods'),
        );
      }),
    );
  });

  it('gives each change the next revision, also to the object', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const store = new ObjectStore(EMPTY, HISTORY);
        const seen: Change[] = [];
        store.subscribe((change) => seen.push(change));
        for (const [count, step] of all.entries()) take(store, step, count);
        expect(seen.map((change) => change.revision)).toEqual(seen.map((_, index) => index + 2));
        expect(seen.map((change) => Number(change.object.metadata.resourceVersion))).toEqual(
          seen.map((change) => change.revision),
        );
      }),
    );
  });

  it('does not change when the record fails', () => {
    let full = false;
    const store = new ObjectStore(EMPTY, HISTORY, () => {
      if (full) throw new Error('no space left');
    });
    const object = { apiVersion: 'v1', kind: 'Any', metadata: { name: 'a' } };
    store.put('pods', object);
    full = true;
    expect(() => store.put('pods', { ...object, spec: 1 })).toThrow('no space left');
    expect(store.revision).toBe(2);
    expect(store.list('pods')).toHaveLength(1);
    expect(store.list('pods')[0]).not.toHaveProperty('spec');
  });
});
