// A NetworkPolicy takes packets. Policies are there to do that, and whether one is meant to, only its author knows: a way that ends in one
// is a note, and a finding only where somebody loses packets by it now – its rule's counter or the node's moves – or wants to know why that very
// way does not lead there (DESIGN §10, FIELD-NOTES §8).
import { everywhere, podName, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { filterOf, stopsClaimedAs } from '../paths/claims.ts';
import { countedLately } from '../paths/counted-lately.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';

export const policyDrop: Detector = {
  id: 'policy-drop',
  concludes: 'a NetworkPolicy drops packets that are sent now, or what somebody wants to reach',
  explainedBy: ['duplicate-pod-ip', 'pod-ip-equals-tunnel-ip', 'masquerade-missing'],
  detect: (cluster) =>
    everywhere(stopsClaimedAs(cluster, 'policy-drop').flatMap((stop) => dropped(cluster, stop))),
};

function dropped(cluster: Cluster, stop: Stop): Draft[] {
  const { hop, step, paths } = stop;
  const rule = filterOf(stop);
  const counted = countedLately(cluster, stop);
  if (rule === null || (counted === null && !stop.asked)) return [];
  const policy = policyOf(stop);
  const certain = counted?.byRule === true;
  return [
    pathDraft(cluster, stop, {
      severity: 'error',
      device: cableOf(cluster, stop),
      ...(certain ? { confidence: 'certain' as const, surer: null } : {}),
      title: `${policy === null ? 'A policy' : `The policy ${policy}`} drops ${pathNames(paths)} on ${hop.node}`,
      because: `${step.sentence} ${counted === null ? 'That packets are lost by it now is not counted; it is told since you ask for that way.' : counted.sentence} Policies are there to drop: whether this one is meant to, only you know.`,
      mend: [
        'Allow it in the policy, if it is to pass.',
        `kubectl get networkpolicies -A; calicoctl get networkpolicy,globalnetworkpolicy -A`,
        `${step.command ?? 'iptables-save -c -t filter'}   # on ${hop.node}: its counters`,
      ],
      shows: [rule.chain],
    }),
  ];
}

/** Whose chains took it: of the Pod that it is for, where that one is there, else of whom it is from. */
function cableOf({ topology }: Cluster, stop: Stop): string | null {
  const { hop, step, paths } = stop;
  const [first] = paths;
  const ends = [first?.pair.toPod ?? null, first?.pair.fromPod ?? null];
  const cables = ends.flatMap((who) => {
    const pod = Object.values(topology.pods).find((one) => one.until === null && podName(one) === who);
    return pod?.nodeId === hop.nodeId ? (topology.interfaces[pod.hostInterfaceId ?? '']?.name ?? []) : [];
  });
  // Two of one node: what the chains are called tells.
  const named = cables.find((name) => step.rules.some(({ chain }) => chain.includes(name)));
  return named ?? cables[0] ?? hop.ingress;
}

/** Of the chains that it went through, the last that stands for a policy, as its comment or name has it. */
function policyOf({ step }: Stop): string | null {
  for (const { text } of step.rules.toReversed()) {
    const [, name] = /(?:Drop|Deny|Policy|policy)[^"]*? ([\w.-]+\/[\w.-]+|knp\.[\w.-]+)/.exec(text) ?? [];
    if (name !== undefined) return name;
  }
  return null;
}
