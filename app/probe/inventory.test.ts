import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyList, applyWatchEvent, emptyInventory } from './inventory.ts';
import type { PodFact } from './kube-facts.ts';
import type { KubeWatchEvent } from './kubernetes.ts';

const pod = (uid: string, ip: string): PodFact => ({
  uid,
  namespace: 'default',
  name: `pod-${uid}`,
  nodeName: 'n',
  ips: [ip],
  phase: 'Running',
  ready: { containers: 1, ready: 1 },
  hostNetwork: false,
  terminating: false,
  createdAt: 1,
  networks: [],
  labels: {},
  moreLabels: 0,
});
const page = (pods: PodFact[], resourceVersion: string, next: string | null = null) =>
  ({ kind: 'pods', resourceVersion, next, facts: pods, unread: { count: 0, first: null } }) as const;
const upsert = (one: PodFact, resourceVersion: string): KubeWatchEvent<'pods'> => ({
  type: 'upsert',
  resourceVersion,
  fact: one,
});

describe('the inventory', () => {
  it('holds all pages of a list, and of a second list only what is still there, unchanged Pods as they were', () => {
    const first = applyList(emptyInventory, [page([pod('a', '1')], '5', 'more'), page([pod('b', '2')], '5')]);
    expect(Object.keys(first.pods)).toEqual(['a', 'b']);
    const second = applyList(first, [page([pod('b', '2')], '9')]);
    expect(second.pods['b']).toBe(first.pods['b']);
    expect([Object.keys(second.pods), second.kinds.pods.resourceVersion]).toEqual([['b'], '9']);
  });

  it('ignores what changes nothing, and keeps the version', () => {
    const first = applyList(emptyInventory, [page([pod('a', '1')], '5')]);
    const same = applyWatchEvent(first, 'pods', upsert(pod('a', '1'), '6'));
    expect(same.pods).toBe(first.pods);
    expect(
      applyWatchEvent(same, 'pods', { type: 'bookmark', resourceVersion: '7' }).kinds.pods.resourceVersion,
    ).toBe('7');
    expect(applyWatchEvent(same, 'pods', { type: 'expired' })).toBe(same);
  });

  it('comes to the same by watching as by listing again', () => {
    const change = fc.record({
      uid: fc.constantFrom('a', 'b', 'c'),
      ip: fc.constantFrom('1', '2'),
      gone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const truth = new Map<string, PodFact>();
        let watched = emptyInventory;
        changes.forEach(({ uid, ip, gone }, at) => {
          const one = pod(uid, ip);
          if (gone) truth.delete(uid);
          else truth.set(uid, one);
          const event = upsert(one, `${at}`);
          watched = applyWatchEvent(
            watched,
            'pods',
            gone ? ({ ...event, type: 'delete' } as KubeWatchEvent<'pods'>) : event,
          );
        });
        expect(watched.pods).toEqual(applyList(emptyInventory, [page([...truth.values()], 'x')]).pods);
      }),
    );
  });
});
