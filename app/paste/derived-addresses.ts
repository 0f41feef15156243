// A node's own address where nobody pasted its `ip addr`: the next hop to which other nodes send what is for its Pods.
import { ipv4InPrefix } from '../probe/ip-text.ts';
import type { PodFact } from '../probe/kube-facts.ts';
import type { Route } from '../probe/facts.ts';
import { isIpv4 } from '../probe/net-tools.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';

export interface DerivedAddress {
  readonly node: string;
  readonly address: string;
  /** What it rests on. */
  readonly sentence: string;
}

/** @param nodes by label, the latest of each. */
export function derivedAddresses(
  nodes: ReadonlyMap<string, NodeSnapshot>,
  pods: readonly PodFact[],
): DerivedAddress[] {
  const known = new Set([...nodes.values()].flatMap(ownAddresses));
  return [...nodes].flatMap(([node, snapshot]): DerivedAddress[] => {
    if (ownAddresses(snapshot).length > 0) return [];
    const hops = new Map<string, { readonly teller: string; readonly ip: string }>();
    for (const pod of pods) {
      if (pod.nodeName !== node || pod.hostNetwork) continue;
      for (const ip of pod.ips.filter(isIpv4)) {
        for (const [teller, other] of nodes) {
          const hop = teller === node ? null : nextHopTo(ip, other.routes4?.value ?? []);
          if (hop !== null && !known.has(hop)) hops.set(hop, { teller, ip });
        }
      }
    }
    // Two that differ: neither is sure.
    const [first, second] = [...hops];
    if (first === undefined || second !== undefined) return [];
    const [address, { teller, ip }] = first;
    const sentence = `${address} is taken for an address of ${node}: ${teller} sends ${ip}, which runs there, to it.`;
    return [{ node, address, sentence }];
  });
}

/** Of its own network, loopback and Docker aside. */
export function ownAddresses({ addresses, links }: NodeSnapshot): string[] {
  const loopbacks = new Set(
    (links?.value ?? []).filter(({ kind }) => kind === 'loopback').map(({ name }) => name),
  );
  return (addresses?.value ?? [])
    .filter(({ name }) => !loopbacks.has(name) && name !== 'docker0')
    .flatMap((one) => one.addresses)
    .filter(({ family, scope }) => family === 4 && scope === 'global')
    .map(({ address }) => address);
}

/** Not of a default route: that is a router. */
function nextHopTo(ip: string, routes: readonly Route[]): string | null {
  let best: { readonly bits: number; readonly route: Route } | null = null;
  for (const route of routes) {
    const [network = '', length = ''] = route.dst.split('/');
    const bits = Number(length);
    if (route.family !== 4 || route.table !== 'main' || !isIpv4(network) || !ipv4InPrefix(ip, network, bits))
      continue;
    if (best === null || bits > best.bits) best = { bits, route };
  }
  return best === null || best.bits === 0 || best.route.type !== 'unicast' ? null : best.route.via;
}
