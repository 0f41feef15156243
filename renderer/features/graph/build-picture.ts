// Topology + session → Picture. Pure; the caller says what has just come or gone. It knows no clock.
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { InterfaceEntity, NodeEntity, PodEntity, Topology } from '../../../app/topology/model.ts';
import { bgpHealth } from '../../state/bgp-health.ts';
import { indexOf } from '../../state/topology-index.ts';
import type { Freshness } from '../../state/freshness.ts';
import { clockText } from '../../state/text.ts';
import { podTrouble } from '../../state/pod-trouble.ts';
import { isCurrent } from '../../state/standing.ts';
import { cniWords } from '../../state/cni-words.ts';
import { isDown, wireOf } from '../../state/network.ts';
import { orphanRemark, orphansOf } from '../../state/orphans.ts';
import { type PeerRoute, peerRoutes } from '../../state/peer-routes.ts';
import { buildArcs } from './build-arcs.ts';
import type { GraphNode, GraphPod, GraphPort, GraphRoute, GraphTag, Picture, Tone } from './picture.ts';

export interface PictureInput {
  readonly topology: Topology | null;
  readonly statuses: readonly NodeStatus[];
  readonly freshness: Freshness;
  /** Its own sessions are drawn even where most are not. */
  readonly focusNode: string | null;
}

const ROUTES_SHOWN = 3;

export function buildPicture(input: PictureInput): Picture {
  const { topology, statuses } = input;
  const index = topology === null ? null : indexOf(topology);
  const seen = new Set<string>();
  const nodes: GraphNode[] = [];
  for (const status of statuses) {
    const entity = index?.nodeByLabel.get(status.label);
    if (entity !== undefined) seen.add(entity.id);
    nodes.push(
      topology === null || entity === undefined
        ? strangerOf(status)
        : regionOf(topology, entity, status, input),
    );
  }
  for (const entity of index?.nodes ?? []) {
    if (topology !== null && !seen.has(entity.id)) nodes.push(regionOf(topology, entity, null, input));
  }
  return {
    nodes,
    wires: wiresOf(nodes),
    ...(topology === null
      ? { arcs: [], crowded: false, hiddenArcs: 0 }
      : buildArcs(topology, input.focusNode)),
  };
}

/** A machine of the cluster file that has never answered. */
function strangerOf(status: NodeStatus): GraphNode {
  return {
    id: `label:${status.label}`,
    known: false,
    label: status.label,
    address: status.address,
    network: '',
    ...stateOf(status),
    pods: [],
    podCount: 0,
    hostNetworkPods: 0,
    ports: [],
    routes: [],
    hiddenRoutes: 0,
    routesUnread: null,
  };
}

function regionOf(
  topology: Topology,
  node: NodeEntity,
  status: NodeStatus | null,
  input: PictureInput,
): GraphNode {
  const index = indexOf(topology);
  const living = index.podsOf.get(node.id) ?? [];
  const own = [...living.filter((pod) => !pod.hostNetwork), ...endedPods(topology, node, input.freshness)];
  const routes = peerRoutes(topology, node);
  const state = status === null ? { tone: 'plain' as const, tags: [], dimmed: false } : stateOf(status);
  return {
    id: node.id,
    known: true,
    label: node.label,
    address: node.addresses[0] ?? status?.address ?? '',
    network: cniWords(node.cni) ?? '',
    ...state,
    tags: [...state.tags, ...birdTags(node), ...contradictionTags(node)],
    pods: own.map((pod) => podOf(topology, pod, input.freshness)),
    podCount: own.length,
    hostNetworkPods: living.length - living.filter((pod) => !pod.hostNetwork).length,
    ports: [
      ...portsOf(index.interfacesOf.get(node.rootNetns) ?? []),
      ...orphansOf(topology, node).map((each) => portOf(each, orphanRemark(each))),
    ],
    routes: routes.slice(0, ROUTES_SHOWN).map((route) => routeOf(route, node)),
    hiddenRoutes: Math.max(0, routes.length - ROUTES_SHOWN),
    routesUnread: node.unread.routes,
  };
}

/** Facts that may no longer hold are dimmed, and say how old they are. */
function stateOf(status: NodeStatus): { tone: Tone; tags: readonly GraphTag[]; dimmed: boolean } {
  const tone = stateTones[status.state];
  const dimmed = (tag: GraphTag): ReturnType<typeof stateOf> => ({ tone, tags: [tag], dimmed: true });
  switch (status.state) {
    case 'connected':
      return isCurrent(status)
        ? { tone: 'ok', tags: [], dimmed: false }
        : dimmed(factsTag(status, 'reading', 'reading again'));
    case 'stale': {
      const said = `stale since ${clockText(status.since)} UTC`;
      return dimmed({ text: 'stale since', tone, said, age: { since: status.since, after: '' } });
    }
    case 'waiting':
      return dimmed(factsTag(status, 'waiting', 'waiting to reconnect'));
    case 'failed':
      return dimmed(factsTag(status, 'failed', 'cannot connect'));
    case 'connecting':
      return dimmed(factsTag(status, 'connecting', 'connecting…'));
  }
}

