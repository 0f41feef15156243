import { describe, expect, it } from 'vitest';
import { noWatch, type VantagePointView, type WatchView } from '../../app/contract/watch.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { InterfaceEntity, NodeEntity, PodEntity, Topology } from '../../app/topology/model.ts';
import { judgeWatch, lossLine, pathPoints, podCalled } from './report-path.ts';

const lives = { since: { s: 1, ns: 0 }, until: null, evidence: [] };
const node = (label: string, address: string): NodeEntity => ({
  ...lives,
  id: label,
  label,
  hostname: label,
  hostKeyFingerprint: '',
  bootId: label,
  kernel: '',
  addresses: [address],
  rootNetns: `${label}/root`,
  bird: { state: 'running', version: null, kernelRoutes: 0, sentence: null },
  unknowns: [],
  unread: { routes: null, insidesOfPods: null },
  cni: { name: 'Calico', mode: 'BGP', opaque: null, evidence: [] },
  contradictions: [],
  kubernetesName: label,
});
const device = (id: string, owner: string, change: Partial<InterfaceEntity>): InterfaceEntity => ({
  ...lives,
  id,
  nodeId: owner,
  netnsId: `${owner}/root`,
  ifindex: 1,
  name: id,
  kind: 'veth',
  role: 'workload',
  mac: null,
  mtu: 1500,
  operstate: 'UP',
  adminUp: true,
  carrier: true,
  addresses: [],
  peer: null,
  masterIfindex: null,
  ...change,
});
const nic = (id: string, owner: string, address: string): InterfaceEntity =>
  device(id, owner, {
    role: 'nic',
    addresses: [{ family: 4, address, prefixLength: 24, scope: 'global' }],
  });
const pod = (name: string, owner: string, change: Partial<PodEntity> = {}): PodEntity => ({
  ...lives,
  id: `pod:${name}`,
  namespace: 'default',
  name,
  nodeId: owner,
  nodeName: owner,
  ips: [],
  phase: 'Running',
  ready: null,
  hostNetwork: false,
  labels: {},
  moreLabels: 0,
  netnsId: null,
  podInterfaceId: `${name}-in`,
  hostInterfaceId: `${name}-out`,
  contradictions: [],
  ...change,
});

const byId = <T extends { readonly id: string }>(all: readonly T[]): Record<string, T> =>
  Object.fromEntries(all.map((one) => [one.id, one]));
const demo = pod('demo', 'w1');
const peer = pod('peer', 'w2');
const neighbour = pod('neighbour', 'w1');
const topology: Topology = {
  ...emptyTopology('lab'),
  nodes: byId([node('w1', '10.0.0.1'), node('w2', '10.0.0.2')]),
  interfaces: byId([
    nic('w1-other', 'w1', '10.9.9.9'),
    nic('w1-nic', 'w1', '10.0.0.1'),
    nic('w2-nic', 'w2', '10.0.0.2'),
    device('w2-gone', 'w2', { until: { s: 2, ns: 0 } }),
  ]),
  pods: byId([demo, peer, neighbour]),
};
const seen = (counts: Record<string, number>): WatchView => ({
  ...noWatch,
  run: 1,
  state: 'on',
  vantagePoints: Object.entries(counts).map(([interfaceId, packets], id): VantagePointView => ({
    id,
    captureId: 1,
    label: `label of ${interfaceId}`,
    nodeLabel: 'w',
    podName: null,
    interfaceName: interfaceId,
    interfaceId,
    packets,
  })),
});
const ids = (to: PodEntity | null): (string | null)[] =>
  pathPoints(topology, demo, to).map((point) => point.interfaceId);
const everywhere = { 'demo-in': 3, 'demo-out': 3, 'w1-nic': 3, 'w2-nic': 3, 'peer-out': 3, 'peer-in': 3 };

describe('the path of a watched Pod', () => {
  it('leads from inside it over both NICs into its peer', () => {
    expect(ids(peer)).toEqual(['demo-in', 'demo-out', 'w1-nic', 'w2-nic', 'peer-out', 'peer-in']);
    expect(ids(neighbour)).toEqual(['demo-in', 'demo-out', 'neighbour-out', 'neighbour-in']);
    expect(ids(null)).toEqual(['demo-in', 'demo-out', 'w1-nic']);
  });

  it('is complete when packets were seen at every point of it', () => {
    const verdict = judgeWatch(pathPoints(topology, demo, peer), seen(everywhere));
    expect(verdict.complete).toBe(true);
    expect(verdict.sentences).toEqual([]);
    expect(verdict.lines[0]).toBe('inside default/demo: label of demo-in, 3 packets');
    expect(verdict.lines).toHaveLength(6);
  });

  it.each(Object.keys(everywhere))(
    'is not when nothing was seen at %s, or it was no vantage point',
    (gap) => {
      const points = pathPoints(topology, demo, peer);
      const rest = Object.fromEntries(Object.entries(everywhere).filter(([id]) => id !== gap));
      for (const counts of [{ ...everywhere, [gap]: 0 }, rest]) {
        const verdict = judgeWatch(points, seen(counts));
        expect(verdict.complete).toBe(false);
        expect(verdict.sentences).toHaveLength(1);
        expect(verdict.sentences[0]).toMatch(/^No packet was seen (inside|at) /);
      }
    },
  );

  it('says what is not known, and takes nothing for it', () => {
    const blind = pod('blind', 'w1', { podInterfaceId: null });
    const nameless = { ...seen({ 'blind-out': 1, 'w1-nic': 1 }) };
    const unknown = { ...nameless.vantagePoints[0], interfaceId: null, packets: 9 } as VantagePointView;
    const verdict = judgeWatch(pathPoints(topology, blind, null), {
      ...nameless,
      vantagePoints: [...nameless.vantagePoints, unknown],
    });
    expect(verdict.sentences).toEqual([
      'Nothing can be seen inside default/blind: its interface is not known.',
    ]);
    expect(judgeWatch([], seen(everywhere)).complete).toBe(false);
  });

  it('adds up what two captures saw at one interface', () => {
    const twice = seen(everywhere);
    const again = {
      ...twice,
      vantagePoints: [...twice.vantagePoints, ...seen({ 'w1-nic': 4 }).vantagePoints],
    };
    expect(judgeWatch(pathPoints(topology, demo, peer), again).lines[2]).toMatch(/, 7 packets$/);
  });

  it('finds a living Pod by namespace and name', () => {
    expect(podCalled(topology, 'default/demo')?.id).toBe('pod:demo');
    expect(podCalled(topology, 'other/demo')).toBeNull();
    const dead = { ...topology, pods: byId([{ ...demo, until: { s: 2, ns: 0 } }]) };
    expect(podCalled(dead, 'default/demo')).toBeNull();
  });

  it('says who lost how much', () => {
    expect(lossLine({ ...noWatch, loss: { kernel: 1, governor: 2, ours: 0 } })).toBe(
      "Lost: 1 packet by the nodes' kernels, 2 packets left out to spare the nodes, 0 packets by Hopscope.",
    );
  });
});
