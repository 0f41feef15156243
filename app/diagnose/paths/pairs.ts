// Who is tried with whom: enough that whatever breaks a way lies on one of them, few enough that it costs little in a large cluster.
import type { Cluster, DiagnosedNode } from '../cluster.ts';
import { podName } from '../cluster.ts';
import { isReady } from '../pods.ts';
import type { ServicePort } from '../../probe/kube-facts.ts';
import type { PodEntity } from '../../topology/model.ts';
import { endNamed, type TraceEnd } from '../../trace/ends.ts';
import { knownPort } from './known-port.ts';
import type { Pair } from './pair.ts';

export type { Pair } from './pair.ts';

/** Each costs milliseconds. */
export const MOST_PAIRS = 400;
/** Beyond so many Pods not each is tried from another node. */
const FEW_PODS = 60;
/** A CNI plugin and Felix need some seconds; a Pod that is ready has had them. */
const YOUNG_S = 30;

export interface Pairs {
  readonly pairs: readonly Pair[];
  /** Those that found no place. */
  readonly left: number;
}

/** What is tried first matters most: between nodes, then each Pod with its own node, then Services; beside them, Pods of one node. */
export function pairsOf(cluster: Cluster): Pairs {
  const homes = cluster.nodes.map((node) => ({ node, pods: triedPods(cluster, node) }));
  const housing = homes.flatMap(({ node, pods: [first, ...others] }) =>
    first === undefined ? [] : [{ node, first, pods: [first, ...others] }],
  );
  const across = housing.flatMap((one) =>
    housing.flatMap((other) =>
      one === other ? [] : toPod(cluster, podEnd(one.node, one.first), other.node, other.first),
    ),
  );
  const own = housing.flatMap(({ node, pods }) =>
    pods.flatMap((pod) => [
      ...toPod(cluster, nodeEnd(node), node, pod),
      ...toNode(podEnd(node, pod), node, pod.ips),
    ]),
  );
  const services = housing.flatMap(({ node, first }) => toServices(cluster, podEnd(node, first), first.ips));
  const hosts = homes.flatMap(({ node }) =>
    housing.flatMap((other) =>
      node === other.node ? [] : toPod(cluster, nodeEnd(node), other.node, other.first),
    ),
  );
  const few = housing.reduce((sum, { pods }) => sum + pods.length, 0) <= FEW_PODS;
  const each = few
    ? housing.flatMap((home, at) => {
        const other = housing[(at + 1) % housing.length];
        if (other === undefined || other === home) return [];
        return home.pods.flatMap((pod) => [
          ...toPod(cluster, podEnd(other.node, other.first), home.node, pod),
          ...toPod(cluster, podEnd(home.node, pod), other.node, other.first),
        ]);
      })
    : [];
  // What lies between two Pods of one node, a bridge's ports above all, lies on no way to another node.
  const beside = housing.flatMap(({ node, pods }) =>
    pods.slice(0, few ? undefined : 2).flatMap((pod, at, some) => {
      const next = some[at + 1];
      if (next === undefined) return [];
      return [
        ...toPod(cluster, podEnd(node, pod), node, next),
        ...toPod(cluster, podEnd(node, next), node, pod),
      ];
    }),
  );
  const hinted = asHinted(cluster, [...across, ...own, ...each, ...hosts, ...beside], services);
  const once = new Map(hinted.map((pair) => [keyOf(pair), pair]));
  const pairs = [...once.values()];
  return { pairs: pairs.slice(0, MOST_PAIRS), left: Math.max(0, pairs.length - MOST_PAIRS) };
}

/** Null: nobody asks, or of nobody who is known. */
export function askedPair({ known }: Cluster): Pair | null {
  const { asked, topology } = known;
  const [from, to] = [asked?.from, asked?.to].map((end) => (end === undefined ? null : endNamed(known, end)));
  if (asked === undefined || from?.ok !== true || to?.ok !== true) return null;
  const nodeOf = (end: TraceEnd): string | null =>
    end.kind === 'node'
      ? end.node.label
      : end.kind === 'pod'
        ? (topology.nodes[end.pod.nodeId ?? '']?.label ?? null)
        : null;
  const podOf = (end: TraceEnd): string | null => (end.kind === 'pod' ? podName(end.pod) : null);
  const [sender, receiver] = [from.value, to.value];
  const port = asked.port === null ? '' : ` (${asked.proto} ${asked.port})`;
  return {
    ...asked,
    name: `${sender.label} → ${receiver.kind === 'service' ? 'Service ' : ''}${receiver.label}${port}`,
    fromPod: podOf(sender),
    toPod: podOf(receiver),
    fromNode: nodeOf(sender) ?? '',
    toNode: nodeOf(receiver),
    toNetns: null,
    asked: true,
    ...(receiver.kind === 'service'
      ? { service: `${receiver.service.namespace}/${receiver.service.name}` }
      : {}),
  };
}

