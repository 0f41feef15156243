// Who is compared with whom, what would be sent for it, and by whose leave.
import { describe, expect, it } from 'vitest';
import { MOST_SHOTS } from '../probe/active-shots.ts';
import type { NetnsEntity, PodEntity, Topology } from '../topology/model.ts';
import { scopeCells, type ScopeCells } from './scope-cells.ts';
import { planScope } from './scope-plan.ts';
import { scopeOfModel } from './scope-understood.ts';
import { knownCluster } from './testing/real-cluster.ts';

const read = knownCluster(new URL('./fixtures/vxlan-bridge/', import.meta.url));
/** What was pasted knows no processes, by which one enters a network. */
const processOf = (at: number) => ({ pid: 100 + at, comm: 'p', startTicks: 1 });
const topology: Topology = {
  ...read.topology,
  pods: Object.fromEntries(
    Object.values(read.topology.pods).map((pod) => [
      pod.id,
      { ...pod, netnsId: pod.netnsId ?? `of ${pod.id}` },
    ]),
  ),
  netns: {
    ...Object.fromEntries(
      Object.values(read.topology.netns).map((netns, at) => [
        netns.id,
        netns.root ? netns : { ...netns, process: processOf(at) },
      ]),
    ),
    // One of them was pasted without its namespace.
    ...Object.fromEntries(
      Object.values(read.topology.pods).flatMap(({ id, nodeId, netnsId }, at) =>
        netnsId !== null && netnsId in read.topology.netns
          ? []
          : [[netnsId ?? `of ${id}`, netnsOf(netnsId ?? `of ${id}`, nodeId ?? '', at)]],
      ),
    ),
  },
};
function netnsOf(id: string, nodeId: string, at: number): NetnsEntity {
  const life = { since: { s: 0, ns: 0 }, until: null, evidence: [] };
  return {
    ...life,
    id,
    nodeId,
    inode: 900 + at,
    root: false,
    nsid: null,
    process: processOf(at),
    podId: null,
  };
}
const known = { ...read, topology };
const pods = Object.values(topology.pods).filter(({ hostNetwork, ips }) => !hostNetwork && ips.length > 0);
const podAt = (ip: string): PodEntity => {
  const pod = pods.find(({ ips }) => ips.includes(ip));
  if (pod === undefined) throw new Error(`nobody has ${ip}`);
  return pod;
};
const [from, to] = ['10.244.1.2', '10.244.2.2'] as const;

function cells(extra: Partial<Parameters<typeof scopeCells>[1]> = {}, facts = known): ScopeCells {
  const found = scopeCells(facts, { from, to, port: null, ...extra });
  if (!found.ok) throw new Error(found.failure);
  return found.value;
}

describe('who is compared', () => {
  it('the two that are asked about, their nodes, and another Pod of the same node, each with each', () => {
    const scope = cells();
    expect(scope.lacks).toContain('There is no third node to compare with.');
    expect([...scope.from.parties.keys()].sort()).toEqual(['asked', 'neighbour', 'node']);
    expect(scope.from.parties.get('neighbour')?.name).not.toBe(scope.from.parties.get('asked')?.name);
    const ways = new Set(scope.cells.map(({ cell }) => `${cell.direction} ${cell.from} ${cell.to}`));
    expect(ways).toContain('forth asked asked');
    expect(ways).toContain('back asked asked');
    expect(ways).toContain('forth node node');
  });

  it('a port is asked of whom it is asked to alone, forth; large packets are as large as the ends take', () => {
    const scope = cells({ port: 8080 });
    const tcp = scope.cells.filter(({ cell }) => cell.proto === 'tcp');
    expect(tcp.length).toBeGreaterThan(0);
    expect(tcp.every(({ cell }) => cell.port === 8080 && cell.direction === 'forth')).toBe(true);
    const large = scope.cells.find(
      ({ cell }) => cell.size === 'large' && cell.from === 'asked' && cell.to === 'asked',
    );
    expect(large?.cell.bytes).toBe(1450);
  });

  it('a Pod that no process is known of is no neighbour, and one without a name is asked for by its address', () => {
    const own = podAt(from);
    const others = pods.filter(({ nodeId, id }) => nodeId === own.nodeId && id !== own.id);
    const change = (extra: Partial<PodEntity>) => ({
      ...known,
      topology: {
        ...topology,
        pods: {
          ...topology.pods,
          ...Object.fromEntries(others.map((pod) => [pod.id, { ...pod, ...extra }])),
        },
      },
    });
    expect(cells({}, change({ netnsId: null })).from.parties.has('neighbour')).toBe(false);
    const nameless = cells({}, change({ namespace: null })).from.parties.get('neighbour');
    expect(others.flatMap(({ ips }) => ips)).toContain(nameless?.end);
  });

  it('a Service, and somebody outside, are no ends of a scope', () => {
    expect(scopeCells(known, { from, to: '203.0.113.9', port: null })).toMatchObject({ ok: false });
  });
});

describe('what would be sent', () => {
  it('by root each cell once, from where it is; the same plan has the same id, other packets another', () => {
    const scope = cells();
    const planned = planScope(scope, topology, () => 3);
    const sent = planned.fired.flatMap(({ cells: own }) => own).sort((a, b) => a - b);
    expect(sent).toEqual(scope.cells.map((_, index) => index));
    for (const { node, shots, cells: own } of planned.fired) {
      expect(shots.length).toBe(own.length);
      expect(shots.length).toBeLessThanOrEqual(MOST_SHOTS);
      for (const index of own) expect(scope.cells[index]?.sender.node).toBe(node);
    }
    expect(planScope(cells(), topology, () => 3).plan.id).toBe(planned.plan.id);
    expect(planScope(cells({ port: 8080 }), topology, () => 3).plan.id).not.toBe(planned.plan.id);
  });

  it('who is not root sends from nodes alone, and that is said; from who is not connected nothing is sent', () => {
    const scope = cells();
    const plain = planScope(scope, topology, () => 1);
    expect(plain.fired.flatMap(({ shots }) => shots).every(({ inside }) => inside === null)).toBe(true);
    expect(plain.plan.lacks.join(' ')).toContain('Sending from inside Pods takes root on');
    const away = planScope(scope, topology, () => null);
    expect([away.fired, away.counted]).toEqual([[], []]);
    expect(away.plan.lacks.join(' ')).toContain('is not connected: nothing is sent from there.');
  });
});

it('by the model alone a healthy cluster is healthy, and nothing is claimed to drop', () => {
  const { by, healthy, drops, sentence } = scopeOfModel(cells());
  expect({ by, healthy, drops }).toEqual({ by: 'model', healthy: true, drops: [] });
  expect(sentence).toMatch(/^By the model: /);
});
