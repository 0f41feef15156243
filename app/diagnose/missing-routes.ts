// Which nodes lack a route of the cluster's network to Pods of another node, and who shows that they should have one: another node that has it,
// or the other end, which has one back.
import { dependsOnBgp } from './bgp-pairs.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { destination, hasAllRoutes } from './destinations.ts';
import { housed } from './housed-addresses.ts';
import { LongestPrefix } from './longest-prefix.ts';
import { leading, routeFor } from './peer-routes.ts';
import { prefixLength } from './prefixes.ts';
import { isSettledNode } from './settled-nodes.ts';
import type { Route } from '../topology/model.ts';

export interface Missing {
  /** Who lacks the route. */
  readonly node: DiagnosedNode;
  /** Whose Pods are meant, and their addresses. */
  readonly home: DiagnosedNode;
  readonly ips: readonly string[];
  /** Who has such a route, and which: another node's to the same Pods, or the home's to the node's own. */
  readonly witness: Witness;
  /** How many other nodes have Pods of `home` to reach as this one has. */
  readonly peers: number;
  /** They lie outside of what the nodes' Pods have their addresses from, and others of `home` are known. */
  readonly isOdd: boolean;
}

interface Witness {
  readonly node: DiagnosedNode;
  readonly route: Route;
}

/** An address that a node lacks a route to, and how many bits of it the wider route has by which it goes instead; 0: a default one, if any. */
interface Lacked {
  readonly ip: string;
  readonly bits: number;
}

export function missingRoutes(cluster: Cluster, family: 4 | 6): Missing[] {
  const isOf = (ip: string): boolean => (family === 6) === ip.includes(':');
  const settled = cluster.nodes.filter((node) => isSettledNode(cluster, node));
  const homes = homesOf(cluster, settled, isOf);
  const able = settled.filter((node) => hasAllRoutes(node, family) && node.entity.addresses.some(isOf));
  const speakers = new Set(cluster.nodes.filter(speaksBgp));
  const asked: Asked = {
    ...{ cluster, homes, knowers: knowersOf(cluster), beside: besides(), isGiven: givenIn(cluster) },
  };
  return [...homes.keys()].flatMap((home) => {
    const peers = able.filter((node) => node !== home && !(speakers.has(node) && speakers.has(home)));
    return peers.flatMap((node): Missing[] => {
      const missing = missingAt(asked, node, home);
      return missing === null ? [] : [{ ...missing, node, home, peers: peers.length }];
    });
  });
}

interface Asked {
  readonly cluster: Cluster;
  readonly homes: ReadonlyMap<DiagnosedNode, readonly string[]>;
  readonly knowers: (home: DiagnosedNode, ip: string) => readonly Witness[];
  readonly beside: (node: DiagnosedNode, other: DiagnosedNode) => boolean;
  readonly isGiven: (ip: string) => boolean;
}

type Found = Pick<Missing, 'ips' | 'witness' | 'isOdd'>;

function missingAt(asked: Asked, node: DiagnosedNode, home: DiagnosedNode): Found | null {
  const { cluster, homes, knowers, beside, isGiven } = asked;
  const all = homes.get(home) ?? [];
  const lacked = all.flatMap((ip) => lackedBy(cluster, node, ip) ?? []);
  const told = lacked.flatMap(({ ip, bits }) => {
    const witness = knowers(home, ip).find(
      ({ node: other, route }) =>
        prefixLength(route.dst) > bits &&
        other !== node &&
        beside(node, other) &&
        mayTake(node, other, route),
    );
    return witness === undefined || isPassedOn(cluster, node, home, ip) ? [] : [{ ip, witness }];
  });
  const [first] = told;
  if (first !== undefined) return { ips: told.map(({ ip }) => ip), witness: first.witness, isOdd: false };
  const back = lacked.length === 0 ? null : wayBack(asked, node, home);
  if (back === null || !beside(node, home)) return null;
  const ips = lacked.flatMap(({ ip, bits }) =>
    prefixLength(back.dst) > bits && !isPassedOn(cluster, node, home, ip) ? [ip] : [],
  );
  const lacks = new Set(lacked.map(({ ip }) => ip));
  // Where not even those that it knows are given by these, nobody says which are.
  const isSaid = all.some((ip) => !lacks.has(ip) && isGiven(ip));
  const odd = isSaid ? ips.filter((ip) => !isGiven(ip)) : [];
  const usual = ips.filter((ip) => !odd.includes(ip));
  const witness = { node: home, route: back };
  if (usual.length > 0) return { ips: usual, witness, isOdd: false };
  return odd.length > 0 ? { ips: odd, witness, isOdd: true } : null;
}

/** The home's first route to the node's own Pods; none where routes are a router's or a cloud's. */
function wayBack({ homes, knowers }: Asked, node: DiagnosedNode, home: DiagnosedNode): Route | null {
  for (const ip of homes.get(node) ?? []) {
    const route = knowers(node, ip).find(({ node: other }) => other === home)?.route;
    if (route !== undefined) return route;
  }
  return null;
}

