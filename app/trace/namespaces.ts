// The network namespaces of a topology as a trace passes through them: a node's own from its snapshot, a Pod's from the reading of
// its inside, where there is one.
import type { Link } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { QdiscCounters } from '../probe/counter-facts.ts';
import type { IpFacts, NamespaceInside } from '../probe/inside-facts.ts';
import type { NodeSnapshot, Section } from '../probe/snapshot.ts';
import type { ListeningSocket, WireguardPeer } from '../probe/settings-facts.ts';
import type { TcFilter } from '../probe/tc-filters.ts';
import { wholeRoutes } from '../probe/whole-routes.ts';
import type { Fib } from '../route/fib.ts';
import { insideOf } from '../route/namespace-facts.ts';
import { fibOf } from '../route/place.ts';
import { PASTED } from '../topology/input.ts';
import { interfacesIn } from '../topology/lookups.ts';
import type {
  EvidenceId,
  InterfaceEntity,
  NetnsEntity,
  NetnsId,
  NodeEntity,
  Topology,
} from '../topology/model.ts';
import type { TraceKnown } from './known.ts';
import type { TracedNamespace } from './namespace.ts';

/** One that is read, with what crossing from it to others needs beside. */
export interface KnownNamespace extends TracedNamespace {
  readonly node: NodeEntity;
  readonly netns: NetnsEntity;
  /** Of its devices by name, what only their own tools tell; empty where that was not read. */
  readonly links: ReadonlyMap<string, Link>;
  /** Null where they were not read; of Pods never. */
  readonly wireguard: readonly WireguardPeer[] | null;
  /** By device its first queue, and filters of tc; of Pods they are not read. Left out: nor here. */
  readonly queues?: ReadonlyMap<string, QdiscCounters>;
  readonly tc?: ReadonlyMap<string, readonly TcFilter[]>;
}

/** A Pod's own filters are nobody's in nearly every cluster; where they were not read, that is said once, with the whole trace. */
export const NO_FILTERS: FirewallReading = {
  tables: [],
  ipsets: [],
  virtualServers: [],
  conntrack: null,
  unread: [],
  unreadCount: 0,
};

/** Nothing of it but its other end is known: there is no name to type. */
export function isNameless({ id }: InterfaceEntity): boolean {
  return id === '';
}

/** As a sentence calls an interface of which nothing but its other end is known. */
const NAMELESS = 'its interface';

/**
 * A Pod of which only its node's side is known: its addresses, and an interface without a name. Null where there is no such Pod, or
 * its node was not read.
 */
export function unreadPodOf(
  { topology }: TraceKnown,
  podId: string,
): { readonly namespace: KnownNamespace; readonly device: InterfaceEntity } | null {
  const pod = topology.pods[podId];
  const node = topology.nodes[pod?.nodeId ?? ''];
  const host = topology.interfaces[pod?.hostInterfaceId ?? ''];
  if (pod === undefined || pod.until !== null || node === undefined) return null;
  const id = pod.netnsId ?? pod.id;
  const netns: NetnsEntity = {
    id,
    since: pod.since,
    until: null,
    evidence: pod.evidence,
    nodeId: node.id,
    inode: 0,
    root: false,
    nsid: null,
    process: null,
    podId: pod.id,
  };
  const device: InterfaceEntity = {
    id: '',
    since: pod.since,
    until: null,
    evidence: [],
    nodeId: node.id,
    netnsId: id,
    ifindex: host?.peer?.ifindex ?? 0,
    name: NAMELESS,
    kind: 'other',
    role: 'pod',
    mac: null,
    mtu: null,
    operstate: null,
    adminUp: null,
    carrier: null,
    addresses: pod.ips.map((address) => {
      const family = address.includes(':') ? 6 : 4;
      return { address, prefixLength: family === 4 ? 32 : 128, family, scope: 'global' };
    }),
    peer:
      host === undefined
        ? null
        : {
            interfaceId: host.id,
            podId: null,
            ifindex: host.ifindex,
            proofs: host.peer?.proofs ?? [],
            why: null,
          },
    masterIfindex: null,
  };
  const namespace = build(topology, netns, node, undefined, null);
  return { namespace: { ...namespace, devices: new Map([[NAMELESS, device]]) }, device };
}

interface Built {
  readonly snapshot: NodeSnapshot | undefined;
  readonly namespace: KnownNamespace | null;
}

/** By revision, which is one object each; a reading may bring facts that no topology shows. */
const built = new WeakMap<Topology, Map<NetnsId, Built>>();

