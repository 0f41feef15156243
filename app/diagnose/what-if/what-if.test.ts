import { describe, expect, it } from 'vitest';
import { knownCluster } from '../../trace/testing/real-cluster.ts';
import { tracePath } from '../../trace/trace.ts';
import { clusterOf } from '../cluster.ts';
import { pairsOf } from '../paths/pairs.ts';
import { link, section, withList } from '../testing/case.ts';
import { addressOf, routedCluster, type RoutedCluster } from '../testing/routed-cluster.ts';
import { afterwards } from './failures.ts';
import { wayOf } from './fate.ts';
import type { Failure, PairGroup, WhatIfAnswer } from './model.ts';
import { untouchedBy } from './untouched.ts';
import { whatIf } from './what-if.ts';

const mesh = (extra: Partial<RoutedCluster> = {}): RoutedCluster => ({
  labels: ['a', 'b', 'c'],
  sessions: ['a-b', 'a-c', 'b-c'],
  podsEach: 2,
  ...extra,
});

type Told = Extract<WhatIfAnswer, { ok: true }>;

function told(asked: RoutedCluster, fails: Failure): Told {
  const answer = whatIf(routedCluster(asked), { fails });
  if (!answer.ok) throw new Error(answer.sentence);
  return answer;
}

const ways = (groups: readonly PairGroup[]): string[] =>
  groups.map(({ from, to, pairs }) => `${from} ${to} ${pairs}`).sort();

/** Whatever takes them. */
function sums(groups: readonly PairGroup[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { from, to, pairs } of groups) found[`${from} ${to}`] = (found[`${from} ${to}`] ?? 0) + pairs;
  return found;
}

