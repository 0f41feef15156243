// Ways that end because a node let them out with their Pod's own address, where other nodes put their own in front (MASQUERADE): the same ones
// of another node's Pods arrive translated.
import type { Cluster, DiagnosedNode } from '../cluster.ts';
import { isSettledNode } from '../settled-nodes.ts';
import { surveyOf, type Stop } from './stops.ts';
import type { StoppedPath } from './stopped-path.ts';
import type { TraceHop, TracePath, TraceRule } from '../../trace/model.ts';

export interface Unmasked {
  readonly node: DiagnosedNode;
  readonly stopped: StoppedPath;
  /** Where it left its node. */
  readonly hop: TraceHop;
  readonly source: string;
  /** Where the same one of another node's Pod was given that node's address, and by which rule. */
  readonly other: { readonly node: DiagnosedNode; readonly rule: TraceRule };
}

const known = new WeakMap<Stop, readonly Unmasked[]>();

/** Those of a stop's ways; what a filter takes of others as well is that filter's doing, and of none of them. */
export function unmaskedWays(cluster: Cluster, stop: Stop): readonly Unmasked[] {
  const before = known.get(stop);
  if (before !== undefined) return before;
  const found = stop.paths.flatMap((one) => unmaskedOf(cluster, one) ?? []);
  const isFilter = stop.reason === 'filter-drop' || stop.reason === 'filter-reject';
  const own = isFilter && found.length < stop.paths.length ? [] : found;
  known.set(stop, own);
  return own;
}

/** What a Pod sends to a node or a Service, and ends on another node. */
function unmaskedOf(cluster: Cluster, stopped: StoppedPath): Unmasked | null {
  const { pair, path, forth = null, back } = stopped;
  const way = back ? forth : path;
  const node = cluster.node(pair.fromNode);
  if (node === null || way === null || pair.fromPod === null || pair.toPod !== null) return null;
  if (!isSettledNode(cluster, node)) return null;
  const hop = exitOf(cluster, pair.fromNode, way);
  const ends = path.hops.at(-1);
  const [came, left] = [hop?.came ?? null, hop?.left ?? null];
  if (hop === undefined || came === null || left === null || came.src !== left.src) return null;
  // Where it ends at home, that is for what it meets there.
  if (!back && ends?.node === pair.fromNode) return null;
  const other = translatedElsewhere(cluster, stopped, left.dst);
  return other === null ? null : { node, stopped, hop, source: left.src, other };
}

/** Where it leaves that node by a NIC, in no tunnel. */
function exitOf(cluster: Cluster, label: string, { hops }: TracePath): TraceHop | undefined {
  return hops.find(
    ({ node, isPod, egress, left }) =>
      node === label &&
      !isPod &&
      left?.carried === false &&
      cluster.node(node)?.devices.get(egress ?? '')?.role === 'nic',
  );
}

function translatedElsewhere(
  cluster: Cluster,
  { pair }: StoppedPath,
  destination: string,
): Unmasked['other'] | null {
  for (const { pair: like, paths } of surveyOf(cluster).ended) {
    const node = cluster.node(like.fromNode);
    if (node === null || like.fromNode === pair.fromNode || like.fromPod === null) continue;
    if (like.to !== pair.to || like.proto !== pair.proto) continue;
    for (const path of paths) {
      const hop = path.verdict === 'delivered' ? exitOf(cluster, like.fromNode, path) : undefined;
      const left = hop?.left ?? null;
      if (hop === undefined || hop.came === null || left?.dst !== destination) continue;
      const step = hop.steps.findLast(
        ({ stage, rewrote }) => stage === 'postrouting' && /(^|, )source /.test(rewrote ?? ''),
      );
      const rule = step?.rules.at(-1);
      if (rule !== undefined && node.entity.addresses.includes(left.src)) return { node, rule };
    }
  }
  return null;
}
