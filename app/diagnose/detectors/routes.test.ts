import { describe, expect, it } from 'vitest';
import type { BgpRoute, Route } from '../../probe/facts.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { fact } from '../../topology/testing/scenario.ts';
import { clusterOf } from '../cluster.ts';
import { diagnose } from '../diagnose.ts';
import { blockOf, routedCluster } from '../testing/routed-cluster.ts';
import { podRouteMissing } from './pod-route-missing.ts';
import { unresolvedNextHop } from './unresolved-next-hop.ts';
import {
  changed,
  drafted,
  foundAt,
  known,
  link,
  mesh,
  neighbour,
  POD_A,
  pods,
  section,
  told,
  withList,
} from '../testing/case.ts';

const ipam = (name: string, cidr: string, node: string) => ({
  name,
  cidr,
  node,
  strictAffinity: false,
  allocations: [],
});

it('two nodes with a Pod each, wired as Calico does: nothing', () => {
  expect(foundAt({})).toEqual([]);
});

describe('pod-route-missing', () => {
  const without = (ip: string) => ({
    facts: ({ routes4 }: NodeSnapshot) => ({
      routes4: changed(routes4, (one) => (one.dst === `${ip}/32` ? null : one)),
    }),
  });

  it('the /32 of a running Pod is gone, or leaves by another device', () => {
    expect(foundAt({ a: without('192.168.1.2') })).toEqual(['pod-route-missing a']);
    const elsewhere = {
      facts: ({ routes4 }: NodeSnapshot) => ({
        routes4: changed(routes4, (one) => (one.dst === '192.168.1.2/32' ? { ...one, dev: 'ens192' } : one)),
      }),
    };
    expect(foundAt({ a: elsewhere })).toEqual(['pod-route-missing a']);
  });

  it('silent for Pods that ended, are about to, are young, or are on the host’s network', () => {
    for (const extra of [
      { phase: 'Succeeded' },
      { terminating: true },
      { createdAt: 998 },
      { createdAt: 980, ready: { containers: 1, ready: 0 } },
      { hostNetwork: true },
    ]) {
      const { nodes, inventory } = pods({ a: without('192.168.1.2') });
      const changedFacts = withList(inventory, 'pods', [fact(extra)]);
      expect(told(diagnose(known([nodes], changedFacts))), JSON.stringify(extra)).toEqual([]);
    }
  });
});

describe('a route that refuses', () => {
  it('of the block’s own node around a borrowed address: blackhole-shadows-pod, where the Pod lives', () => {
    const borrowed = {
      a: { routes: [route('192.168.2.250/32', { dev: POD_A, proto: '80', scope: 'link' })] },
      b: { routes: [route('192.168.2.0/24', { type: 'blackhole', proto: '80' })] },
    };
    const blocks = (inventory: Parameters<typeof withList>[0]) =>
      withList(inventory, 'calico.blocks', [ipam('b', '192.168.2.0/24', 'b')]);
    expect(foundAt(borrowed, blocks)).toEqual(['blackhole-shadows-pod a']);
    // Told to the block's node, its /32 wins.
    const told = {
      routes: [
        ...borrowed.b.routes,
        route('192.168.2.250/32', { dev: 'ens192', via: '10.0.0.1', proto: '80' }),
      ],
    };
    expect(foundAt({ ...borrowed, b: told }, blocks)).toEqual([]);
    // Around its own Pods a block is a blackhole everywhere.
    expect(foundAt({ b: borrowed.b }, blocks)).toEqual([]);
  });

  it('over a peer’s block: unresolved-next-hop, at the node that refuses', () => {
    for (const type of ['unreachable', 'blackhole', 'prohibit'])
      expect(foundAt({ a: { routes: [route('192.168.2.0/25', { type })] } }), type).toEqual([
        'unresolved-next-hop a',
      ]);
    // Services' and others' are nobody's Pods.
    expect(foundAt({ a: { routes: [route('10.96.0.0/12', { type: 'blackhole' })] } })).toEqual([]);
  });
});

