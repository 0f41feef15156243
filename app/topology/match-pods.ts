// Which Pod lives in which network namespace, and behind which host device: by the Pod's address on its node,
// by Calico's name hash, by the node's host route. With an inventory; without one see `namelessPods`.
import type { Inventory } from '../probe/inventory.ts';
import type { PodFact } from '../probe/kube-facts.ts';
import { wholeRoutes } from '../probe/whole-routes.ts';
import { bridgePorts, type PortOf } from './bridge-ports.ts';
import { calicoDigits, calicoInterfaceName } from './calico-name.ts';
import type { NetnsId, NodeId, PeerProof } from './model.ts';
import { interfaceKey, type ObservedInterface, type ObservedNode } from './observed.ts';
import type { Pairing } from './pair.ts';

export interface PodMatch {
  readonly pod: PodFact;
  readonly nodeId: NodeId | null;
  readonly netnsId: NetnsId | null;
  readonly podInterface: string | null;
  readonly hostInterface: string | null;
  /** What ties the host end to the Pod beside the kernel's own pairing. */
  readonly proofs: readonly PeerProof[];
  readonly contradictions: readonly string[];
}

export interface NodeView {
  readonly node: ObservedNode;
  readonly pairings: ReadonlyMap<string, Pairing>;
  readonly kubernetesName: string | null;
}

/** A node of ours by boot id, then by address, then by name. */
export function kubernetesNameOf(
  node: ObservedNode,
  addresses: readonly string[],
  inventory: Inventory,
): string | null {
  const nodes = Object.values(inventory.nodes);
  // Nodes that are containers of one machine (kind, k3d, LXD) all show that machine's boot id.
  const booted = nodes.filter(({ bootId }) => bootId === node.snapshot.meta.bootId);
  const among = booted.length > 0 ? booted : nodes;
  const found =
    (booted.length === 1 ? booted[0] : undefined) ??
    among.find((one) => one.addresses.some((address) => addresses.includes(address))) ??
    among.find(({ name }) => name === node.snapshot.meta.hostname || name === node.label);
  return found?.name ?? null;
}

/** `pods`: those that Kubernetes says are on this node. */
export function matchPods(pods: readonly PodFact[], view: NodeView): PodMatch[] {
  const byAddress = addressIndex(view.node);
  const portOf = bridgePorts(view.node.snapshot);
  return pods.map((pod) => matchPod(pod, view, byAddress, portOf));
}

/** Finished Pods keep their address in the API although it is free again. */
export function hasEnded({ phase }: { readonly phase: string | null }): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function matchPod(
  pod: PodFact,
  view: NodeView,
  netnsByAddress: ReadonlyMap<string, readonly NetnsId[]>,
  portOf: PortOf,
): PodMatch {
  const { node, pairings } = view;
  const nodeId = node.id;
  if (pod.hostNetwork) return { ...unmatched(pod), nodeId, netnsId: node.rootNetns };
  if (hasEnded(pod)) return { ...unmatched(pod), nodeId };
  const expected = calicoInterfaceName(pod.namespace, pod.name);
  const holding = (ips: readonly string[]): NetnsId[] => [
    ...new Set(ips.flatMap((ip) => netnsByAddress.get(ip) ?? [])),
  ];
  const candidates = holding(pod.ips);
  // A Pod that lost its own address still is where its other interfaces are, if one namespace alone has theirs.
  const [beside, another] = holding(pod.networks.flatMap(({ ips }) => ips));
  const netnsId =
    candidates.length === 0 && another === undefined
      ? (beside ?? null)
      : namespaceOf(pod, view, candidates, expected);
  const podInterface = netnsId === null ? null : insideInterface(node, netnsId, pod.ips);
  const host = hostInterfaceOf(pod, view, podInterface, expected, portOf);
  return {
    pod,
    nodeId,
    netnsId: netnsId ?? (host === null ? null : (pairings.get(keyOf(host))?.netnsId ?? null)),
    podInterface,
    hostInterface: host === null ? null : keyOf(host),
    proofs: proofsOf(pod, node, host, expected, portOf),
    contradictions: contradictionsOf(pod, node, candidates, host, expected),
  };
}

/** Anybody may give themselves a Pod's address: where several namespaces have it, its name on the host decides, or its route. */
function namespaceOf(
  pod: PodFact,
  { node, pairings }: NodeView,
  candidates: readonly NetnsId[],
  expected: string,
): NetnsId | null {
  if (candidates.length < 2) return candidates[0] ?? null;
  const behind = (host: (name: string) => boolean): NetnsId[] =>
    candidates.filter((id) =>
      [...pairings].some(([key, pairing]) => {
        const one = node.interfaces.get(key);
        return one?.netnsId === node.rootNetns && pairing.netnsId === id && host(one.name);
      }),
    );
  const routed = new Set(
    pod.ips.flatMap((ip) => (node.hostRoutes.get(ip) ?? []).map(({ dev }) => dev ?? '')),
  );
  const [named] = behind((name) => isNamed(name, expected));
  const [only, second] = behind((name) => routed.has(name));
  return named ?? (second === undefined ? (only ?? null) : null);
}

