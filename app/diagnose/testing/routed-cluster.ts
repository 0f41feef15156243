// For tests: nodes on one wire, each with a block of Pods that BIRD tells the others; who tells whom is said.
import type { BgpRoute, Route } from '../../probe/facts.ts';
import { applyList, type Inventory, emptyInventory } from '../../probe/inventory.ts';
import { calicoInterfaceName } from '../../topology/calico-name.ts';
import { bgp, BIRD_SOCKET, route } from '../../topology/testing/synthetic-node.ts';
import { fact, kubeNode } from '../../topology/testing/scenario.ts';
import type { KnownFacts } from '../detected.ts';
import { known, link, section, type CaseNode } from './case.ts';

/** Who has a session with whom, by label: `a-b`; of two that are joined by `<` the first reflects for the second: `a<b`. */
export interface RoutedCluster {
  readonly labels: readonly string[];
  readonly sessions: readonly string[];
  readonly podsEach: number;
  /** Each node has another Pod on its own network. */
  readonly hostPods?: boolean;
  /** The daemons' routes were not read. */
  readonly silent?: boolean;
  /** Each node has a second NIC on a second wire, over which it has a route to the others' blocks beside. */
  readonly secondWire?: boolean;
  readonly change?: (label: string) => Partial<CaseNode>;
}

export const addressOf = (at: number): string => `10.0.0.${at + 1}`;
export const blockOf = (at: number): string => `192.168.${at + 1}.0/24`;

interface Session {
  readonly from: number;
  readonly to: number;
  /** `from` passes on to `to` what others told it, and what `to` tells it to others. */
  readonly reflects: boolean;
}

export function routedCluster(asked: RoutedCluster): KnownFacts {
  const { labels, podsEach, silent = false, secondWire = false, change } = asked;
  const sessions = asked.sessions.flatMap((text): Session[] => {
    const [one = '', other = ''] = text.split(/[-<]/);
    const [from, to] = [labels.indexOf(one), labels.indexOf(other)];
    return [
      { from, to, reflects: text.includes('<') },
      { from: to, to: from, reflects: false },
    ];
  });
  const nodes = labels.map((label, at): CaseNode => {
    const held = heldBy(at, sessions, labels.length);
    const best = held.filter(({ primary, protocol }) => primary && protocol !== 'static1');
    const routes: Route[] = [
      route('10.0.0.0/24', { dev: 'ens192', proto: 'kernel', scope: 'link', prefsrc: addressOf(at) }),
      route(`${addressOf(at)}/32`, {
        ...{ type: 'local', table: 'local', dev: 'ens192', proto: 'kernel', scope: 'host' },
        prefsrc: addressOf(at),
      }),
      route(blockOf(at), { type: 'blackhole', proto: 'bird' }),
      ...best.map(({ dst, nexthops: [hop] }) =>
        route(dst, { via: hop?.via ?? null, dev: 'ens192', proto: 'bird' }),
      ),
      ...(secondWire ? wire(at, labels.length) : []),
    ];
    return {
      label,
      at: 1000,
      address: addressOf(at),
      bootId: `boot-${label}`,
      pods: Array.from({ length: podsEach }, (_, pod) => podOf(at, pod)),
      routes,
      bird: {
        state: 'running',
        protocols: sessions
          .filter(({ from }) => from === at)
          .map(({ from, to, reflects }) =>
            bgp(sessionName(to), {
              localAddress: addressOf(from),
              neighbourAddress: addressOf(to),
              session: ['internal', 'multihop', ...(reflects ? ['route-reflector'] : [])],
            }),
          ),
        routes: silent ? null : { routes: held, cut: false, unread: [] },
      },
      ...(secondWire ? { facts: ({ links, addresses }) => secondNic(at, links, addresses) } : {}),
      ...change?.(label),
    };
  });
  return known([nodes], inventoryOf(asked));
}

const sessionName = (to: number): string => `Mesh_${addressOf(to).replaceAll('.', '_')}`;

/** What BIRD of one node has: its own block, and what it was told, the first best. */
function heldBy(at: number, sessions: readonly Session[], many: number): BgpRoute[] {
  const own = bgpRoute(blockOf(at), { protocol: 'static1', source: 'static', type: 'blackhole' });
  const others = Array.from({ length: many }, (_, origin) => origin).filter((origin) => origin !== at);
  return [
    own,
    ...others.flatMap((origin) =>
      tellersOf(origin, at, sessions).map((teller, index) =>
        bgpRoute(blockOf(origin), {
          ...{ protocol: sessionName(teller), source: 'BGP', primary: index === 0, preference: 100 },
          ...{ localPref: 100, nexthops: [{ via: addressOf(origin), dev: 'ens192' }] },
          ...{ bgpNextHop: addressOf(origin), from: addressOf(teller) },
        }),
      ),
    ),
  ];
}