it('unresolved-next-hop: BIRD takes to a gateway what the kernel would send straight', () => {
  const taken = (change: Partial<BgpRoute>) => {
    const facts = ({ bird }: NodeSnapshot): Partial<NodeSnapshot> => {
      const { value = null } = bird ?? {};
      const routes = value?.routes ?? null;
      if (value === null || routes === null) return {};
      const changedRoutes = routes.routes.map((one) =>
        one.dst === blockOf(1) ? { ...one, ...change } : one,
      );
      return { bird: section('birds', { ...value, routes: { ...routes, routes: changedRoutes } }) };
    };
    const known_ = routedCluster({
      ...{ labels: ['a', 'b', 'c'], sessions: ['a-b', 'a-c', 'b-c'], podsEach: 1 },
      change: (label) => (label === 'a' ? { facts } : {}),
    });
    return unresolvedNextHop.detect(clusterOf(known_)).drafts.map(({ title }) => title);
  };
  const by = (...vias: string[]) => taken({ nexthops: vias.map((via) => ({ via, dev: 'ens192' })) });
  expect(by('10.0.0.2')).toEqual([]);
  expect(by('10.0.0.254')).toEqual([
    'a sends what is for 192.168.2.0/24 to 10.0.0.254, though its next hop 10.0.0.2 is in its own network',
  ]);
  // Another node, several ways, a next hop of another family, one that nobody known has: each may be meant.
  expect(by('10.0.0.3')).toEqual([]);
  expect(by('10.0.0.254', '10.0.0.253')).toEqual([]);
  expect(by('fe80::1')).toEqual([]);
  expect(taken({ nexthops: [{ via: '10.0.0.254', dev: 'ens192' }], bgpNextHop: '10.0.0.77' })).toEqual([]);
  expect(taken({ nexthops: [{ via: '10.0.0.254', dev: 'ens192' }], primary: false })).toEqual([]);
});

it('unresolved-next-hop: what BIRD calls unreachable, and a next hop that does not answer', () => {
  const learned = (type: 'unicast' | 'unreachable') =>
    mesh(
      () => ({}),
      (label) =>
        label === 'a'
          ? {
              facts: ({ bird }) => ({
                bird: section('bird', {
                  ...(bird?.value ?? {
                    state: 'running',
                    version: null,
                    protocols: [],
                    daemons: [],
                    sockets: [],
                    sentence: null,
                  }),
                  routes: {
                    cut: false,
                    unread: [],
                    routes: [
                      {
                        socket: '/var/run/calico/bird.ctl',
                        table: 'master4',
                        dst: '192.168.2.0/24',
                        type,
                        protocol: 'Mesh_10_0_0_2',
                        source: 'BGP',
                        since: '',
                        sinceAt: null,
                        from: null,
                        nexthops: [],
                        primary: true,
                        preference: 100,
                        asPath: [],
                        localPref: 100,
                        bgpNextHop: '10.9.9.9',
                        communities: [],
                        originatorId: null,
                        clusterList: [],
                      },
                    ],
                  },
                }),
              }),
            }
          : {},
    );
  expect(told(diagnose(known([learned('unreachable')])))).toEqual(['unresolved-next-hop a']);
  expect(told(diagnose(known([learned('unicast')])))).toEqual([]);
  const failed = (state: string, ages: { readonly idle?: true } = {}) => ({
    routes: [route('192.168.9.0/24', { dev: 'ens192', via: '10.0.0.9', proto: '80' })],
    facts: () => ({
      neighbours: section('neighbours', [neighbour('10.0.0.9', { mac: null, state, ...ages })]),
    }),
  });
  expect(foundAt({ a: failed('FAILED') })).toEqual(['unresolved-next-hop a']);
  expect(foundAt({ a: failed('STALE') })).toEqual([]);
  // Of before the last start of either, and of no use to anybody since.
  expect(foundAt({ a: failed('FAILED', { idle: true }) })).toEqual([]);
});