const stateTones = {
  connected: 'faint',
  stale: 'warn',
  waiting: 'warn',
  failed: 'bad',
  connecting: 'faint',
} as const;

/** "waiting · 19 s old": what the node last said is still shown. Without facts there is room for the whole phrase. */
function factsTag({ state, lastFactsAt }: NodeStatus, word: string, phrase: string): GraphTag {
  const tone = stateTones[state];
  if (lastFactsAt === null) return { text: phrase, tone, said: phrase, age: null };
  const said = `${phrase}, last read ${clockText(lastFactsAt)} UTC`;
  return { text: `${word} ·`, tone, said, age: { since: lastFactsAt, after: ' old' } };
}

function birdTags(node: NodeEntity): readonly GraphTag[] {
  if (node.bird.sentence === null) return [];
  const { sentence, state } = node.bird;
  // In the picture there is room for what it is, not for how it came about.
  const [text = sentence] = sentence.split(': ');
  return [{ text, tone: state === 'dead' ? 'bad' : 'faint', said: sentence, age: null }];
}

function contradictionTags({ contradictions }: NodeEntity): readonly GraphTag[] {
  if (contradictions.length === 0) return [];
  return [{ text: 'sources differ', tone: 'warn', said: contradictions.join(' '), age: null }];
}

/** A route is as well as the session it came by: the kernel keeps it when nobody renews it any more. */
function routeOf({ dst, via, owner, bgp, session }: PeerRoute, node: NodeEntity): GraphRoute {
  if (!bgp) return { dst, via, owner, remark: '', tone: 'ok' };
  const health = session === null ? 'established' : bgpHealth(session);
  const remark = health === 'stale' ? 'stale' : health === 'down' || node.bird.state === 'dead' ? 'kept' : '';
  return { dst, via, owner, remark, tone: remark === '' ? 'bgp' : 'warn' };
}

/** Pods that have just gone keep their seat for a moment, so that one sees what went. */
function endedPods(topology: Topology, node: NodeEntity, freshness: Freshness): PodEntity[] {
  return [...freshness.ended.keys()].flatMap((id) => {
    const pod = topology.pods[id];
    return pod?.nodeId === node.id && !pod.hostNetwork && pod.until !== null ? [pod] : [];
  });
}

function podOf(topology: Topology, pod: PodEntity, freshness: Freshness): GraphPod {
  const host = pod.hostInterfaceId === null ? undefined : topology.interfaces[pod.hostInterfaceId];
  const inner = pod.podInterfaceId === null ? undefined : topology.interfaces[pod.podInterfaceId];
  const ended = pod.until !== null;
  const trouble = podTrouble(topology, pod);
  return {
    id: pod.id,
    name: pod.name,
    namespace: pod.namespace,
    address: pod.ips[0] ?? 'no address',
    podInterface: inner === undefined ? null : { id: inner.id, name: inner.name },
    hostInterface: host === undefined ? null : { id: host.id, name: host.name },
    tone: ended || pod.phase === 'Succeeded' ? 'faint' : (trouble?.tone ?? 'plain'),
    remark: ended ? 'ended' : (trouble?.remark ?? (pod.phase === 'Succeeded' ? pod.phase : '')),
    presence: ended ? 'ended' : freshness.appeared.has(pod.id) ? 'appearing' : 'steady',
  };
}

function portsOf(interfaces: readonly InterfaceEntity[]): GraphPort[] {
  return interfaces
    .filter((each) => each.role !== 'workload' && each.role !== 'loopback' && each.role !== 'pod')
    .map((each) => portOf(each, ''));
}

function portOf(each: InterfaceEntity, remark: string): GraphPort {
  const nic = each.role === 'nic';
  const down = isDown(each);
  return {
    id: each.id,
    name: each.name,
    nic,
    down,
    idle: !nic && down,
    mtu: each.mtu,
    remark,
    wire: nic ? wireOf(each) : null,
  };
}

function wiresOf(nodes: readonly GraphNode[]): Picture['wires'] {
  const members = new Map<string, number>();
  for (const node of nodes) {
    for (const port of node.ports) {
      if (port.wire !== null) members.set(port.wire, (members.get(port.wire) ?? 0) + 1);
    }
  }
  return [...members]
    .map(([network, count]) => ({ network, members: count }))
    .toSorted((a, b) => b.members - a.members || a.network.localeCompare(b.network));
}
