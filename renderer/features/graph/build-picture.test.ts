import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { BgpSession, Topology } from '../../../app/topology/model.ts';
import { buildTopology } from '../../dev/fixture.ts';
import { buildView } from '../../dev/plan-view.ts';
import { classic } from '../../dev/plans.ts';
import { killBird } from '../../dev/bird-dead.ts';
import { noFreshness } from '../../state/freshness.ts';
import { agedText } from './ages.ts';
import { buildPicture } from './build-picture.ts';
import { densitiesFor } from './density.ts';
import { drawPlate } from './region-plate.ts';
import { lineOf, summarize } from './summary.ts';
import type { Selection } from '../../state/selection.ts';
import type { Picture } from './picture.ts';

const NOW = 1_764_000_500_000;
const topology = buildTopology(classic, 'lab');
const { nodes: statuses } = buildView(classic, 'lab', NOW);

function picture(change: { topology?: Topology | null; statuses?: readonly NodeStatus[] } = {}): Picture {
  return buildPicture({ topology, statuses, freshness: noFreshness, focusNode: null, ...change });
}

function status(label: string, change: Partial<NodeStatus>): NodeStatus[] {
  return statuses.map((each) => (each.label === label ? { ...each, ...change } : each));
}

describe('buildPicture', () => {
  it('dims a node whose facts may no longer hold, and says since when', () => {
    const since = NOW - 12_000;
    const lastFactsAt = NOW - 19_000;
    const shown = (change: Partial<NodeStatus>): unknown => {
      const node = picture({ statuses: status('k8s-worker-2', { since, lastFactsAt, ...change }) }).nodes[2];
      const [tag] = node?.tags ?? [];
      const drawn = tag === undefined || tag.age === null ? tag?.text : agedText(tag.text, tag.age, NOW);
      return [drawn, tag?.said, tag?.tone, node?.dimmed];
    };
    expect(shown({ state: 'stale' })).toEqual(['stale since 12 s', 'stale since 16:08:08 UTC', 'warn', true]);
    expect(shown({ state: 'waiting' })).toEqual([
      'waiting · 19 s old',
      'waiting to reconnect, last read 16:08:01 UTC',
      'warn',
      true,
    ]);
    expect(shown({ state: 'connected' })).toEqual([
      'reading · 19 s old',
      'reading again, last read 16:08:01 UTC',
      'faint',
      true,
    ]);
    expect(shown({ state: 'connected', lastFactsAt: since + 1 })).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
  });
  it('draws a machine that has never answered', () => {
    const { nodes } = picture({
      topology: null,
      statuses: status('k8s-master', { state: 'failed', lastFactsAt: null }),
    });
    expect(nodes.map((node) => node.known)).toEqual([false, false, false]);
    expect(nodes[0]?.tags[0]?.text).toBe('cannot connect');
  });
  describe('after BIRD died on worker 1', () => {
    const dead = picture({ topology: killBird(topology, 'k8s-worker-1') });
    it('says so where it was, and warns of the routes it left', () => {
      expect(dead.nodes[1]?.tags).toMatchObject([{ text: 'BIRD dead, routes kept (2)', tone: 'bad' }]);
      expect(dead.nodes[1]?.routes.map((route) => [route.remark, route.tone])).toEqual([['kept', 'warn']]);
    });
    it('warns of the routes that its peers keep, and of no other', () => {
      const said = [dead.nodes[0], dead.nodes[2]].map((node) =>
        node?.routes.map((route) => [route.dst, route.owner, route.remark, route.tone]),
      );
      expect(said).toEqual([
        [
          ['192.168.1.0/24', 'bird · Mesh_10_12_22_151', 'stale', 'warn'],
          ['192.168.2.0/24', 'bird · Mesh_10_12_22_152', '', 'bgp'],
        ],
        [['192.168.1.0/24', 'bird · Mesh_10_12_22_151', 'stale', 'warn']],
      ]);
    });
    it('has amber arcs that name both ends and select the end that keeps routes', () => {
      expect(
        dead.arcs.map(({ label, tone, details, selects }) => [label, tone, details, selects.id]),
      ).toEqual([
        [
          'BGP stale',
          'warn',
          ['stale at k8s-master', 'BIRD dead on k8s-worker-1'],
          'bgp:k8s-master/Mesh_10_12_22_151',
        ],
        ['BGP Established', 'bgp', expect.any(Array), 'bgp:k8s-master/Mesh_10_12_22_152'],
        [
          'BGP stale',
          'warn',
          ['BIRD dead on k8s-worker-1', 'stale at k8s-worker-2'],
          'bgp:k8s-worker-2/Mesh_10_12_22_151',
        ],
      ]);
    });
    it('is told in the summary', () => {
      expect(summarize(dead, new Set())).toEqual(
        expect.arrayContaining([
          'Route on k8s-worker-2: 192.168.1.0/24 via 10.12.22.151, bird · Mesh_10_12_22_151, stale',
          'BGP stale between k8s-worker-1 and k8s-worker-2, BIRD dead on k8s-worker-1, stale at k8s-worker-2',
        ]),
      );
    });
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
    expect(picture().arcs.map((arc) => [arc.label, arc.details])).toContainEqual([
      'BGP Established',
      ['since 10:24:51', '1↔1 prefixes'],
    ]);
    const id = 'bgp:k8s-worker-1/Mesh_10_12_22_152';
    const half = withSession(id, { protocolState: 'start', info: 'Active' });
    const { arcs } = picture({ topology: half });
    expect(arcs).toHaveLength(3);
    expect(arcs.filter((arc) => arc.tone === 'bad').map((arc) => [arc.selects.id, arc.details])).toEqual([
      [id, ['start · Active at k8s-worker-1', 'Established at k8s-worker-2']],
    ]);
  });
  it('counts the prefixes of the two families apart, each at both ends', () => {
    const { arcs } = picture({ topology: dualStack() });
    expect(arcs).toHaveLength(3);
    expect(arcs.find((arc) => arc.a === 'node:k8s-worker-1')?.details).toEqual([
      'since 10:24:51',
      'v4 1↔1, v6 5↔7 prefixes',
    ]);
    const sixDown = picture({
      topology: dualStack({ protocolState: 'start', info: 'Active' }),
    }).arcs.find((arc) => arc.a === 'node:k8s-worker-1');
    expect([sixDown?.tone, sixDown?.details]).toEqual([
      'bad',
      ['v4 Established at k8s-worker-1', 'v6 start · Active at k8s-worker-1', 'Established at k8s-worker-2'],
    ]);
  });
});

