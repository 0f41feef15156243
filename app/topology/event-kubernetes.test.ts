import { expect, it } from 'vitest';
import { applyList, type Inventory } from '../probe/inventory.ts';
import type { KubeEventFact } from '../probe/kube-facts.ts';
import { emptyTopology } from './build.ts';
import { applyPatch, diffTopology } from './diff.ts';
import type { Topology } from './model.ts';
import { a, build, fact, inventoryOf, node } from './testing/scenario.ts';

const warning: KubeEventFact = {
  uid: 'e1',
  namespace: 'default',
  name: 'demo.17d2',
  reason: 'FailedCreatePodSandBox',
  message: 'plugin type="calico" failed',
  count: 1,
  firstAt: 900,
  lastAt: 900,
  about: { kind: 'Pod', namespace: 'default', name: 'c2c-network-demo', uid: 'u1' },
  reporter: 'kubelet',
  host: 'a',
};
const rebooted: KubeEventFact = {
  ...warning,
  uid: 'e2',
  name: 'a.17d3',
  reason: 'Rebooted',
  message: 'Node a has been rebooted',
  lastAt: 800,
  about: { kind: 'Node', namespace: null, name: 'a', uid: 'a' },
};
function withEvents(known: Inventory, ...events: KubeEventFact[]): Inventory {
  const list = { resourceVersion: '1', next: null, unread: { count: 0, first: null } };
  return applyList(known, [{ ...list, kind: 'events', facts: events }]);
}
const told = ({ events }: Topology) => events.filter(({ teller }) => teller === 'Kubernetes');
const known = inventoryOf(fact());

it('warnings are told with Kubernetes’ time, by the node and about the Pod, as what was before', () => {
  const topology = build([a(1000)], { inventory: withEvents(known, warning, rebooted) });
  expect(told(topology)).toMatchObject([
    {
      at: { s: 800, ns: 0 },
      nodeLabel: 'a',
      kind: 'kubernetes-warning',
      sentence: 'Node a: Rebooted (kubelet): Node a has been rebooted',
      about: [node(topology, 'a')?.id],
      past: true,
    },
    {
      at: { s: 900, ns: 0 },
      sentence: 'default/c2c-network-demo: FailedCreatePodSandBox (kubelet): plugin type="calico" failed',
      about: ['pod:u1', node(topology, 'a')?.id],
      past: true,
    },
  ]);
});

it('one that repeats stays one, on the page, too; it is not past any more; nothing is told twice', () => {
  const first = build([a(1000)], { inventory: withEvents(known, warning, rebooted) });
  const again = { ...warning, count: 5, lastAt: 1040 };
  const second = build([a(1050)], { inventory: withEvents(known, again, rebooted) }, first);
  expect(told(second).map(({ sentence, past }) => [sentence, past])).toEqual([
    ['Node a: Rebooted (kubelet): Node a has been rebooted', true],
    [
      'default/c2c-network-demo: FailedCreatePodSandBox (kubelet), 5 times in 2 min: plugin type="calico" failed',
      undefined,
    ],
  ]);
  expect(applyPatch(first, diffTopology(first, second)).events).toEqual(second.events);
  // By a fresh worker, which has the topology and nothing of how it was built.
  const forgotten = JSON.parse(JSON.stringify(second)) as Topology;
  const third = build([a(1060)], { inventory: withEvents(known, again, rebooted) }, forgotten);
  expect(told(third)).toEqual(told(second));
});

it('a container that was started again: when and how the one before ended', () => {
  const ended = { reason: 'OOMKilled', exitCode: 137, signal: null, at: 1030 };
  const restarted = fact({ restarts: [{ container: 'server', count: 2, ended }] });
  const first = build([a(1000)], { inventory: known });
  const second = build([a(1035)], { inventory: inventoryOf(restarted) }, first);
  expect(told(second)).toMatchObject([
    {
      at: { s: 1030, ns: 0 },
      kind: 'pod-changed',
      sentence:
        'default/c2c-network-demo: its container server ended with exit code 137 (OOMKilled); it was started again 2 times by now.',
    },
  ]);
  expect(told(build([a(1036)], { inventory: inventoryOf(restarted) }, second))).toHaveLength(1);
  // It had waited in its back-off; now it runs, and the one end is no second one.
  const counted = fact({ restarts: [{ container: 'server', count: 3, ended }] });
  expect(told(build([a(1037)], { inventory: inventoryOf(counted) }, second))).toEqual(told(second));
});

it('of thousands the latest two hundred', () => {
  const many = Array.from({ length: 2_000 }, (_, at) => ({
    ...warning,
    uid: `e${at}`,
    name: `e${at}`,
    message: `m${at}`,
    lastAt: 1 + at,
  }));
  const events = told(build([a(5000)], { inventory: withEvents(known, ...many) }, emptyTopology('test')));
  expect([events.length, events[0]?.at.s]).toEqual([200, 1_801]);
});