export interface End {
  readonly asked: string;
  readonly name: string;
  readonly pod: string | null;
  readonly node: string;
  readonly families: ReadonlySet<4 | 6>;
}

function keyOf({ from, to, proto, size }: Pair): string {
  return `${from} ${to} ${proto === 'udp' ? proto : ''} ${size ?? ''}`;
}

/** What fails, by what the operator has seen, comes first; nothing is left out because of a hint. */
function asHinted(cluster: Cluster, pairs: readonly Pair[], services: readonly Pair[]): Pair[] {
  const hints = cluster.known.hints ?? [];
  const kinds = new Set(hints.map(({ kind }) => kind));
  const betweenPods = pairs.filter(({ fromPod, toPod }) => fromPod !== null && toPod !== null);
  const added = [
    ...(kinds.has('udp-only')
      ? betweenPods.map((pair): Pair => ({ ...pair, proto: 'udp', port: null, name: `${pair.name} (UDP)` }))
      : []),
    ...(kinds.has('large-only')
      ? betweenPods.flatMap((pair) => {
          const size = largestOf(cluster, pair);
          return size === null ? [] : [{ ...pair, size, name: `${pair.name} (${size} bytes)` }];
        })
      : []),
  ];
  const all = kinds.has('service-only') ? [...services, ...pairs] : [...pairs, ...services];
  const nodes = hints.flatMap((hint) => (hint.kind === 'from-node' ? [hint.node] : []));
  const first = ({ fromNode }: Pair): number => Number(nodes.includes(fromNode));
  return [...added, ...all.toSorted((a, b) => first(b) - first(a))];
}

/** Bytes that the sender's own interface takes: larger ones it would not send. Null: not known. */
export function largestOf({ topology }: Cluster, { fromPod, fromNode }: Pair): number | null {
  const pod = Object.values(topology.pods).find(
    (one) =>
      one.until === null && podName(one) === fromPod && topology.nodes[one.nodeId ?? '']?.label === fromNode,
  );
  const ends = [pod?.podInterfaceId, pod?.hostInterfaceId].map(
    (id) => topology.interfaces[id ?? '']?.mtu ?? null,
  );
  return ends.find((mtu) => mtu !== null) ?? null;
}

/** Running for a while and not about to end, in a network that was found; those whose inside was read first: of them most is known. */
export function triedPods(cluster: Cluster, node: DiagnosedNode): PodEntity[] {
  const { topology } = cluster;
  const { snapshot } = node;
  const read = new Set(
    (snapshot.insides?.value?.read ?? []).map(({ inode, startTicks }) => `${inode} ${startTicks}`),
  );
  const wasRead = ({ netnsId }: PodEntity): boolean => {
    const netns = topology.netns[netnsId ?? ''];
    return read.has(`${netns?.inode ?? ''} ${netns?.process?.startTicks ?? ''}`);
  };
  return settled(cluster, node)
    .filter(({ hostNetwork }) => !hostNetwork)
    .sort((a, b) => Number(wasRead(b)) - Number(wasRead(a)) || byName(a, b));
}

/** The same on the node's own network. */
export function podsOnHost(cluster: Cluster, node: DiagnosedNode): PodEntity[] {
  return settled(cluster, node)
    .filter(({ hostNetwork }) => hostNetwork)
    .sort(byName);
}