describe('stale-bgp-routes', () => {
  it('somebody has written a next hop that nobody has over BIRD’s, or beside it; not one that BIRD knows', () => {
    const led = (...vias: string[]) =>
      told(
        diagnose(
          routedCluster({
            labels: ['a', 'b'],
            sessions: ['a-b'],
            podsEach: 1,
            change: (label) =>
              label === 'b'
                ? {}
                : {
                    facts: ({ routes4 }) => ({
                      routes4: changed(routes4, (one) =>
                        one.dst === blockOf(1)
                          ? {
                              ...one,
                              via: null,
                              nexthops: vias.map((via) => ({ via, dev: 'ens192', weight: 1, flags: [] })),
                            }
                          : one,
                      ),
                    }),
                  },
          }),
        ),
      );
    expect(led('10.0.0.2')).toEqual([]);
    expect(led('10.0.0.99')).toEqual(['stale-bgp-routes a']);
    expect(led('10.0.0.2', '10.0.0.99')).toEqual(['stale-bgp-routes a']);
  });

  it('silent for another next hop by which no packet for a Pod goes: behind BIRD’s, or of a default route', () => {
    const beside = (route4: Route, bird: Partial<BgpRoute> = {}) => {
      const change = ({ routes4, bird: daemon }: NodeSnapshot): Partial<NodeSnapshot> => {
        const routes = daemon?.value?.routes;
        const of = routes?.routes.find(({ source }) => source === 'BGP');
        return {
          routes4: section('routes4', [...(routes4?.value ?? []), route4]),
          ...(daemon?.value === undefined || daemon.value === null || routes === null || of === undefined
            ? {}
            : {
                bird: section('birds', {
                  ...daemon.value,
                  routes: {
                    ...routes,
                    cut: false,
                    unread: [],
                    routes: [...(routes?.routes ?? []), { ...of, ...bird }],
                  },
                }),
              }),
        };
      };
      const labels = ['a', 'b'];
      const facts = { labels, sessions: ['a-b'], podsEach: 1 };
      return told(
        diagnose(routedCluster({ ...facts, change: (label) => (label === 'a' ? { facts: change } : {}) })),
      );
    };
    const behind = { via: '10.0.0.99', dev: 'ens192', proto: 'static' };
    expect(beside(route(blockOf(1), { ...behind, metric: 500 }))).toEqual([]);
    const dhcp = route('0.0.0.0/0', { ...behind, proto: 'dhcp', metric: 100 });
    const tor = {
      dst: '0.0.0.0/0',
      nexthops: [{ via: '10.0.0.253', dev: 'ens192' }],
      bgpNextHop: '10.0.0.253',
    };
    expect(beside(dhcp, tor)).toEqual([]);
  });

  const kept = [route('192.168.2.0/24', { dev: 'ens192', via: '10.0.0.2', proto: 'bird' })];

  it('BIRD is dead and its routes stay: the root of its sessions that are down', () => {
    const down = { state: 'start', info: 'Connect', bgpState: 'Connect', holdTime: null, holdTimer: null };
    const nodes = mesh((_, peer) => (peer === 'b' ? down : {})).map((node) =>
      node.label === 'b' ? { ...node, routes: kept, bird: { state: 'dead' as const } } : node,
    );
    expect(told(diagnose(known([nodes])))).toEqual([
      'stale-bgp-routes b (bgp-not-established, bgp-not-established)',
    ]);
  });

  it('silent while calico-node is made anew there', () => {
    const { nodes, inventory } = pods({ a: { routes: kept, bird: { state: 'dead' } } });
    expect(told(diagnose(known([nodes], inventory)))).toEqual(['stale-bgp-routes a']);
    const agent = (ready: number) =>
      withList(inventory, 'pods', [
        ...Object.values(inventory.pods),
        fact({
          uid: 'c',
          name: 'calico-node-x',
          namespace: 'kube-system',
          labels: { 'k8s-app': 'calico-node' },
          hostNetwork: true,
          ips: ['10.0.0.1'],
          createdAt: 950,
          ready: { containers: 1, ready },
        }),
      ]);
    expect(told(diagnose(known([nodes], agent(0))))).toEqual([]);
    // Calico's manifests have it in another namespace than its operator.
    const [dead] = diagnose(known([nodes], agent(1))).findings;
    expect(dead?.suggestion.commands.join('\n')).toMatch(
      /^kubectl -n kube-system get pods .*\n.* -n kube-system /,
    );
  });
});