/** Null for a namespace that is not there, or is no more. */
export function namespaceOf(known: TraceKnown, netnsId: NetnsId): KnownNamespace | null {
  let ofRevision = built.get(known.topology);
  if (ofRevision === undefined) built.set(known.topology, (ofRevision = new Map<NetnsId, Built>()));
  const netns = known.topology.netns[netnsId];
  const node = known.topology.nodes[netns?.nodeId ?? ''];
  const snapshot = known.readings.get(node?.label ?? '')?.snapshot;
  const before = ofRevision.get(netnsId);
  if (before !== undefined && before.snapshot === snapshot) return before.namespace;
  const namespace =
    netns === undefined || netns.until !== null || node === undefined
      ? null
      : build(known.topology, netns, node, snapshot, pidOf(known, netns, node));
  ofRevision.set(netnsId, { snapshot, namespace });
  return namespace;
}

/** Of pasted output no process is known by its number. */
function pidOf(
  { readings }: TraceKnown,
  { root, process }: NetnsEntity,
  { label }: NodeEntity,
): number | null {
  const isPasted = readings.get(label)?.hostKeyFingerprint === PASTED;
  return root || isPasted ? null : (process?.pid ?? null);
}

function build(
  topology: Topology,
  netns: NetnsEntity,
  node: NodeEntity,
  snapshot: NodeSnapshot | undefined,
  pid: number | null,
): KnownNamespace {
  const pod = topology.pods[netns.podId ?? ''];
  const name = netns.root ? node.label : `${pod?.name ?? 'a Pod without a name'} on ${node.label}`;
  const inside = netns.root ? null : insideOf(snapshot?.insides ?? null, netns);
  const facts: IpFacts | null = netns.root ? (snapshot ?? null) : inside;
  const devices = interfacesIn(topology.interfaces, netns.id).filter(({ until }) => until === null);
  const rest = netns.root ? factsOfNode(snapshot) : factsOfPod(inside);
  const links = facts?.links?.value ?? null;
  const fib = (family: 4 | 6): Fib | null => {
    const forwarding = topology.forwarding[netns.id];
    if (forwarding === undefined || !wasRead(facts?.[`routes${family}`])) return null;
    return fibOf(forwarding, family, links);
  };
  const missing = (family: 4 | 6): string | null => {
    const section = facts?.[`routes${family}`] ?? null;
    if (!wasRead(section) || wholeRoutes(section) !== null) return null;
    return section?.sentence ?? `Not all IPv${String(family)} routes of ${name} were read.`;
  };
  return {
    netnsId: netns.id,
    nodeId: node.id,
    nodeLabel: node.label,
    name,
    isPod: !netns.root,
    pid,
    node,
    netns,
    fib: { 4: fib(4), 6: fib(6) },
    routesMissing: { 4: missing(4), 6: missing(6) },
    devices: new Map(devices.map((one) => [one.name, asRead(one, links, inside?.addresses?.value ?? null)])),
    links: new Map((links ?? []).map((link) => [link.name, link])),
    neighbours: facts?.neighbours?.value ?? null,
    fdb: facts?.fdb?.value ?? null,
    ...rest,
    ...filtersAt(snapshot, (netns.root ? snapshot?.firewall : inside?.filters) ?? null),
    unread: [
      ...new Set([
        ...ipLosses(facts),
        ...rest.unread,
        ...(facts === null ? [unreadSentence(name, netns, node)] : []),
      ]),
    ],
    evidence: new Map([...evidenceOfIp(facts), ...rest.evidence]),
  };
}

type Rest = Pick<TracedNamespace, 'sysctls' | 'filters' | 'sockets' | 'socketsCut' | 'unread' | 'evidence'> &
  Pick<KnownNamespace, 'wireguard' | 'queues' | 'tc'>;

function factsOfNode(snapshot: NodeSnapshot | undefined): Rest {
  const settings = snapshot?.settings ?? null;
  const firewall = snapshot?.firewall ?? null;
  const counters = snapshot?.counters ?? null;
  const [procsys, sockets] = ['procsys', 'sockets'].map((part) => evidenceNamed(settings, part));
  const [qdiscs, tcfilters] = ['qdiscs', 'tcfilters'].map((part) => evidenceNamed(counters, part));
  return {
    sysctls: filled(settings?.value?.sysctls),
    filters: firewall?.value ?? null,
    sockets: settings?.value?.sockets?.filter(isNodes) ?? null,
    socketsCut: settings?.value?.socketsCut.filter(isNodes).map(({ protocol }) => protocol) ?? [],
    wireguard: settings?.value?.wireguard ?? null,
    queues: new Map(
      (counters?.value?.qdiscs ?? []).filter(({ root }) => root).map((one) => [one.device, one]),
    ),
    tc: byDevice(counters?.value?.tc?.filters ?? []),
    unread: [settings?.sentence, firewall?.sentence].flatMap((sentence) => sentence ?? []),
    evidence: evidenceMap({ settings: procsys, sockets, firewall: firewall?.evidence[0], qdiscs, tcfilters }),
  };
}