/** The origin itself, and reflectors that have it from it, in the order of the sessions. */
function tellersOf(origin: number, at: number, sessions: readonly Session[]): number[] {
  const peers = sessions.filter(({ from }) => from === at).map(({ to }) => to);
  return peers.filter(
    (peer) =>
      peer === origin ||
      (sessions.some(({ from, to }) => from === origin && to === peer) &&
        sessions.some(({ from, to, reflects }) => reflects && from === peer && (to === at || to === origin))),
  );
}

function bgpRoute(dst: string, extra: Partial<BgpRoute>): BgpRoute {
  return {
    ...{ socket: BIRD_SOCKET, table: 'master4', dst, type: 'unicast', protocol: '', source: null },
    ...{ since: '', sinceAt: null, from: null, nexthops: [], primary: true, preference: 200 },
    ...{
      asPath: [],
      localPref: null,
      bgpNextHop: null,
      communities: [],
      originatorId: null,
      clusterList: [],
    },
    ...extra,
  };
}

/** Behind, with a higher metric: what is used when the first is gone. */
function wire(at: number, many: number): Route[] {
  return [
    route('10.9.0.0/24', { dev: 'ens224', proto: 'kernel', scope: 'link', prefsrc: `10.9.0.${at + 1}` }),
    route(`10.9.0.${at + 1}/32`, {
      ...{ type: 'local', table: 'local', dev: 'ens224', proto: 'kernel', scope: 'host' },
      prefsrc: `10.9.0.${at + 1}`,
    }),
    ...Array.from({ length: many }, (_, to) => to)
      .filter((to) => to !== at)
      .map((to) =>
        route(blockOf(to), { via: `10.9.0.${to + 1}`, dev: 'ens224', proto: 'static', metric: 500 }),
      ),
  ];
}

function secondNic(
  at: number,
  links: Parameters<NonNullable<CaseNode['facts']>>[0]['links'],
  addresses: Parameters<NonNullable<CaseNode['facts']>>[0]['addresses'],
): ReturnType<NonNullable<CaseNode['facts']>> {
  const nic = link('ens224', { ifindex: 92, mac: `02:00:00:00:02:0${at + 1}` });
  return {
    links: section('links', [...(links?.value ?? []), nic]),
    addresses: section('addresses', [
      ...(addresses?.value ?? []),
      {
        ifindex: 92,
        name: 'ens224',
        addresses: [{ address: `10.9.0.${at + 1}`, prefixLength: 24, family: 4, scope: 'global' }],
      },
    ]),
  };
}

const podName = (at: number, pod: number): string => `pod-${at + 1}-${pod + 1}`;
const podAddress = (at: number, pod: number): string => `192.168.${at + 1}.${pod + 2}`;

function podOf(at: number, pod: number): NonNullable<CaseNode['pods']>[number] {
  return {
    ...{ inode: 100 + pod, nsid: 1 + pod, pid: 50 + pod, startTicks: 7, ip: podAddress(at, pod) },
    ...{ ifindex: 3, hostIfindex: 200 + pod, hostName: calicoInterfaceName('default', podName(at, pod)) },
    mac: `02:00:00:00:${(at + 16).toString(16)}:${(pod + 16).toString(16)}`,
  };
}

function inventoryOf({ labels, podsEach, hostPods = false }: RoutedCluster): Inventory {
  const list = { resourceVersion: '1', next: null, unread: { count: 0, first: null } };
  const nodes = labels.map((label, at) => kubeNode(label, addressOf(at)));
  const pods = labels.flatMap((nodeName, at) =>
    Array.from({ length: podsEach }, (_, pod) =>
      fact({ uid: `u-${at}-${pod}`, name: podName(at, pod), nodeName, ips: [podAddress(at, pod)] }),
    ),
  );
  const own = labels.map((nodeName, at) =>
    fact({ uid: `h-${at}`, name: `host-${at + 1}`, nodeName, ips: [addressOf(at)], hostNetwork: true }),
  );
  const named = applyList(emptyInventory, [{ ...list, kind: 'nodes', facts: nodes }]);
  return applyList(named, [{ ...list, kind: 'pods', facts: [...pods, ...(hostPods ? own : [])] }]);
}