it('routes-flushed: all Pods’ routes at once are one finding, a single one is that Pod’s', () => {
  const second = {
    inode: 101,
    nsid: 2,
    pid: 51,
    startTicks: 8,
    ip: '192.168.1.3',
    ifindex: 3,
    hostIfindex: 5,
    hostName: 'cali0761ccbeace',
    mac: '02:00:00:00:00:cc',
  };
  const { nodes, inventory } = pods();
  const [a] = nodes;
  if (a === undefined) throw new Error('no node');
  const both = withList(inventory, 'pods', [
    ...Object.values(inventory.pods),
    fact({ uid: 'u3', name: 'web-1', ips: ['192.168.1.3'] }),
  ]);
  const left = (count: number) => ({
    ...a,
    pods: [...(a.pods ?? []), second],
    facts: ({ routes4 }: NodeSnapshot) => ({
      routes4: changed(routes4, (one) =>
        one.dst.endsWith('/32') && (count === 0 || one.dst.startsWith('192.168.1.2')) ? null : one,
      ),
    }),
  });
  expect(told(diagnose(known([[left(0)]], both)))).toEqual([
    'routes-flushed a (pod-route-missing, pod-route-missing)',
  ]);
  expect(told(diagnose(known([[left(1)]], both)))).toEqual(['pod-route-missing a']);
});

it('route-flapping: between two protocols, from the third change on', () => {
  const turn = (at: number) => [
    {
      label: 'a',
      at,
      bird: { state: 'running' as const },
      routes: [
        route('192.168.2.0/24', { dev: 'ens192', via: '10.0.0.2', proto: at % 2 === 0 ? 'bird' : '80' }),
      ],
    },
  ];
  const moments = (count: number) => Array.from({ length: count }, (_, at) => turn(1000 + at));
  expect(told(diagnose(known(moments(4))))).toEqual(['route-flapping a']);
  // Every second, and then no more for a minute.
  expect(told(diagnose(known([...moments(4), turn(1063)])))).toEqual([]);
  expect(told(diagnose(known(moments(3))))).toEqual([]);
  // Minutes ago.
  expect(
    told(
      diagnose(
        known([...moments(4), turn(2000).map((node) => ({ ...node, routes: turn(1003)[0]?.routes ?? [] }))]),
      ),
    ),
  ).toEqual([]);
});

it('route-flapping: not of two tables, nor of a route that follows what moves from node to node', () => {
  const by = (at: number, ...routes: ReturnType<typeof route>[]) => [
    { label: 'a', at, bird: { state: 'running' as const }, routes },
  ];
  const tables = ['100', null, '200', null, '100'].map((table, at) =>
    by(1000 + at, ...(table === null ? [] : [route('198.51.100.0/24', { dev: 'ens192', table })])),
  );
  expect(told(diagnose(known(tables.slice(0, 4))))).toEqual([]);
  const via = (...hops: number[]) =>
    hops.map((hop, at) =>
      by(1000 + at, route('10.96.0.9/32', { dev: 'ens192', via: `10.0.0.${hop}`, proto: 'bird' })),
    );
  expect(told(diagnose(known(via(4, 5, 6, 7))))).toEqual([]);
  expect(told(diagnose(known(via(4, 5, 4, 5))))).toEqual(['route-flapping a']);
});

