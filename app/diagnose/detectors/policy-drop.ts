// A NetworkPolicy takes packets that somebody sends. Policies are there to do that: it is one only where packets that are sent now are
// what it takes (FIELD-NOTES §8) – its rule's counter, or the node's, moves.
import { everywhere, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { filterOf, stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import { packetsOf, recentDrops } from '../recent-drops.ts';

export const policyDrop: Detector = {
  id: 'policy-drop',
  concludes: 'a NetworkPolicy drops packets that are sent now',
  explainedBy: ['duplicate-pod-ip', 'pod-ip-equals-tunnel-ip'],
  detect: (cluster) =>
    everywhere(stopsClaimedAs(cluster, 'policy-drop').flatMap((stop) => dropped(cluster, stop))),
};

function dropped(cluster: Cluster, stop: Stop): Draft[] {
  const { hop, step, paths } = stop;
  const rule = filterOf(stop);
  const node = cluster.node(hop.node);
  if (rule === null || node === null) return [];
  const lately = packetsOf(recentDrops(node), 'firewall-forward', { namespace: null });
  const policy = policyOf(stop);
  if (lately === 0) return [];
  return [
    pathDraft(cluster, stop, {
      severity: 'error',
      title: `${policy === null ? 'A policy' : `The policy ${policy}`} drops ${pathNames(paths)} on ${hop.node}`,
      because: `${step.sentence} ${hop.node} has dropped ${lately} packets on their way through within the last minute. Policies are there to drop: whether this one is meant to, only you know.`,
      mend: [
        'Allow it in the policy, if it is to pass.',
        `kubectl get networkpolicies -A; calicoctl get networkpolicy,globalnetworkpolicy -A`,
        `${step.command ?? 'iptables-save -c -t filter'}   # on ${hop.node}: its counters`,
      ],
      shows: [rule.chain],
    }),
  ];
}

/** Of the chains that it went through, the last that stands for a policy, as its comment or name has it. */
function policyOf({ step }: Stop): string | null {
  for (const { text } of step.rules.toReversed()) {
    const [, name] = /(?:Drop|Deny|Policy|policy)[^"]*? ([\w.-]+\/[\w.-]+|knp\.[\w.-]+)/.exec(text) ?? [];
    if (name !== undefined) return name;
  }
  return null;
}