function withSession(id: string, change: Partial<BgpSession>): Topology {
  const session = topology.bgp[id];
  if (session === undefined) throw new Error('the fixture has a full mesh');
  return { ...topology, bgp: { ...topology.bgp, [id]: { ...session, ...change } } };
}

/** The workers peer over IPv6, too; `change` is of worker 1's IPv6 end. */
function dualStack(change: Partial<BgpSession> = {}): Topology {
  const [one, two] = ['bgp:k8s-worker-1/Mesh_10_12_22_152', 'bgp:k8s-worker-2/Mesh_10_12_22_151'].map(
    (id) => topology.bgp[id],
  );
  if (one === undefined || two === undefined) throw new Error('the fixture has a full mesh');
  const six = [
    { ...one, id: `${one.id}-6`, name: 'Node_152_6', peerAddress: 'fd00::152', imported: 5, ...change },
    { ...two, id: `${two.id}-6`, name: 'Node_151_6', peerAddress: 'fd00::151', imported: 7 },
  ];
  return { ...topology, bgp: { ...topology.bgp, ...Object.fromEntries(six.map((each) => [each.id, each])) } };
}

it('the summary says all that is drawn and counts what is folded', () => {
  const all = picture();
  const drawn = new Set(all.nodes.flatMap((node) => node.pods.map((pod) => pod.id)));
  const lines = summarize(all, drawn);
  expect(lines).toContain('Node k8s-worker-1 10.12.22.151, Calico · BGP, connected, 2 Pods');
  expect(lines).toContain(
    'Pod default/c2c-network-demo on k8s-worker-1, 192.168.1.2, eth0 ⇄ calid9d486e54a8',
  );
  expect(lines.filter((line) => line.startsWith('BGP Established between'))).toHaveLength(3);
  expect(summarize(all, new Set())).toContain('2 more Pods on k8s-worker-1, folded');
});

it('routes that could not be read are not told as none', () => {
  const id = 'node:k8s-worker-1';
  const node = topology.nodes[id];
  const forwarding = topology.forwarding[node?.rootNetns ?? ''];
  if (node === undefined || forwarding === undefined) throw new Error('the fixture has worker 1');
  const unread = { ...node.unread, routes: 'ip was killed after 3 s.' };
  const unreadPicture = picture({
    topology: {
      ...topology,
      nodes: { ...topology.nodes, [id]: { ...node, unread } },
      forwarding: { ...topology.forwarding, [node.rootNetns]: { ...forwarding, routes: [] } },
    },
  });
  expect(summarize(unreadPicture, new Set())).toContain(
    'Routes on k8s-worker-1 not read: ip was killed after 3 s.',
  );
  const region = unreadPicture.nodes[1];
  const full = densitiesFor(3, 2)[0];
  if (region === undefined || full === undefined) throw new Error('there are three nodes');
  const { texts } = drawPlate(region, full, { x: 0, y: 0 }, 334, []);
  expect(texts.map((text) => text.text)).toEqual(['its routes could not be read']);
});

it('what is selected by keys is read out in the words of its line', () => {
  const all = picture();
  const said = summarize(
    all,
    new Set(all.nodes.flatMap((node) => [...node.pods, ...node.ports]).map(({ id }) => id)),
  );
  const selections: Selection[] = [
    { kind: 'node', id: 'node:k8s-worker-1' },
    ...all.nodes.flatMap((node) => node.pods.map((pod) => ({ kind: 'pod', id: pod.id }) as const)),
    ...all.nodes.flatMap((node) => node.ports.map((port) => ({ kind: 'interface', id: port.id }) as const)),
    ...all.arcs.map((arc) => arc.selects),
  ];
  expect(selections).toHaveLength(1 + 4 + 6 + 3);
  for (const selection of selections) expect(said).toContain(lineOf(all, selection));
  expect(lineOf(all, { kind: 'pod', id: 'gone' })).toBe('');
});
