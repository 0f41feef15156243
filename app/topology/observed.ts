// One reading of a node, put in order: namespaces with their ids, devices by (namespace, ifindex). No history yet.
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { netnsIdOf, nodeIdOf } from './identity.ts';
import type { NodeReading } from './input.ts';
import type {
  EvidenceId,
  InterfaceAddress,
  InterfaceKind,
  NetnsEntity,
  NetnsId,
  NodeId,
  NodeTime,
  Route,
  Tunnel,
} from './model.ts';

export interface ObservedInterface {
  readonly netnsId: NetnsId;
  readonly ifindex: number;
  readonly name: string;
  readonly kind: InterfaceKind;
  readonly kernelKind?: string;
  readonly tunnel?: Tunnel;
  readonly mac: string | null;
  readonly mtu: number | null;
  readonly operstate: string | null;
  readonly adminUp: boolean | null;
  readonly carrier: boolean | null;
  readonly addresses: readonly InterfaceAddress[];
  readonly peerIfindex: number | null;
  /** The kernel's number for the other end's namespace, where that is not this one. */
  readonly peerNsid: number | null;
  readonly masterIfindex: number | null;
  /** When the part of the reading that shows it began, the node's time. */
  readonly at: NodeTime;
  readonly evidence: readonly EvidenceId[];
}

export interface ObservedNetns {
  readonly id: NetnsId;
  readonly inode: number;
  readonly root: boolean;
  readonly nsid: number | null;
  readonly process: NetnsEntity['process'];
  /** Unicast addresses in it, whichever device has them; loopback and link-local left out. */
  readonly addresses: readonly string[];
  readonly evidence: readonly EvidenceId[];
}

export interface ObservedNode {
  readonly id: NodeId;
  readonly label: string;
  readonly at: NodeTime;
  readonly fingerprint: string;
  readonly snapshot: NodeSnapshot;
  readonly rootNetns: NetnsId;
  readonly netns: ReadonlyMap<NetnsId, ObservedNetns>;
  readonly byNsid: ReadonlyMap<number, NetnsId>;
  readonly interfaces: ReadonlyMap<string, ObservedInterface>;
  /** Whether this login can see into other namespaces at all. */
  readonly seesInside: boolean;
  /** Routes to one address (/32, /128) that leave by a device, by that address. */
  readonly hostRoutes: ReadonlyMap<string, readonly Route[]>;
  /** Devices by which such routes leave. */
  readonly hostRouteDevices: ReadonlySet<string>;
}

export function interfaceKey(netnsId: NetnsId, ifindex: number): string {
  return `${netnsId}#${ifindex}`;
}

export function observeNode(cluster: string, { snapshot, hostKeyFingerprint }: NodeReading): ObservedNode {
  const id = nodeIdOf(cluster, hostKeyFingerprint, snapshot.meta.bootId);
  const rootInode = snapshot.meta.rootInode ?? 0;
  const rootNetns = netnsIdOf(id, rootInode, { kind: 'root' });
  const inodes = nsidInodes(snapshot);
  const nsidOf = new Map([...inodes].map(([nsid, inode]) => [inode, nsid]));

  const rootInterfaces = observeRoot(snapshot, rootNetns);
  const netns = new Map<NetnsId, ObservedNetns>();
  const byInode = new Map<number, NetnsId>([[rootInode, rootNetns]]);
  netns.set(rootNetns, {
    id: rootNetns,
    inode: rootInode,
    root: true,
    nsid: null,
    process: snapshot.netns?.value?.namespaces.find(({ inode }) => inode === rootInode)?.process ?? null,
    addresses: wideAddresses(rootInterfaces),
    evidence: [...(snapshot.links?.evidence ?? []), ...(snapshot.addresses?.evidence ?? [])],
  });
  const insideEvidence = [...(snapshot.netns?.evidence ?? []), ...(snapshot.nsids?.evidence ?? [])];
  const inside = new Map((snapshot.pods?.value ?? []).map((remote) => [remote.pid, remote]));
  const interfaces = new Map(rootInterfaces.map((one) => [interfaceKey(one.netnsId, one.ifindex), one]));
  for (const { inode, process } of snapshot.netns?.value?.namespaces ?? []) {
    if (inode === rootInode) continue;
    const netnsId = netnsIdOf(id, inode, { kind: 'process', startTicks: process.startTicks });
    const remote = inside.get(process.pid);
    byInode.set(inode, netnsId);
    netns.set(netnsId, {
      id: netnsId,
      inode,
      root: false,
      nsid: nsidOf.get(inode) ?? null,
      process,
      addresses: remote?.addresses ?? [],
      evidence: insideEvidence,
    });
    for (const link of remote?.links ?? []) {
      if (link.ifindex === null) continue;
      interfaces.set(interfaceKey(netnsId, link.ifindex), {
        ...link,
        netnsId,
        ifindex: link.ifindex,
        // Its iflink may be a veth's other end or the device below a macvlan, ipvlan or VLAN: pairing tells.
        kind: link.name === 'lo' ? 'loopback' : 'other',
        peerNsid: null,
        masterIfindex: null,
        at: snapshot.pods?.at ?? snapshot.at,
        evidence: snapshot.pods?.evidence ?? [],
      });
    }
  }
  // A namespace that no process we see is in: known by its number, anchored to the device that leads there.
  for (const { peerNsid, ifindex } of rootInterfaces) {
    const inode = peerNsid === null ? undefined : inodes.get(peerNsid);
    if (peerNsid === null || inode === undefined || byInode.has(inode)) continue;
    const netnsId = netnsIdOf(id, inode, { kind: 'host-peer', ifindex });
    byInode.set(inode, netnsId);
    netns.set(netnsId, {
      id: netnsId,
      inode,
      root: false,
      nsid: peerNsid,
      process: null,
      addresses: [],
      evidence: insideEvidence,
    });
  }
  const byNsid = new Map(
    [...inodes].flatMap(([nsid, inode]): [number, NetnsId][] => {
      const netnsId = byInode.get(inode);
      return netnsId === undefined ? [] : [[nsid, netnsId]];
    }),
  );
  const hostRoutes = hostRoutesOf([...(snapshot.routes4?.value ?? []), ...(snapshot.routes6?.value ?? [])]);
  return {
    id,
    label: snapshot.nodeLabel,
    at: snapshot.at,
    fingerprint: hostKeyFingerprint,
    snapshot,
    rootNetns,
    netns,
    byNsid,
    interfaces,
    seesInside: snapshot.pods?.state === 'ok',
    hostRoutes,
    hostRouteDevices: new Set(
      [...hostRoutes.values()].flatMap((routes) => routes.map(({ dev }) => dev ?? '')),
    ),
  };
}