describe('a link', () => {
  it('the only NIC: all that comes and goes by it is lost, what stays on a node and between the others goes on', () => {
    const answer = told(mesh(), { kind: 'link', node: 'b', device: 'ens192' });
    expect(ways(answer.lost)).toEqual(['a b 4', 'b a 4', 'b c 4', 'c b 4']);
    expect(answer.rerouted).toEqual([]);
    // On each of three nodes two, between a and c four each way.
    expect(answer.stays).toBe(14);
    const stops = answer.lost.map(
      ({ from, stopsAt }) => `${from} ${stopsAt?.node ?? ''} ${stopsAt?.reason ?? ''}`,
    );
    expect(stops.sort()).toEqual(['a a away', 'b b no-route', 'b b no-route', 'c c away']);
    expect(answer.sessions.map(({ sides }) => sides.join(' '))).toEqual(['a b', 'b c']);
    expect(answer.sessions[0]?.sentence).toContain('its hold time of 240 s');
  });

  it('with a second wire behind: another route is taken, and which', () => {
    const answer = told(mesh({ secondWire: true }), { kind: 'link', node: 'b', device: 'ens192' });
    expect(answer.lost).toEqual([]);
    expect(ways(answer.rerouted)).toEqual(['a b 4', 'b a 4', 'b c 4', 'c b 4']);
    const [out] = answer.rerouted.filter(({ from }) => from === 'b');
    expect(out?.sentence).toContain('by ens224 to 10.9.0.');
    expect(out?.sentence).toContain('no more by ens192');
    expect(
      answer.routes.find(({ node, dst }) => node === 'a' && dst === '192.168.2.0/24')?.becomes,
    ).toContain('via 10.9.0.2 dev ens224');
  });

  it('a Pod’s cable is that Pod’s alone', () => {
    const facts = routedCluster(mesh());
    const device = Object.values(facts.topology.pods).find(({ name }) => name === 'pod-2-1')?.hostInterfaceId;
    const name = facts.topology.interfaces[device ?? '']?.name ?? '';
    const answer = told(mesh(), { kind: 'link', node: 'b', device: name });
    expect(ways(answer.lost)).toEqual(['a b 2', 'b a 2', 'b b 1', 'b b 1', 'b c 2', 'c b 2']);
    for (const { examples } of answer.lost) for (const one of examples) expect(one).toContain('pod-2-1');
    expect(answer.effects.join('\n')).toContain('eth0 of default/pod-2-1 loses its carrier');
  });

  it('one that nothing leaves by changes nothing', () => {
    const spare = (label: string) => ({
      facts: ({ links }: { links: { value: readonly ReturnType<typeof link>[] | null } | null }) =>
        label === 'b' ? { links: section('links', [...(links?.value ?? []), link('spare0')]) } : {},
    });
    const asked = mesh({ change: spare });
    const answer = told(asked, { kind: 'link', node: 'b', device: 'spare0' });
    expect([answer.lost, answer.rerouted, answer.gained, answer.unsure, answer.sessions]).toEqual([
      [],
      [],
      [],
      [],
      [],
    ]);
    expect(answer.stays).toBe(30);
  });

  it('Pods on their nodes’ networks are followed, too: to and from Pods, and between nodes', () => {
    const answer = told(mesh({ podsEach: 1, hostPods: true }), { kind: 'link', node: 'b', device: 'ens192' });
    // Of two on each node each loses the two of the other node; on its own node and between a and c all goes on.
    expect(sums(answer.lost)).toEqual({ 'a b': 4, 'b a': 4, 'b c': 4, 'c b': 4 });
    expect(answer.stays).toBe(3 * 2 + 2 * 4);
    const named = answer.lost.flatMap(({ examples }) => examples);
    expect(named).toContain('default/host-2 → default/pod-1-1');
    const session = told(mesh({ podsEach: 1, hostPods: true }), { kind: 'session', node: 'a', peer: 'b' });
    // The wire stands: only what is for Pods of the other node, or comes back to one, has no route.
    expect(sums(session.lost)).toEqual({ 'a b': 3, 'b a': 3 });
  });

  it('where time is over what is nearest has been tried, and that it was not all is said', () => {
    const facts = routedCluster(mesh({ podsEach: 2, hostPods: true }));
    const asked = { fails: { kind: 'link', node: 'b', device: 'ens192' } } as const;
    const all = whatIf(facts, asked);
    let tries = 5;
    const some = whatIf(facts, asked, () => tries-- > 0);
    if (!all.ok || !some.ok) throw new Error('both are answered');
    const counted = ({ lost, stays, left }: Told): number =>
      lost.reduce((sum, { pairs }) => sum + pairs, stays + left);
    expect([all.left, some.traced]).toEqual([0, 5]);
    // Nine Pods, each with each other.
    expect([counted(all), counted(some)]).toEqual([72, 72]);
    expect(some.lost.every(({ from, to }) => from === 'b' || to === 'b')).toBe(true);
    expect(some.missing.join('\n')).toContain(
      `Not all was tried: there was no time for ${some.left} more Pod pairs`,
    );
    expect(all.missing.join('\n')).not.toContain('Not all was tried');
  });

  it('what is not there, or down already, is said', () => {
    const facts = routedCluster(mesh());
    const said = (fails: Failure): string => {
      const answer = whatIf(facts, { fails });
      return answer.ok ? '' : answer.sentence;
    };
    expect(said({ kind: 'link', node: 'b', device: 'eth9' })).toContain('b has no interface eth9; it has: ');
    expect(said({ kind: 'link', node: 'z', device: 'eth9' })).toBe(
      'No node is called z; there are: a, b, c.',
    );
    expect(said({ kind: 'session', node: 'a', peer: 'z' })).toContain(
      'has no BGP session with z; it has some with b, c',
    );
  });
});

