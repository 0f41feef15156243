// Which device is the other end of which (veth(4), netkit): by the kernel's own pair of namespace number and ifindex.
// Ifindexes alone say nothing: every Pod's eth0 may have the same one, so nothing is ever matched over the whole graph.
import type { NetnsId, PeerProof } from './model.ts';
import { interfaceKey, type ObservedInterface, type ObservedNode } from './observed.ts';

export interface Pairing {
  /** Key of the other end; null when it was not seen. */
  readonly key: string | null;
  readonly netnsId: NetnsId | null;
  readonly ifindex: number;
  readonly proofs: readonly PeerProof[];
  readonly why: string | null;
}

/** By interface key. Devices that are not one of a pair are not in it. */
export function pairInterfaces(node: ObservedNode): Map<string, Pairing> {
  const pairings = new Map<string, Pairing>();
  const inferred = inferNamespaces(node);
  for (const [key, host] of node.interfaces) {
    if (host.netnsId !== node.rootNetns || !isPaired(host) || host.peerIfindex === null) continue;
    const known = host.peerNsid === null ? undefined : node.byNsid.get(host.peerNsid);
    const netnsId = known ?? inferred.get(key) ?? (host.peerNsid === null ? host.netnsId : null);
    const peerKey = netnsId === null ? null : interfaceKey(netnsId, host.peerIfindex);
    const peer = peerKey === null ? undefined : node.interfaces.get(peerKey);
    if (peerKey === null || peer === undefined) {
      pairings.set(key, {
        key: null,
        netnsId,
        ifindex: host.peerIfindex,
        proofs: [],
        why: absence(node, host, netnsId),
      });
      continue;
    }
    // An iproute2 that prints no namespace numbers leaves a foreign ifindex looking like one of this namespace.
    if (netnsId === node.rootNetns && !isPaired(peer)) {
      const why = `Its other end is ifindex ${host.peerIfindex} in another network namespace; this node's ip does not say in which.`;
      pairings.set(key, { key: null, netnsId: null, ifindex: host.peerIfindex, proofs: [], why });
      continue;
    }
    // Read a moment apart: the namespace may have been replaced between the two.
    if (peer.peerIfindex !== null && peer.peerIfindex !== host.ifindex) {
      const why = `Its other end should be ${peer.name} (ifindex ${peer.ifindex}), but that names ifindex ${peer.peerIfindex} as its own.`;
      pairings.set(key, { key: null, netnsId: null, ifindex: host.peerIfindex, proofs: [], why });
      continue;
    }
    const proofs: PeerProof[] = [];
    if (host.peerNsid !== null && known !== undefined) proofs.push('link-netnsid');
    if (peer.peerIfindex === host.ifindex) proofs.push('mutual-ifindex');
    if (routesInto(node, host, netnsId)) proofs.push('host-route');
    pairings.set(key, { key: peerKey, netnsId, ifindex: host.peerIfindex, proofs, why: null });
    if (netnsId !== node.rootNetns) {
      pairings.set(peerKey, { key, netnsId: host.netnsId, ifindex: host.ifindex, proofs, why: null });
    }
  }
  pairFromInside(node, pairings);
  // Ends in other namespaces whose partner lies in none of the ones we see from the node's.
  for (const [key, one] of node.interfaces) {
    if (one.netnsId === node.rootNetns || pairings.has(key) || one.peerIfindex === null) continue;
    const why = `It names ifindex ${one.peerIfindex} as its other end or as the device below it (macvlan, ipvlan, VLAN), and no device of the node's own network namespace is its other end.`;
    pairings.set(key, { key: null, netnsId: null, ifindex: one.peerIfindex, proofs: [], why });
  }
  return pairings;
}