/** Inode by nsid, from lsns or through the names under /run/netns. */
function nsidInodes({ nsids, netns }: NodeSnapshot): Map<number, number> {
  const named = new Map((netns?.value?.named ?? []).map(({ name, inode }) => [name, inode]));
  const inodes = new Map<number, number>();
  for (const { nsid, name } of nsids?.value?.byName ?? []) {
    const inode = named.get(name);
    if (inode !== undefined) inodes.set(nsid, inode);
  }
  for (const { nsid, inode } of nsids?.value?.byInode ?? []) inodes.set(nsid, inode);
  return inodes;
}

function observeRoot(snapshot: NodeSnapshot, netnsId: NetnsId): ObservedInterface[] {
  const links = snapshot.links?.value ?? [];
  const addresses = new Map((snapshot.addresses?.value ?? []).map((one) => [one.ifindex, one.addresses]));
  const byName = new Map(links.map((link) => [link.name, link.ifindex]));
  const nsidByName = new Map((snapshot.nsids?.value?.byName ?? []).map(({ name, nsid }) => [name, nsid]));
  const evidence = [...(snapshot.links?.evidence ?? []), ...(snapshot.addresses?.evidence ?? [])];
  return links.map((link) => ({
    netnsId,
    ifindex: link.ifindex,
    name: link.name,
    kind: link.kind,
    ...(link.kernelKind === undefined ? {} : { kernelKind: link.kernelKind }),
    ...(link.tunnel === undefined ? {} : { tunnel: link.tunnel }),
    mac: link.mac,
    mtu: link.mtu,
    operstate: link.operstate,
    adminUp: link.adminUp,
    carrier: link.carrier,
    addresses: addresses.get(link.ifindex) ?? [],
    peerIfindex: link.peerIfindex,
    peerNsid:
      link.peerNsid ?? (link.peerNetnsName === null ? null : (nsidByName.get(link.peerNetnsName) ?? null)),
    masterIfindex: link.masterName === null ? null : (byName.get(link.masterName) ?? null),
    at: snapshot.links?.at ?? snapshot.at,
    evidence,
  }));
}

function wideAddresses(interfaces: readonly ObservedInterface[]): string[] {
  return interfaces
    .filter(({ kind }) => kind !== 'loopback')
    .flatMap(({ addresses }) => addresses.filter(({ scope }) => scope === 'global' || scope === 'site'))
    .map(({ address }) => address);
}

function hostRoutesOf(routes: readonly Route[]): Map<string, Route[]> {
  const byAddress = new Map<string, Route[]>();
  for (const route of routes) {
    if (route.dev === null || route.type !== 'unicast' || route.table === 'local' || route.via !== null)
      continue;
    const full = route.family === 4 ? '/32' : '/128';
    if (!route.dst.endsWith(full)) continue;
    const address = route.dst.slice(0, -full.length);
    const known = byAddress.get(address);
    if (known) known.push(route);
    else byAddress.set(address, [route]);
  }
  return byAddress;
}