describe('a BGP session', () => {
  it('of a mesh: what each learned from the other is gone, and its packets end in what is behind', () => {
    const answer = told(mesh(), { kind: 'session', node: 'a', peer: 'b' });
    // Behind is the default route, to a router that nobody knows.
    expect(ways(answer.lost)).toEqual(['a b 4', 'b a 4']);
    expect(answer.lost[0]?.stopsAt).toMatchObject({ node: 'a', interface: 'ens192', reason: 'away' });
    expect(answer.lost[0]?.sentence).toContain('unless that one knows the way, it is lost');
    expect(answer.routes.map(({ node, dst }) => `${node} ${dst}`)).toEqual([
      'a 192.168.2.0/24',
      'b 192.168.1.0/24',
    ]);
    expect(answer.routes[0]?.because).toContain('nobody else offers the prefix');
    expect(answer.routes[0]?.becomes).toContain('default via 10.0.0.254');
  });

  it('is found by the peer’s address and by its own name, too', () => {
    for (const peer of ['b', addressOf(1), 'Mesh_10_0_0_2'])
      expect(told(mesh(), { kind: 'session', node: 'a', peer }).failed.title).toBe('the BGP session a – b');
  });

  it('where another session offers the same prefix, that one takes over: nobody loses a path', () => {
    const reflected = mesh({ labels: ['a', 'b', 'r'], sessions: ['a-b', 'r<a', 'r<b'] });
    const answer = told(reflected, { kind: 'session', node: 'a', peer: 'b' });
    expect([answer.lost, answer.rerouted, answer.unsure]).toEqual([[], [], []]);
    expect(answer.routes.map(({ because }) => because)).toEqual([
      expect.stringContaining('offers the same prefix, which takes over'),
      expect.stringContaining('offers the same prefix, which takes over'),
    ]);
  });

  it('with the only reflector: the other clients lose what it told them', () => {
    const reflected = mesh({ labels: ['a', 'b', 'r'], sessions: ['r<a', 'r<b'] });
    const answer = told(reflected, { kind: 'session', node: 'r', peer: 'a' });
    expect(answer.routes.map(({ node, dst }) => `${node} ${dst}`).sort()).toEqual([
      'a 192.168.2.0/24',
      'a 192.168.3.0/24',
      'b 192.168.1.0/24',
      'r 192.168.1.0/24',
    ]);
  });

  it('where the daemon’s routes were not read: what leads to the peer is presumed to be from it, and that is said', () => {
    const answer = told(mesh({ silent: true }), { kind: 'session', node: 'a', peer: 'b' });
    expect(answer.routes.map(({ node, dst }) => `${node} ${dst}`)).toEqual([
      'a 192.168.2.0/24',
      'b 192.168.1.0/24',
    ]);
    expect(answer.missing.join('\n')).toContain('The routes of the BGP daemon of a were not read');
  });
});