/** BusyBox’s ip tells nothing of a host device's other end: then that end says it, if the node's route agrees. */
function pairFromInside(node: ObservedNode, pairings: Map<string, Pairing>): void {
  for (const [key, host] of node.interfaces) {
    if (host.netnsId !== node.rootNetns || host.kind !== 'other' || host.peerIfindex !== null) continue;
    const [far, second] = [...node.interfaces].filter(
      ([, one]) =>
        one.netnsId !== node.rootNetns &&
        one.peerIfindex === host.ifindex &&
        routesInto(node, host, one.netnsId),
    );
    if (far === undefined || second !== undefined) continue;
    const [farKey, { netnsId, ifindex }] = far;
    const proofs: PeerProof[] = ['host-route'];
    pairings.set(key, { key: farKey, netnsId, ifindex, proofs, why: null });
    pairings.set(farKey, { key, netnsId: host.netnsId, ifindex: host.ifindex, proofs, why: null });
  }
}

function isPaired({ kind }: ObservedInterface): boolean {
  return kind === 'veth' || kind === 'netkit';
}

/** Both ends in the node's own namespace, each naming the other. */
function isMutualHere(node: ObservedNode, host: ObservedInterface): boolean {
  const peer =
    host.peerIfindex === null ? undefined : node.interfaces.get(interfaceKey(host.netnsId, host.peerIfindex));
  return peer !== undefined && isPaired(peer) && peer.peerIfindex === host.ifindex;
}

/** The node's /32 or /128 to an address of that namespace leaves by this device. */
function routesInto(node: ObservedNode, host: ObservedInterface, netnsId: NetnsId | null): boolean {
  const addresses = netnsId === null ? [] : (node.netns.get(netnsId)?.addresses ?? []);
  return addresses.some((address) =>
    (node.hostRoutes.get(address) ?? []).some(({ dev }) => dev === host.name),
  );
}

/**
 * Where the kernel's number for a namespace leads nowhere we know (no lsns, no name), or ip prints none, two other signs each find at
 * most one candidate: the far device names this one as its own other end, or the node's host route leads there.
 */
function inferNamespaces(node: ObservedNode): Map<string, NetnsId> {
  const inferred = new Map<string, NetnsId>();
  const unknown = [...node.interfaces].filter(
    ([, one]) =>
      one.netnsId === node.rootNetns &&
      isPaired(one) &&
      (one.peerNsid === null ? !isMutualHere(node, one) : !node.byNsid.has(one.peerNsid)),
  );
  if (unknown.length === 0) return inferred;
  const numbered = new Set(node.byNsid.values());
  const inside = [...node.netns.values()].filter(({ root }) => !root);
  const unnumbered = inside.filter(({ id }) => !numbered.has(id));
  for (const [key, host] of unknown) {
    const far = (host.peerNsid === null ? inside : unnumbered).flatMap((netns) => {
      const peer =
        host.peerIfindex === null ? undefined : node.interfaces.get(interfaceKey(netns.id, host.peerIfindex));
      return peer === undefined || peer.kind === 'loopback' ? [] : [{ id: netns.id, peer }];
    });
    const routed = far.filter(
      ({ id, peer }) => routesInto(node, host, id) && (peer.peerIfindex ?? host.ifindex) === host.ifindex,
    );
    const mutual = far.filter(({ peer }) => peer.peerIfindex === host.ifindex);
    const [found, second] = routed.length > 0 ? routed : mutual;
    if (found !== undefined && second === undefined) inferred.set(key, found.id);
  }
  return inferred;
}

function absence(node: ObservedNode, host: ObservedInterface, netnsId: NetnsId | null): string {
  const where = `Its other end is ifindex ${host.peerIfindex ?? 0}`;
  if (host.peerNsid === null) return `${where}, which this namespace does not have.`;
  if (!node.seesInside && node.snapshot.pods?.state !== 'not-permitted')
    return `${where} in a network namespace (nsid ${host.peerNsid}) whose inside was not read.`;
  if (!node.seesInside)
    return `${where} in a network namespace (nsid ${host.peerNsid}) that this login may not look into.`;
  if (netnsId === null)
    return `${where} in network namespace ${host.peerNsid}, which lies outside what this node shows.`;
  return `${where} in a network namespace that no visible process is in.`;
}