function settled({ inventory }: Cluster, { pods, snapshot }: DiagnosedNode): PodEntity[] {
  return pods.filter((pod) => {
    const fact = inventory?.pods[pod.id.replace(/^pod:/, '')];
    const ends = pod.phase !== null && pod.phase !== 'Running';
    const young =
      !isReady(pod) && typeof fact?.createdAt === 'number' && snapshot.at.s - fact.createdAt < YOUNG_S;
    return !ends && fact?.terminating !== true && !young && pod.ips.length > 0;
  });
}

const numeric = new Intl.Collator('en', { numeric: true });

function byName(a: PodEntity, b: PodEntity): number {
  return numeric.compare(podName(a), podName(b));
}

export function podEnd({ label }: DiagnosedNode, pod: PodEntity): End {
  const [ip = ''] = pod.ips;
  return {
    asked: pod.namespace === null ? ip : `pod/${podName(pod)}`,
    name: ip,
    pod: podName(pod),
    node: label,
    families: familiesOf(pod.ips),
  };
}

function nodeEnd({ label, entity }: DiagnosedNode): End {
  return {
    asked: `node/${label}`,
    name: label,
    pod: null,
    node: label,
    families: familiesOf(entity.addresses),
  };
}

function familiesOf(addresses: readonly string[]): ReadonlySet<4 | 6> {
  return new Set(addresses.map((one) => (one.includes(':') ? 6 : 4)));
}

/** In each family that both have. */
export function toPod(cluster: Cluster, from: End, node: DiagnosedNode, pod: PodEntity): Pair[] {
  const { label } = node;
  return pod.ips
    .filter((ip) => from.families.has(ip.includes(':') ? 6 : 4))
    .map((ip) => ({
      from: from.asked,
      to: ip,
      proto: 'tcp',
      port: knownPort(cluster, node, pod, ip),
      size: null,
      name: `${from.name} → ${ip}`,
      fromPod: from.pod,
      toPod: podName(pod),
      fromNode: from.node,
      toNode: label,
      toNetns: pod.netnsId,
    }));
}

export function toNode(from: End, { label, entity }: DiagnosedNode, ips: readonly string[]): Pair[] {
  const [address] = entity.addresses.filter((one) => familiesOf(ips).has(one.includes(':') ? 6 : 4));
  if (address === undefined) return [];
  return [
    {
      from: from.asked,
      to: address,
      proto: 'icmp',
      port: null,
      size: null,
      name: `${from.name} → ${label}`,
      fromPod: from.pod,
      toPod: null,
      fromNode: from.node,
      toNode: label,
      toNetns: entity.rootNetns,
    },
  ];
}

/** RFC 1035 §4.2.1. */
const DNS_PORT = 53;

export function isDnsPort({ protocol, port }: ServicePort): boolean {
  return port === DNS_PORT && protocol.toLowerCase() === 'udp';
}

/** A question to the cluster's DNS: to a Service with its port, whatever that is called. */
export function isDns({ service, proto, port }: Pair): boolean {
  return service !== undefined && proto === 'udp' && port === DNS_PORT;
}

/** Whether a Service that has nobody behind it is wrong, service-without-endpoints decides. */
function toServices({ inventory }: Cluster, from: End, ips: readonly string[]): Pair[] {
  if (inventory === null) return [];
  const slices = Object.values(inventory.endpointSlices);
  return Object.values(inventory.services).flatMap(({ namespace, name, clusterIps, ports, type }): Pair[] => {
    const served = slices.some(
      (slice) =>
        slice.namespace === namespace && slice.service === name && slice.endpoints.some(({ ready }) => ready),
    );
    const usable = clusterIps.some((ip) => ip !== 'None' && familiesOf(ips).has(ip.includes(':') ? 6 : 4));
    const usual = ports.filter(({ protocol }) => /^(tcp|udp)$/i.test(protocol));
    // Who serves DNS serves it by UDP first.
    const port = usual.find(isDnsPort) ?? usual[0];
    if (!usable || port === undefined || type === 'ExternalName') return [];
    return [
      {
        from: from.asked,
        to: `svc/${namespace}/${name}`,
        proto: port.protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp',
        port: port.port,
        size: null,
        name: `${from.name} → Service ${namespace}/${name}`,
        fromPod: from.pod,
        toPod: null,
        fromNode: from.node,
        toNode: null,
        toNetns: null,
        service: `${namespace}/${name}`,
        ...(served ? {} : { unserved: true as const }),
      },
    ];
  });
}
