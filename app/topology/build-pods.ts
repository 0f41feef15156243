// Pods as entities: those Kubernetes names, and those that show as a namespace alone.
import { addressesByPort } from './bridge-ports.ts';
import { insideInterface, type NodeView, type PodMatch } from './match-pods.ts';
import { defaultDevicesOf } from './roles.ts';
import type { EvidenceId, InterfaceId, NetnsId, NodeTime, PodEntity, PodId } from './model.ts';

export interface PodContext {
  readonly previous: Readonly<Record<PodId, PodEntity>>;
  readonly interfaceId: (key: string) => InterfaceId | null;
  /** When the node was read; null for Pods on none that was. */
  readonly seen: NodeTime | null;
  readonly inventoryEvidence: readonly EvidenceId[];
}

export function podIdOf(uid: string): PodId {
  return `pod:${uid}`;
}

export function namedPod({ pod, ...match }: PodMatch, context: PodContext): PodEntity {
  const id = podIdOf(pod.uid);
  const before = context.previous[id];
  const created = pod.createdAt === null ? null : { s: pod.createdAt, ns: 0 };
  return {
    id,
    since: before?.since ?? created ?? context.seen ?? { s: 0, ns: 0 },
    until: null,
    evidence: context.inventoryEvidence,
    namespace: pod.namespace,
    name: pod.name,
    nodeId: match.nodeId,
    nodeName: pod.nodeName,
    ips: pod.ips,
    phase: pod.phase,
    ready: pod.ready,
    hostNetwork: pod.hostNetwork,
    labels: pod.labels,
    moreLabels: pod.moreLabels,
    netnsId: match.netnsId,
    podInterfaceId: match.podInterface === null ? null : context.interfaceId(match.podInterface),
    hostInterfaceId: match.hostInterface === null ? null : context.interfaceId(match.hostInterface),
    contradictions: match.contradictions,
  };
}

/** A namespace with an address of its own behind a device of the node, that no named Pod is in. */
export function namelessPods(
  { node, pairings }: NodeView,
  taken: ReadonlySet<NetnsId>,
  context: PodContext,
): PodEntity[] {
  const pods: PodEntity[] = [];
  for (const netns of node.netns.values()) {
    if (netns.root || taken.has(netns.id) || netns.addresses.length === 0) continue;
    // A second device (Multus's macvlan) has an address, too, but no end here: the Pod's own is the one that does.
    const holders = netns.addresses.map((address) => insideInterface(node, netns.id, [address]));
    const paired = holders.find((key) => key !== null && (pairings.get(key)?.key ?? null) !== null);
    const inside = paired ?? null;
    const host = inside === null ? null : (pairings.get(inside)?.key ?? null);
    // A router's or a neighbour node's namespace has no end here.
    if (inside === null || host === null) continue;
    const id: PodId = `pod:${netns.id}`;
    pods.push({
      id,
      since: context.previous[id]?.since ?? node.at,
      until: null,
      evidence: netns.evidence,
      namespace: null,
      name:
        netns.process === null
          ? `namespace ${netns.inode}`
          : `${netns.process.comm} (process ${netns.process.pid})`,
      nodeId: node.id,
      nodeName: null,
      ips: netns.addresses,
      phase: null,
      ready: null,
      hostNetwork: false,
      labels: {},
      moreLabels: 0,
      netnsId: netns.id,
      podInterfaceId: context.interfaceId(inside),
      hostInterfaceId: context.interfaceId(host),
      contradictions: [],
    });
  }
  return pods;
}

const ROUTED_BY = ['routes4', 'routes6', 'neighbours', 'fdb'] as const;

/** Where nobody lets us look inside and nobody knows names: the node's host routes and bridges tell of Pods all the same. */
export function routedPods({ node, pairings }: NodeView, context: PodContext): PodEntity[] {
  const byDevice = new Map<string, string[]>();
  // Many clouds give a machine a /32 route to its gateway: behind the NIC lives no Pod.
  const defaults = defaultDevicesOf(node);
  for (const [name, addresses] of addressesByPort(node.snapshot)) byDevice.set(name, [...addresses]);
  for (const [address, routes] of node.hostRoutes) {
    for (const { dev } of routes)
      if (dev !== null) byDevice.set(dev, [...(byDevice.get(dev) ?? []), address]);
  }
  return [...node.interfaces].flatMap(([key, host]): PodEntity[] => {
    const ips = byDevice.get(host.name);
    const interfaceId = context.interfaceId(key);
    const pair = host.kind === 'veth' || host.kind === 'netkit';
    const away = host.netnsId === node.rootNetns && pair && !defaults.has(host.name);
    if (!away || ips === undefined || interfaceId === null || (pairings.get(key)?.key ?? null) !== null)
      return [];
    const id: PodId = `pod:${interfaceId}`;
    return [
      {
        id,
        since: context.previous[id]?.since ?? node.at,
        until: null,
        evidence: ROUTED_BY.flatMap((part) => node.snapshot[part]?.evidence ?? []),
        namespace: null,
        name: `behind ${host.name}`,
        nodeId: node.id,
        nodeName: null,
        ips,
        phase: null,
        ready: null,
        hostNetwork: false,
        labels: {},
        moreLabels: 0,
        netnsId: null,
        podInterfaceId: null,
        hostInterfaceId: interfaceId,
        contradictions: [],
      },
    ];
  });
}