/** By the node's clock. When somebody has pasted lines says nothing of when, and in which zone, a node printed them. */
function filtersAt(
  snapshot: NodeSnapshot | undefined,
  filters: Section<FirewallReading> | null,
): Pick<TracedNamespace, 'filtersAt'> {
  const at = filters?.at ?? null;
  return at === null || (snapshot?.meta.kernel ?? '') === '' ? {} : { filtersAt: at.s };
}

function byDevice(filters: readonly TcFilter[]): Map<string, readonly TcFilter[]> {
  const own = new Map<string, TcFilter[]>();
  for (const filter of filters) {
    const before = own.get(filter.device);
    if (before === undefined) own.set(filter.device, [filter]);
    else before.push(filter);
  }
  return own;
}

function factsOfPod(inside: NamespaceInside | null): Rest {
  const named = (fact: string): EvidenceId | undefined =>
    inside?.evidence.find((id) => id.endsWith(`:${fact}`));
  return {
    sysctls: filled(inside?.sysctls),
    filters: inside?.filters?.value ?? NO_FILTERS,
    sockets: inside?.sockets ?? null,
    socketsCut: inside?.socketsCut.map(({ protocol }) => protocol) ?? [],
    wireguard: null,
    unread: [inside?.sentence ?? []].flat(),
    evidence: evidenceMap({
      settings: named('settings'),
      sockets: named('sockets'),
      firewall: inside?.filters?.evidence[0],
    }),
  };
}

/** Of a Pod's device its node may see less than was read inside: not even which of several an address is on (/proc/PID/net/fib_trie). */
function asRead(
  device: InterfaceEntity,
  links: readonly Link[] | null,
  addresses: NonNullable<IpFacts['addresses']>['value'],
): InterfaceEntity {
  const link = links?.find(({ ifindex }) => ifindex === device.ifindex);
  if (link === undefined) return device;
  const { mac, mtu, operstate, adminUp, carrier } = link;
  const own = addresses?.find(({ ifindex }) => ifindex === device.ifindex)?.addresses ?? [];
  return {
    ...device,
    ...{ mac: mac ?? device.mac, mtu: mtu ?? device.mtu, operstate, adminUp, carrier },
    addresses: addresses === null ? device.addresses : own,
  };
}

/** Those of Pods have a process. */
function isNodes({ pid }: Pick<ListeningSocket, 'pid'>): boolean {
  return pid === null;
}

function filled<K, V>(map: ReadonlyMap<K, V> | undefined): ReadonlyMap<K, V> | null {
  return map === undefined || map.size === 0 ? null : map;
}

const IP_FACTS = ['links', 'routes4', 'routes6', 'rules4', 'rules6', 'neighbours', 'fdb'] as const;

function ipLosses(facts: IpFacts | null): string[] {
  return IP_FACTS.flatMap((fact) => facts?.[fact]?.sentence ?? []);
}

function evidenceOfIp(facts: IpFacts | null): [string, EvidenceId][] {
  return IP_FACTS.flatMap((fact): [string, EvidenceId][] => {
    const id = facts?.[fact]?.evidence[0];
    return id === undefined ? [] : [[fact, id]];
  });
}

function evidenceMap(ids: Readonly<Record<string, EvidenceId | undefined>>): Map<string, EvidenceId> {
  return new Map(
    Object.entries(ids).flatMap(([kind, id]) => (id === undefined ? [] : [[kind, id] as const])),
  );
}

function evidenceNamed(section: Section<unknown> | null, part: string): EvidenceId | undefined {
  return section?.evidence.find((id) => id.endsWith(`/${part}`)) ?? section?.evidence[0];
}

function wasRead(section: Section<unknown> | null | undefined): boolean {
  return (section?.value ?? null) !== null;
}

function unreadSentence(name: string, netns: NetnsEntity, node: NodeEntity): string {
  if (netns.root) return `${name} was not read.`;
  const why = node.unread.insidesOfPods;
  return why ?? `The network inside ${name} was not read.`;
}
