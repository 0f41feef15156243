// A node lets its Pods' packets out with the Pods' own addresses where other nodes put their own in front (MASQUERADE): whoever is outside the
// Pods' network knows no way back. Told by ways alone: those of its Pods end, and the same ones of another node's Pods arrive translated.
import { everywhere, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { wayFor } from '../paths/path-draft.ts';
import { surveyOf } from '../paths/stops.ts';
import type { StoppedPath } from '../paths/stopped-path.ts';
import { addressOf, routesOf, wholeNode } from '../subject.ts';
import type { TraceHop, TracePath, TraceRule } from '../../trace/model.ts';

interface Bare {
  readonly node: DiagnosedNode;
  readonly stopped: StoppedPath;
  /** Where it left its node. */
  readonly hop: TraceHop;
  readonly source: string;
  /** Where the same one of another node's Pod was given that node's address, and by which rule. */
  readonly other: { readonly node: DiagnosedNode; readonly rule: TraceRule };
}

export const masqueradeMissing: Detector = {
  id: 'masquerade-missing',
  concludes:
    'a node lets Pods’ packets leave their network with their own addresses where other nodes masquerade them',
  explainedBy: ['iptables-backend-split', 'peer-route-missing', 'nat-diverts', 'policy-routing-diverts'],
  detect(cluster) {
    const byNode = new Map<DiagnosedNode, Bare[]>();
    for (const { paths } of surveyOf(cluster).stops)
      for (const stopped of paths) {
        const bare = bareOf(cluster, stopped);
        if (bare !== null) byNode.set(bare.node, [...(byNode.get(bare.node) ?? []), bare]);
      }
    return everywhere([...byNode.values()].map((all) => bareDraft(all)));
  },
};

/** What a Pod sends to a node or a Service, and ends on another node. */
function bareOf(cluster: Cluster, stopped: StoppedPath): Bare | null {
  const { pair, path, forth = null, back } = stopped;
  const way = back ? forth : path;
  const node = cluster.node(pair.fromNode);
  if (node === null || way === null || pair.fromPod === null || pair.toPod !== null) return null;
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
): Bare['other'] | null {
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

function bareDraft(all: readonly Bare[]): Draft {
  const [first] = all;
  if (first === undefined) throw new Error('of a node that lets nothing out nothing is told');
  const { node, hop, source, stopped, other } = first;
  const { label, snapshot } = node;
  const { rule } = other;
  const sources = [...new Set(all.map((one) => one.source))];
  return {
    ...draft({
      confidence: 'likely',
      surer: `Watch what leaves ${label} by ${hop.egress ?? ''} for ${hop.left?.dst ?? ''}: it has a Pod’s address for its source.`,
      node: label,
      device: hop.egress,
      title: `${label} lets its Pods’ packets out with their own addresses, ${other.node.label} masquerades them`,
      because: `${stopped.pair.name} leaves ${label} by ${hop.egress ?? ''} as ${source}, which ${stopped.path.hops.at(-1)?.node ?? 'the other end'} has no right way back to. On ${other.node.label} rule ${String(rule.number)} of ${rule.table} ${rule.chain} gives such packets the node’s address: “${rule.text}”. No rule of ${label} does.`,
      proofs: [
        ...proof(snapshot.firewall, 'POSTROUTING'),
        ...proof(other.node.snapshot.firewall, rule.chain),
      ],
      mend: [
        `Let the network’s own program write its rules again on ${label} (flanneld with --ip-masq, the CNI plugin’s ipMasq, Calico’s natOutgoing), and see who took them away.`,
        `iptables-save -t nat   # on ${label} and on ${other.node.label}`,
      ],
      family: source.includes(':') ? 6 : 4,
      breaks: sources.map(addressOf),
      touches: [wholeNode(label), routesOf(label), ...sources.map(addressOf)],
    }),
    ways: all.map((one) => wayFor(one.stopped.pair, one.stopped.back)),
  };
}
