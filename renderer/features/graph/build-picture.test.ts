import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { Topology } from '../../../app/topology/model.ts';
import { buildTopology, buildView, classic } from '../../dev/fixture.ts';
import { noFreshness } from '../../state/freshness.ts';
import { buildPicture } from './build-picture.ts';
import { summarize } from './summary.ts';
import type { Picture } from './picture.ts';

const NOW = 1_764_000_500_000;
const topology = buildTopology(classic, 'lab');
const { nodes: statuses } = buildView(classic, 'lab', NOW);

function picture(change: { topology?: Topology | null; statuses?: readonly NodeStatus[] } = {}): Picture {
  return buildPicture({ topology, statuses, freshness: noFreshness, now: NOW, focusNode: null, ...change });
}

function status(label: string, change: Partial<NodeStatus>): NodeStatus[] {
  return statuses.map((each) => (each.label === label ? { ...each, ...change } : each));
}

describe('buildPicture', () => {
  it('says how old a stale node is, and dims it', () => {
    const node = picture({ statuses: status('k8s-worker-2', { state: 'stale', since: NOW - 12_000 }) })
      .nodes[2];
    expect(node?.tags).toEqual([{ text: 'stale since 12 s', tone: 'warn' }]);
    expect(node?.dimmed).toBe(true);
  });
  it('draws a machine that has never answered', () => {
    const { nodes } = picture({ topology: null, statuses: status('k8s-master', { state: 'failed' }) });
    expect(nodes.map((node) => node.known)).toEqual([false, false, false]);
    expect(nodes[0]?.tags[0]?.text).toBe('cannot connect');
  });
  it('says that BIRD is dead where it is, and warns of the routes it left', () => {
    const id = 'node:k8s-worker-1';
    const node = topology.nodes[id];
    if (node === undefined) throw new Error('the fixture has worker 1');
    const bird = {
      state: 'dead',
      version: null,
      kernelRoutes: 1,
      sentence: 'BIRD dead, routes kept',
    } as const;
    const dead = picture({
      topology: { ...topology, nodes: { ...topology.nodes, [id]: { ...node, bird } } },
    });
    expect(dead.nodes[1]?.tags).toEqual([{ text: 'BIRD dead, routes kept', tone: 'bad' }]);
    expect(dead.nodes[1]?.routes[0]?.tone).toBe('warn');
  });
  it('docker0 down is idle, a NIC down is not', () => {
    const [docker] = picture().nodes[0]?.ports.filter((port) => port.name === 'docker0') ?? [];
    expect([docker?.down, docker?.idle]).toEqual([true, true]);
    const interfaces = Object.fromEntries(
      Object.entries(topology.interfaces).map(([id, each]) => [
        id,
        each.name === 'ens192' ? { ...each, carrier: false } : each,
      ]),
    );
    const [nic] = picture({ topology: { ...topology, interfaces } }).nodes[0]?.ports ?? [];
    expect([nic?.name, nic?.down, nic?.idle]).toEqual(['ens192', true, false]);
  });
  it('joins NICs of one subnet by one wire', () => {
    expect(picture().wires).toEqual([{ network: '10.12.0.0/16', members: 3 }]);
  });
  it('makes one arc of a session’s two ends and takes the worse of them', () => {
    expect(picture().arcs.map((arc) => [arc.label, arc.detail])).toContainEqual([
      'BGP Established',
      'since 10:24:51 · 1↔1 prefixes',
    ]);
    const id = 'bgp:k8s-worker-1/Mesh_10_12_22_152';
    const session = topology.bgp[id];
    if (session === undefined) throw new Error('the fixture has a full mesh');
    const half = {
      ...topology,
      bgp: { ...topology.bgp, [id]: { ...session, protocolState: 'start', info: 'Active' } },
    };
    const { arcs } = picture({ topology: half });
    expect(arcs).toHaveLength(3);
    expect(arcs.filter((arc) => arc.tone === 'bad').map((arc) => arc.selects.id)).toEqual([id]);
  });
});

it('the summary says all that is drawn and counts what is folded', () => {
  const all = picture();
  const drawn = new Set(all.nodes.flatMap((node) => node.pods.map((pod) => pod.id)));
  const lines = summarize(all, drawn);
  expect(lines).toContain('Node k8s-worker-1 10.12.22.151, connected, 2 Pods');
  expect(lines).toContain(
    'Pod default/c2c-network-demo on k8s-worker-1, 192.168.1.2, eth0 ⇄ calid9d486e54a8',
  );
  expect(lines.filter((line) => line.startsWith('BGP Established between'))).toHaveLength(3);
  expect(summarize(all, new Set())).toContain('2 more Pods on k8s-worker-1, folded');
});
