// Who is tried with whom: enough that whatever breaks a way lies on one of them, few enough that it costs little in a large cluster.
import { endNamed, type TraceEnd } from '../../trace/ends.ts';
import { podName, type Cluster } from '../cluster.ts';
import type { Pair } from './pair.ts';
import { isDns, nodeEnd, podEnd, toNode, toPod, toServices } from './pair-ends.ts';
import { toNodePorts, toTheirOwn } from './own-services.ts';
import { eachWithEach, inTurn, partsOf } from './places.ts';
import { isYoungNode } from '../settled-nodes.ts';
import { triedPods } from './tried-pods.ts';

/** Each costs milliseconds. */
export const MOST_PAIRS = 400;
/** Beyond so many Pods not each is tried from another node. */
const FEW_PODS = 60;

export interface Pairs {
  readonly pairs: readonly Pair[];
  /** Those that found no place. */
  readonly left: number;
}

/**
 * What is tried first matters most: between nodes, then each Pod with its own node; beside them, Pods of one node; then Services. Where
 * there are too many, each kind of way gets its part of the places, and in it each node: what breaks one kind lies on no other.
 */
export function pairsOf(cluster: Cluster): Pairs {
  // What a node that has joined just now lacks may be on its way, and what ends for it nobody's fault.
  const homes = cluster.nodes
    .filter((node) => !isYoungNode(cluster, node))
    .map((node) => ({ node, pods: triedPods(cluster, node) }));
  const housing = homes.flatMap(({ node, pods: [first, ...others] }) =>
    first === undefined ? [] : [{ node, first, pods: [first, ...others] }],
  );
  const across = eachWithEach(housing, housing).flatMap(([one, other]) =>
    toPod(cluster, podEnd(one.node, one.first), other.node, other.first),
  );
  const own = inTurn(
    housing.map(({ node, pods }) =>
      pods.flatMap((pod) => [
        ...toPod(cluster, nodeEnd(node), node, pod),
        ...toNode(podEnd(node, pod), node, pod.ips),
      ]),
    ),
  );
  const services = inTurn(
    housing.map(({ node, first }, at) => {
      const all = toServices(cluster, podEnd(node, first), first.ips);
      const others = all.filter((pair) => !isDns(pair));
      // One node begins with one, the next with another.
      const begin = others.length === 0 ? 0 : at % others.length;
      return [...all.filter(isDns), ...others.slice(begin), ...others.slice(0, begin)];
    }),
  );
  const hosts = eachWithEach(homes, housing).flatMap(([{ node }, other]) =>
    toPod(cluster, nodeEnd(node), other.node, other.first),
  );
  const few = housing.reduce((sum, { pods }) => sum + pods.length, 0) <= FEW_PODS;
  const each = few
    ? inTurn(
        housing.map((home, at) => {
          const other = housing[(at + 1) % housing.length];
          if (other === undefined || other === home) return [];
          return home.pods.flatMap((pod) => [
            ...toPod(cluster, podEnd(other.node, other.first), home.node, pod),
            ...toPod(cluster, podEnd(home.node, pod), other.node, other.first),
          ]);
        }),
      )
    : [];
  // What lies between two Pods of one node, a bridge's ports above all, lies on no way to another node.
  const beside = inTurn(
    housing.map(({ node, pods }) =>
      pods.slice(0, few ? undefined : 2).flatMap((pod, at, some) => {
        const next = some[at + 1];
        if (next === undefined) return [];
        return [
          ...toPod(cluster, podEnd(node, pod), node, next),
          ...toPod(cluster, podEnd(node, next), node, pod),
        ];
      }),
    ),
  );
  const ownServices = inTurn(
    homes.map(({ node, pods }, at) => {
      const other = homes[(at + 1) % homes.length]?.node;
      const byPort = other === undefined || other === node ? [] : toNodePorts(cluster, nodeEnd(other), node);
      return [...byPort, ...toTheirOwn(cluster, node, pods)];
    }),
  );
  const known = new Set<string>();
  const isFirst = (pair: Pair): boolean => known.size < known.add(keyOf(pair)).size;
  const kinds = asHinted(cluster, [across, own, each, hosts, beside], services)
    .concat([ownServices])
    .map((pairs) => pairs.filter(isFirst));
  const pairs = partsOf(kinds, MOST_PAIRS).flat();
  return { pairs, left: known.size - pairs.length };
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

function keyOf({ from, to, proto, size, service, port }: Pair): string {
  // A node's ports lead to several.
  const by = service !== undefined && !to.startsWith('svc/') ? (port ?? '') : '';
  return `${from} ${to} ${proto === 'udp' ? proto : ''} ${size ?? ''} ${by}`;
}

/** What fails, by what the operator has seen, comes first; nothing is left out because of a hint. */
function asHinted(
  cluster: Cluster,
  kinds: readonly (readonly Pair[])[],
  services: readonly Pair[],
): (readonly Pair[])[] {
  const hints = cluster.known.hints ?? [];
  const hinted = new Set(hints.map(({ kind }) => kind));
  const betweenPods = kinds.flat().filter(({ fromPod, toPod }) => fromPod !== null && toPod !== null);
  const nodes = hints.flatMap((hint) => (hint.kind === 'from-node' ? [hint.node] : []));
  const first = ({ fromNode }: Pair): number => Number(nodes.includes(fromNode));
  const all = hinted.has('service-only') ? [services, ...kinds] : [...kinds, services];
  return [
    ...(hinted.has('udp-only')
      ? [betweenPods.map((pair): Pair => ({ ...pair, proto: 'udp', port: null, name: `${pair.name} (UDP)` }))]
      : []),
    ...(hinted.has('large-only')
      ? [
          betweenPods.flatMap((pair) => {
            const size = largestOf(cluster, pair);
            return size === null ? [] : [{ ...pair, size, name: `${pair.name} (${size} bytes)` }];
          }),
        ]
      : []),
    ...all.map((pairs) => pairs.toSorted((a, b) => first(b) - first(a))),
  ];
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