/** Felix gives every caliX this one. */
const WORKLOAD_MAC = 'ee:ee:ee:ee:ee:ee';

/** By the hash: the prefix before it is configuration (FELIX_INTERFACEPREFIX). */
function isNamed(name: string, expected: string): boolean {
  return name === expected || (calicoDigits(name) ?? '-') === calicoDigits(expected);
}

/** A Pod on no node that was read. */
export function unmatched(pod: PodFact): PodMatch {
  return {
    pod,
    nodeId: null,
    netnsId: null,
    podInterface: null,
    hostInterface: null,
    proofs: [],
    contradictions: [],
  };
}

function keyOf(one: ObservedInterface): string {
  return interfaceKey(one.netnsId, one.ifindex);
}

function addressIndex(node: ObservedNode): Map<string, NetnsId[]> {
  const index = new Map<string, NetnsId[]>();
  for (const netns of node.netns.values()) {
    if (!netns.root)
      for (const address of netns.addresses) index.set(address, [...(index.get(address) ?? []), netns.id]);
  }
  return index;
}

/** The device that holds the address, else the only one beside loopback. */
export function insideInterface(node: ObservedNode, netnsId: NetnsId, ips: readonly string[]): string | null {
  const devices = [...node.interfaces.values()].filter(
    (one) => one.netnsId === netnsId && one.kind !== 'loopback',
  );
  const holder = devices.find(({ addresses }) => addresses.some(({ address }) => ips.includes(address)));
  const found = holder ?? (devices.length === 1 ? devices[0] : undefined);
  return found === undefined ? null : keyOf(found);
}

function hostInterfaceOf(
  pod: PodFact,
  view: NodeView,
  podInterface: string | null,
  expected: string,
  portOf: PortOf,
): ObservedInterface | null {
  const { node, pairings } = view;
  const paired = podInterface === null ? null : (pairings.get(podInterface)?.key ?? null);
  const direct = paired === null ? undefined : node.interfaces.get(paired);
  if (direct !== undefined && direct.netnsId === node.rootNetns) return direct;
  const devices = [...node.interfaces.values()].filter(({ netnsId }) => netnsId === node.rootNetns);
  const named = devices.find(({ name }) => isNamed(name, expected));
  if (named !== undefined) return named;
  const ports = pod.ips.flatMap((ip) => portOf(ip) ?? []);
  const port = devices.find(({ name }) => ports.includes(name));
  if (port !== undefined) return port;
  const routed = pod.ips.flatMap((ip) => (node.hostRoutes.get(ip) ?? []).map(({ dev }) => dev));
  return devices.find(({ name }) => routed.includes(name)) ?? null;
}

function proofsOf(
  pod: PodFact,
  node: ObservedNode,
  host: ObservedInterface | null,
  expected: string,
  portOf: PortOf,
): PeerProof[] {
  if (host === null) return [];
  const routed = pod.ips.some((ip) => (node.hostRoutes.get(ip) ?? []).some(({ dev }) => dev === host.name));
  return [
    ...(routed ? (['host-route'] as const) : []),
    ...(isNamed(host.name, expected) ? (['calico-name-hash'] as const) : []),
    ...(pod.ips.some((ip) => portOf(ip) === host.name) ? (['bridge-fdb'] as const) : []),
  ];
}

function contradictionsOf(
  pod: PodFact,
  node: ObservedNode,
  candidates: readonly NetnsId[],
  host: ObservedInterface | null,
  expected: string,
): string[] {
  if (pod.phase !== 'Running' || pod.terminating || pod.ips.length === 0) return [];
  const said: string[] = [];
  const who = `${pod.namespace}/${pod.name}`;
  if (candidates.length > 1) {
    const inodes = candidates.map((id) => node.netns.get(id)?.inode ?? 0).join(', ');
    said.push(
      `${candidates.length} network namespaces on ${node.label} have the address of ${who}, ${pod.ips.join(', ')}: ${inodes}.`,
    );
  }
  if (candidates.length === 0 && node.seesInside) {
    said.push(
      `Kubernetes says ${who} runs on ${node.label} with ${pod.ips.join(', ')}, but no network namespace there has this address.`,
    );
  }
  if (host === null) return said;
  const calico = host.name.startsWith('cali') || host.mac === WORKLOAD_MAC;
  if (calico && calicoDigits(host.name) !== null && !isNamed(host.name, expected)) {
    said.push(`The host end of ${who} is ${host.name}, but Calico’s name for this Pod is ${expected}.`);
  }
  const { routes4, routes6 } = node.snapshot;
  const wereRead = (ip: string): boolean => wholeRoutes(ip.includes(':') ? routes6 : routes4) !== null;
  for (const ip of calico ? pod.ips.filter(wereRead) : []) {
    const devices = (node.hostRoutes.get(ip) ?? []).map(({ dev }) => dev);
    if (devices.length === 0)
      said.push(`${node.label} has no host route to ${ip}, although ${who} runs there behind ${host.name}.`);
    else if (!devices.includes(host.name)) {
      said.push(
        `The host route to ${ip} on ${node.label} leaves by ${devices.join(', ')}, but ${who} is behind ${host.name}.`,
      );
    }
  }
  return said;
}
