// What a packet's numbers mean at the packet's own time (DESIGN §5 "Identity"): ifindexes and addresses are reused, and
// what has ended stays in the tables with its lifetime. A table is indexed once; a patch replaces only what it touches.
import { isBefore } from './identity.ts';
import type {
  InterfaceEntity,
  Lifetime,
  NetnsId,
  NodeEntity,
  NodeTime,
  PodEntity,
  Topology,
} from './model.ts';

/** Whose address it is. */
export type AddressOwner =
  | { readonly kind: 'pod'; readonly id: string; readonly name: string }
  | { readonly kind: 'node'; readonly id: string; readonly name: string };

/**
 * The interface that had this number in this namespace then. One first seen later counts from when its predecessor
 * ended: nothing is read at the moment in which it comes to be. Null while the topology does not know it.
 */
export function interfaceAt(
  { interfaces }: Topology,
  netnsId: NetnsId,
  ifindex: number,
  time: NodeTime,
): InterfaceEntity | null {
  const candidates = interfacesIn(interfaces, netnsId).filter((one) => one.ifindex === ifindex);
  return during(candidates, time)[0] ?? earliestAfter(candidates, time);
}

/** All that is or was in this namespace. */
export function interfacesIn(
  interfaces: Topology['interfaces'],
  netnsId: NetnsId,
): readonly InterfaceEntity[] {
  return interfaceIndex(interfaces).get(netnsId) ?? [];
}

/** Living ones of any namespace that have this address. */
export function interfacesWithAddress({ interfaces }: Topology, address: string): readonly InterfaceEntity[] {
  return (addressIndex(interfaces).get(address) ?? []).filter(({ until }) => until === null);
}

/** Living ones of any namespace that have this MAC address; every host end of Calico's has the same. */
export function interfacesWithMac({ interfaces }: Topology, mac: string): readonly InterfaceEntity[] {
  return (macIndex(interfaces).get(mac) ?? []).filter(({ until }) => until === null);
}

/**
 * The living one that has this address on a network of its own. One that has finished keeps its address in Kubernetes when another one has
 * it.
 */
export function podWithAddress({ pods }: Pick<Topology, 'pods'>, address: string): PodEntity | null {
  const having = (podIndex(pods).get(address) ?? []).filter(({ until }) => until === null);
  return having.find(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed') ?? having[0] ?? null;
}

/** Living ones of this name, alone or as `namespace/name`. */
export function podsNamed({ pods }: Topology, name: string): readonly PodEntity[] {
  return (podNameIndex(pods).get(name) ?? []).filter(({ until }) => until === null);
}

/** Whose cable's end it is: in the Pod, or on its node. */
export function podAtInterface(
  { pods, netns }: Pick<Topology, 'pods' | 'netns'>,
  { netnsId, peer, until }: InterfaceEntity,
): PodEntity | null {
  const pod = pods[netns[netnsId]?.podId ?? peer?.podId ?? ''];
  return until === null && pod?.until === null ? pod : null;
}

/** The Pod or the node that had this address then; null when nobody known had it, or several did. */
export function ownerOfAddressAt(topology: Topology, address: string, time: NodeTime): AddressOwner | null {
  const candidates = podIndex(topology.pods).get(address);
  if (candidates !== undefined) {
    const then = during(candidates, time);
    // A finished Pod keeps its address in Kubernetes after another one has got it.
    const unfinished = then.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed');
    const all = unfinished.length > 0 ? unfinished : then;
    // Kubernetes tells in whole seconds when it made a Pod: within that one, who had the address before still has it.
    const certain = all.filter(({ since }) => since.ns !== 0 || since.s !== time.s);
    const holders = certain.length > 0 ? certain : all;
    if (holders.length > 1) return null;
    const found = holders[0] ?? earliestAfter(candidates, time);
    const pod = found === null ? null : named(found, candidates, time);
    if (pod !== null) return { kind: 'pod', id: pod.id, name: pod.name };
  }
  const nodes = nodeIndex(topology.nodes).get(address);
  if (nodes === undefined) return null;
  const then = during(nodes, time);
  // docker0 has the same address on every node.
  if (new Set(then.map(({ label }) => label)).size > 1) return null;
  const node = then[0] ?? earliestAfter(nodes, time);
  return node === null ? null : { kind: 'node', id: node.id, name: node.label };
}

/**
 * A Pod without a name – found before Kubernetes named it, or still there after Kubernetes forgot it – is the one that has, or
 * had, its network namespace under a name: that is one Pod's for life.
 */
function named(pod: PodEntity, candidates: readonly PodEntity[], time: NodeTime): PodEntity {
  if (pod.namespace !== null || pod.netnsId === null) return pod;
  const same = candidates.filter(({ namespace, netnsId }) => namespace !== null && netnsId === pod.netnsId);
  const begun = same.filter(({ since }) => !isBefore(time, since));
  const latest = begun.reduce<PodEntity | null>(
    (last, one) => (last === null || isBefore(last.since, one.since) ? one : last),
    null,
  );
  return latest ?? earliestAfter(same, time) ?? pod;
}

function during<T extends Lifetime>(candidates: readonly T[], time: NodeTime): T[] {
  return candidates.filter(
    ({ since, until }) => !isBefore(time, since) && (until === null || isBefore(time, until)),
  );
}

function earliestAfter<T extends Lifetime>(candidates: readonly T[], time: NodeTime): T | null {
  let first: T | null = null;
  for (const one of candidates) {
    if (isBefore(time, one.since) && (first === null || isBefore(one.since, first.since))) first = one;
  }
  return first;
}

const interfaceIndex = indexed((one: InterfaceEntity) => [one.netnsId]);
const addressIndex = indexed((one: InterfaceEntity) => one.addresses.map(({ address }) => address));
const macIndex = indexed((one: InterfaceEntity) => (one.mac === null ? [] : [one.mac]));
/** A Pod on the host's network has the node's address: it is the node's. */
const podIndex = indexed((pod: PodEntity) => (pod.hostNetwork ? [] : pod.ips));
const podNameIndex = indexed(({ namespace, name }: PodEntity) =>
  namespace === null ? [name] : [name, `${namespace}/${name}`],
);
const nodeIndex = indexed((node: NodeEntity) => node.addresses);

function indexed<T>(keysOf: (one: T) => readonly string[]) {
  const known = new WeakMap<object, ReadonlyMap<string, readonly T[]>>();
  return (table: Readonly<Record<string, T>>): ReadonlyMap<string, readonly T[]> => {
    const before = known.get(table);
    if (before !== undefined) return before;
    const index = new Map<string, T[]>();
    for (const one of Object.values(table)) {
      for (const key of keysOf(one)) {
        const list = index.get(key);
        if (list === undefined) index.set(key, [one]);
        else list.push(one);
      }
    }
    known.set(table, index);
    return index;
  };
}
