// A policy rule that the cluster's network did not make sends packets of Pods another way than table main would, and there they are lost.
import { everywhere, podName, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { diversionOf, stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import { routesOf } from '../subject.ts';

export const policyRoutingDiverts: Detector = {
  id: 'policy-routing-diverts',
  concludes: 'a foreign policy rule sends packets another way than the main table, and they do not arrive',
  explainedBy: [],
  detect: (cluster) =>
    everywhere(stopsClaimedAs(cluster, 'policy-routing-diverts').flatMap((stop) => diverted(cluster, stop))),
};

function diverted(cluster: Cluster, stop: Stop): Draft[] {
  const diversion = diversionOf(cluster, stop);
  if (diversion === null) return [];
  const { hop, rule, instead, refuses } = diversion;
  const { paths } = stop;
  const way = (dev: string | null, via: string | null): string =>
    `${via === null ? '' : `via ${via} `}dev ${dev ?? '?'}`;
  const [priority = '', text = rule] = rule.split(/: (.*)/);
  const [, about] = /(?:from|to) ([0-9a-f.:]+)(?: |$)/.exec(text) ?? [];
  const pod = cluster.pods.find(({ ips }) => about !== undefined && ips.includes(about));
  return [
    pathDraft(cluster, stop, {
      node: hop.node,
      device: null,
      pod: pod === undefined ? null : podName(pod),
      title: `On ${hop.node} the rule “${rule}” ${refuses ? 'refuses' : 'sends'} ${pathNames(paths)}${refuses ? '' : ' another way'}`,
      because: `Table main would send it ${way(instead?.dev ?? null, instead?.via ?? null)} (${instead?.dst ?? 'no route'}); the rule ${refuses ? 'comes before and lets nothing pass' : `sends it ${way(hop.egress, hop.nextHop)}`}. ${stop.step.sentence}`,
      proofs: hop.evidence.map((id) => ({
        id,
        shows: [text.replace(/^from /, '').split(' ')[0] ?? text, text],
      })),
      mend: [
        'Take the rule away where nobody needs it, or have its table lead to Pods as table main does.',
        `ip rule show; ip route show table ${/lookup (\S+)/.exec(rule)?.[1] ?? 'all'}   # on ${hop.node}`,
        `ip rule del ${text} priority ${priority}`,
      ],
      breaks: [routesOf(hop.node)],
      shows: [text],
    }),
  ];
}