describe('link-down', () => {
  const nic = (extra: object) => ({
    facts: ({ links }: NodeSnapshot) => ({
      links: changed(links, (one) => (one.name === 'ens192' ? { ...one, ...extra } : one)),
    }),
  });

  it('a NIC without carrier whose routes stay; a NIC set down whose address Kubernetes has', () => {
    expect(foundAt({ a: nic({ carrier: false, operstate: 'DOWN' }) })).toEqual(['link-down a']);
    const shared = {
      facts: ({ links, routes4 }: NodeSnapshot) => ({
        links: changed(links, (one) => (one.name === 'ens192' ? { ...one, carrier: false } : one)),
        routes4: changed(routes4, (one) =>
          one.via === null
            ? one
            : {
                ...one,
                dev: null,
                via: null,
                nexthops: [{ via: one.via, dev: 'ens192', weight: 1, flags: [] }],
              },
        ),
      }),
    };
    // One of several ways that share a route.
    expect(foundAt({ a: shared }, (inventory) => withList(inventory, 'nodes', []))).toEqual(['link-down a']);
    const flushed = {
      facts: ({ links, routes4 }: NodeSnapshot) => ({
        links: changed(links, (one) =>
          one.name === 'ens192' ? { ...one, adminUp: false, operstate: 'DOWN' } : one,
        ),
        routes4: changed(routes4, (one) => (one.dev === 'ens192' ? null : one)),
      }),
    };
    // Its Pods' gateway cannot be answered for either, since the default route went.
    expect(foundAt({ a: flushed })).toEqual(['link-down a (gateway-arp-unanswerable)']);
  });

  it('silent for UNKNOWN, and for a device that nobody uses', () => {
    expect(foundAt({ a: nic({ operstate: 'UNKNOWN' }) })).toEqual([]);
    const spare = {
      facts: ({ links }: NodeSnapshot) => ({
        links: section('links', [
          ...(links?.value ?? []),
          link('ens224', { ifindex: 91, adminUp: false, carrier: false, operstate: 'DOWN' }),
          link('docker0', { ifindex: 92, kind: 'bridge', carrier: false, operstate: 'DOWN' }),
          link('tunl0', { ifindex: 93, kind: 'ipip', adminUp: false, carrier: false, operstate: 'DOWN' }),
        ]),
      }),
    };
    expect(foundAt({ a: spare })).toEqual([]);
  });

  it('a Pod’s cable set down on the host, and the Pod’s own end', () => {
    const cable = {
      facts: ({ links }: NodeSnapshot) => ({
        links: changed(links, (one) =>
          one.name === POD_A ? { ...one, adminUp: false, operstate: 'DOWN', carrier: false } : one,
        ),
      }),
    };
    expect(foundAt({ a: cable })).toEqual(['link-down a']);
  });
});

it('bgp-as-mismatch: who expects another number than the peer has; nothing while the session is up', () => {
  const wrong = (down: boolean) =>
    mesh((own, peer) =>
      own === 'a' && peer === 'b'
        ? { neighbourAs: 64513, ...(down ? { state: 'start', info: 'Idle', bgpState: 'Idle' } : {}) }
        : own === 'b' && peer === 'a' && down
          ? { state: 'start', info: 'Active', bgpState: 'Active' }
          : {},
    );
  expect(told(diagnose(known([wrong(true)])))).toEqual(['bgp-as-mismatch a (bgp-not-established)']);
  expect(told(diagnose(known([wrong(false)])))).toEqual([]);
});

it('pod-route-missing: a cable that is in another bridge than its route leads into; in its own it is none', () => {
  const bridged = (master: string | null) => ({
    facts: (snapshot: NodeSnapshot): Partial<NodeSnapshot> => ({
      links: section('links', [
        ...(snapshot.links?.value ?? []).map((one) =>
          one.name === POD_A ? { ...one, masterName: master } : one,
        ),
        link('cni0', { ifindex: 91, kind: 'bridge' }),
        link('br9', { ifindex: 92, kind: 'bridge' }),
      ]),
      routes4: changed(snapshot.routes4, (one) =>
        one.dev === POD_A ? { ...one, dst: '192.168.1.0/24', dev: 'cni0' } : one,
      ),
    }),
  });
  const drafts = (master: string): string[] => {
    const { nodes, inventory } = pods({ a: bridged(master) });
    return drafted(podRouteMissing, nodes, inventory).map(({ title }) => title);
  };
  expect(drafts('br9')).toEqual([
    `${POD_A}, the cable of default/c2c-network-demo on a, is in the bridge br9, not in cni0`,
  ]);
  expect(drafts('cni0')).toEqual([]);
});
