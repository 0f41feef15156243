// A packet filter's own policy, or a rule of nobody that belongs to the cluster's network, takes packets that a node has to pass on: the
// FORWARD policy DROP that Docker sets, a host firewall (calico#2230). That an earlier rule accepts, the path itself tells.
import { everywhere, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { filterOf, stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';

export const forwardPolicyDrop: Detector = {
  id: 'forward-policy-drop',
  concludes:
    'a node’s FORWARD policy, or a rule of somebody else, takes packets of Pods that it has to pass on',
  explainedBy: ['iptables-backend-split', 'duplicate-pod-ip', 'pod-ip-equals-tunnel-ip'],
  detect: (cluster) =>
    everywhere(stopsClaimedAs(cluster, 'forward-policy-drop').map((stop) => refused(cluster, stop))),
};

function refused(cluster: Cluster, stop: Stop): Draft {
  const { hop, paths, step } = stop;
  const rule = filterOf(stop);
  const policy = rule?.number === 0;
  const name = rule === null ? 'a filter' : `${rule.table} ${rule.chain}`;
  const save = step.command ?? 'iptables-save -c -t filter';
  return pathDraft(cluster, stop, {
    device: null,
    title: policy
      ? `${hop.node} drops what it has to pass on: the policy of ${name} is DROP`
      : `${hop.node} ${stop.reason === 'filter-reject' ? 'rejects' : 'drops'} what it has to pass on: rule ${rule?.number ?? 0} of ${name}`,
    because: `${step.sentence} ${policy ? 'No rule before it accepts' : `The rule is “${rule?.text ?? ''}”, and nothing before it accepts`} ${pathNames(paths)}.`,
    mend: policy
      ? [
          'Find who set it (Docker does), and let the network’s own programs write their rules again; or accept Pods’ packets before it.',
          `${save}   # on ${hop.node}`,
          'iptables -P FORWARD ACCEPT',
        ]
      : ['Find whose rule it is, and have it let Pods’ networks pass.', `${save}   # on ${hop.node}`],
    shows: [rule?.chain ?? 'FORWARD'],
  });
}