/** Addresses that Kubernetes knows, and those from which the node itself sends to Pods of others. */
function homesOf(
  cluster: Cluster,
  settled: readonly DiagnosedNode[],
  isOf: (ip: string) => boolean,
): ReadonlyMap<DiagnosedNode, readonly string[]> {
  const found = new Map(settled.map((node): [DiagnosedNode, string[]] => [node, []]));
  // Whose /32 a node has beside these (a floating address, one of a second network) is told by whoever put it there.
  for (const { node, pod, ip } of housed(cluster))
    if (isOf(ip) && pod.ips.includes(ip)) found.get(node)?.push(ip);
  for (const [node, ips] of found) ips.push(...atTunnels(cluster, node, isOf));
  return new Map([...found].filter(([, ips]) => ips.length > 0));
}

/** Those of a tunnel that carries to Pods of others, and of no other one that somebody has. */
function atTunnels(cluster: Cluster, node: DiagnosedNode, isOf: (ip: string) => boolean): string[] {
  return [...node.devices].flatMap(([name, { role, addresses }]) => {
    const own = addresses.flatMap(({ address, scope }) =>
      scope === 'global' && isOf(address) ? [address] : [],
    );
    // Each Pod's route is asked for until one leads there.
    const carries = (): boolean =>
      housed(cluster).some((one) => one.node !== node && routeFor(node, one.ip)?.dev === name);
    return role === 'tunnel' && own.length > 0 && carries() ? own : [];
  });
}

function speaksBgp(node: DiagnosedNode): boolean {
  return node.entity.bird.state !== 'absent' && dependsOnBgp(node);
}

/** Null: it has a route that is meant for it. */
function lackedBy(cluster: Cluster, node: DiagnosedNode, ip: string): Lacked | null {
  const route = routeFor(node, ip);
  if (route !== null && !isPastNodes(cluster, node, route)) return null;
  return { ip, bits: route === null ? 0 : prefixLength(route.dst) };
}

/** By a NIC to a router that is no node: a network's own, or one that holds the Pods' by chance (10.0.0.0/8). */
function isPastNodes(cluster: Cluster, node: DiagnosedNode, { type, via, dev }: Route): boolean {
  return (
    type === 'unicast' &&
    via !== null &&
    cluster.nodesAt(via).length === 0 &&
    node.devices.get(dev ?? '')?.role === 'nic'
  );
}

/** Its router is a node itself, and knows the way, or may. */
function isPassedOn(cluster: Cluster, node: DiagnosedNode, home: DiagnosedNode, ip: string): boolean {
  const answer = destination(node, ip);
  const via = answer?.kind === 'route' ? answer.route.via : null;
  const [router] = via === null ? [] : cluster.nodesAt(via);
  if (router === undefined || router === node) return false;
  return router === home || routeFor(router, ip) !== null || !hasAllRoutes(router, ip.includes(':') ? 6 : 4);
}

/** Nodes with a route to an address that leads to its home, looked for once an address. */
function knowersOf({ nodes }: Cluster): (home: DiagnosedNode, ip: string) => readonly Witness[] {
  const known = new Map<DiagnosedNode, Map<string, readonly Witness[]>>();
  return (home, ip) => {
    const own = known.get(home) ?? new Map<string, readonly Witness[]>();
    known.set(home, own);
    const found =
      own.get(ip) ??
      nodes.flatMap((node): Witness[] => {
        const route = node === home ? null : leading(node, ip, home);
        return route === null ? [] : [{ node, route }];
      });
    own.set(ip, found);
    return found;
  };
}

/** Whether an address lies in what nodes have their Pods' addresses from, as Kubernetes and Calico say. */
function givenIn({ inventory }: Cluster): (ip: string) => boolean {
  // Hardly ever is anybody asked.
  let given: LongestPrefix<{ readonly dst: string }> | null = null;
  const all = (): LongestPrefix<{ readonly dst: string }> =>
    new LongestPrefix(
      [
        ...Object.values(inventory?.nodes ?? {}).flatMap(({ podCidrs }) => podCidrs),
        ...Object.values(inventory?.calico.blocks ?? {}).map(({ cidr }) => cidr),
        ...Object.values(inventory?.calico.pools ?? {}).map(({ cidr }) => cidr),
      ].map((dst) => ({ dst })),
    );
  return (ip) => (given ??= all()).of(ip) !== null;
}

/** Whether two are in one network, where no router between them would know the way: asked once a pair. */
function besides(): (node: DiagnosedNode, other: DiagnosedNode) => boolean {
  const known = new Map<DiagnosedNode, Map<DiagnosedNode, boolean>>();
  return (node, other) => {
    const own = known.get(node) ?? new Map<DiagnosedNode, boolean>();
    known.set(node, own);
    const is = own.get(other) ?? other.entity.addresses.some((address) => isOnWire(node, address));
    own.set(other, is);
    return is;
  };
}

/** What leads past all tunnels is for those alone who have the next hop on a wire of their own: others leave that to their router. */
function mayTake(node: DiagnosedNode, other: DiagnosedNode, { dev, via }: Route): boolean {
  return other.devices.get(dev ?? '')?.role === 'tunnel' || isOnWire(node, via ?? '');
}

/** It reaches that address by a NIC, and no router. */
function isOnWire(node: DiagnosedNode, address: string): boolean {
  const answer = destination(node, address);
  if (answer?.kind !== 'route' || answer.route.via !== null || answer.route.nexthops.length > 0) return false;
  return node.devices.get(answer.route.dev ?? '')?.role === 'nic';
}