describe('a node', () => {
  it('takes its Pods with it; the others go on', () => {
    const answer = told(mesh(), { kind: 'node', node: 'b' });
    expect(ways(answer.lost)).toEqual(['a b 4', 'b a 4', 'b b 2', 'b c 4', 'c b 4']);
    expect(answer.pods).toEqual(['default/pod-2-1', 'default/pod-2-2']);
    expect(answer.stays).toBe(12);
  });

  it('the only reflector takes the routes of all with it; of two the other goes on', () => {
    const one = told(mesh({ labels: ['a', 'b', 'r'], sessions: ['r<a', 'r<b'] }), {
      kind: 'node',
      node: 'r',
    });
    expect(one.effects.join('\n')).toContain(
      'r is a BGP route reflector for a, b. a, b have no other reflector.',
    );
    expect(ways(one.lost).filter((way) => !/\br\b/.test(way))).toEqual(['a b 4', 'b a 4']);
    const two = mesh({ labels: ['a', 'b', 'r', 's'], sessions: ['r<a', 'r<b', 's<a', 's<b', 'r-s'] });
    const other = told(two, { kind: 'node', node: 'r' });
    expect(other.effects.join('\n')).toContain('s goes on reflecting for all of them.');
    expect(other.unsure).toEqual([]);
    expect(ways(other.lost).filter((way) => !/\br\b/.test(way))).toEqual([]);
  });

  it('Services: what is left of their endpoints, and from where none is reached', () => {
    const facts = routedCluster(mesh());
    const slice = (name: string, ...ends: (readonly [string, string])[]) => ({
      ...{ namespace: 'default', name: `${name}-x`, service: name, ports: [] },
      endpoints: ends.map(([address, nodeName]) => ({
        ...{ addresses: [address], ready: true, serving: true, terminating: false, hinted: false },
        ...{ nodeName, pod: null },
      })),
    });
    const service = (name: string) => ({
      ...{ namespace: 'default', name, type: 'ClusterIP', clusterIps: ['10.96.0.1'], externalIps: [] },
      ...{ loadBalancerIps: [], externalName: null, ports: [], hasSelector: true, sessionAffinity: 'None' },
      ...{ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster' },
    });
    const listed = withList(
      withList(facts.inventory ?? never(), 'services', [service('only-b'), service('both'), service('on-a')]),
      'endpointSlices',
      [
        slice('only-b', ['192.168.2.2', 'b']),
        slice('both', ['192.168.2.2', 'b'], ['192.168.1.2', 'a']),
        slice('on-a', ['192.168.1.2', 'a']),
      ],
    );
    const fates = (fails: Failure): unknown => {
      const answer = whatIf({ ...facts, inventory: listed }, { fails });
      return answer.ok
        ? answer.services.map((one) => [one.service, one.endpoints, one.left, one.lostFrom])
        : answer;
    };
    expect(fates({ kind: 'node', node: 'b' })).toEqual([
      ['default/only-b', 1, 0, ['a', 'c']],
      ['default/both', 2, 1, []],
    ]);
    expect(fates({ kind: 'link', node: 'b', device: 'ens192' })).toEqual([
      ['default/only-b', 1, 1, ['a', 'c']],
      ['default/on-a', 1, 1, ['b']],
    ]);
  });
});

describe('what passes nothing that changes goes on as before', () => {
  const vxlan = {
    ...knownCluster(new URL('../../trace/fixtures/vxlan-bridge/', import.meta.url)),
    ledgers: new Map(),
  };
  /** With how many pairs at least that pass a node in which other routes are gone. */
  const all: readonly (readonly [string, ReturnType<typeof routedCluster>, number])[] = [
    ['BGP', routedCluster(mesh({ podsEach: 1, secondWire: true })), 10],
    ['VXLAN and bridges', vxlan, -1],
  ];

  it.each(all)('%s: each pair, of each device and node that fails', (_, facts, least) => {
    const cluster = clusterOf(facts);
    const fails = cluster.nodes.flatMap(({ label, devices }): Failure[] => [
      { kind: 'node', node: label },
      ...[...devices.keys()].map((device): Failure => ({ kind: 'link', node: label, device })),
    ]);
    const followed = pairsOf(cluster).pairs.map((pair) => ({
      pair,
      before: wayOf(pair, tracePath(facts, pair)),
    }));
    let untouched = 0;
    let asBefore = 0;
    for (const failure of fails) {
      const then = afterwards(cluster, failure);
      if (!then.ok) continue;
      const isUntouched = untouchedBy(then.value);
      for (const { pair, before } of followed) {
        if (
          !isUntouched(pair, before) ||
          [pair.fromNode, pair.toNode].includes(then.value.ended?.label ?? '')
        )
          continue;
        untouched += 1;
        const after = wayOf(pair, tracePath(then.value.known, pair));
        expect([pair.name, after.state, after.line]).toEqual([pair.name, before.state, before.line]);
        // Of nodes in which other routes are gone, too.
        if ([...before.netns].some((one) => then.value.changed.has(one))) asBefore += 1;
      }
    }
    expect(untouched).toBeGreaterThan(10);
    expect(asBefore).toBeGreaterThan(least);
  });
});

function never(): never {
  throw new Error('the case has an inventory');
}
