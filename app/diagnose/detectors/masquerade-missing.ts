// A node lets its Pods' packets out with the Pods' own addresses where other nodes put their own in front (MASQUERADE): whoever is outside the
// Pods' network knows no way back. Told by ways alone: those of its Pods end, and the same ones of another node's Pods arrive translated.
import { everywhere, proof, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { wayFor } from '../paths/path-draft.ts';
import { surveyOf } from '../paths/stops.ts';
import { unmaskedWays, type Unmasked } from '../paths/unmasked.ts';
import { addressOf, routesOf, wholeNode } from '../subject.ts';

export const masqueradeMissing: Detector = {
  id: 'masquerade-missing',
  concludes:
    'a node lets Pods’ packets leave their network with their own addresses where other nodes masquerade them',
  explainedBy: ['iptables-backend-split', 'peer-route-missing', 'nat-diverts', 'policy-routing-diverts'],
  detect(cluster) {
    const byNode = new Map<DiagnosedNode, Unmasked[]>();
    for (const stop of surveyOf(cluster).stops)
      for (const one of unmaskedWays(cluster, stop))
        byNode.set(one.node, [...(byNode.get(one.node) ?? []), one]);
    return everywhere([...byNode.values()].map((all) => bareDraft(all)));
  },
};

function bareDraft(all: readonly Unmasked[]): Draft {
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
