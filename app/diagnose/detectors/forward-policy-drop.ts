// A packet filter's own policy, or a rule of nobody that belongs to the cluster's network, takes packets that a node has to pass on: the
// FORWARD policy DROP that Docker sets, a host firewall (calico#2230). That an earlier rule accepts, the path itself tells.
import { ruleSpec, ruleText } from '../../probe/filter-rule.ts';
import { shellWord } from '../../probe/shell-word.ts';
import type { TraceRule } from '../../trace/model.ts';
import { everywhere, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { filterOf, stopsClaimedAs } from '../paths/claims.ts';
import { countedBy } from '../paths/counted-lately.ts';
import { packetDestination } from '../paths/packet-ends.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import { surveyOf, type Stop } from '../paths/stops.ts';
import { mayTake, selectiveRules, type PassedOn, type SelectiveRule } from '../selective-rules.ts';
import type { PodEntity } from '../../topology/model.ts';
import { filtersOf } from '../subject.ts';

export const forwardPolicyDrop: Detector = {
  id: 'forward-policy-drop',
  concludes:
    'a node’s FORWARD policy, or a rule of somebody else, takes packets of Pods that it has to pass on',
  explainedBy: [
    'iptables-backend-split',
    'duplicate-pod-ip',
    'pod-ip-equals-tunnel-ip',
    'masquerade-missing',
  ],
  detect(cluster) {
    const stops = stopsClaimedAs(cluster, 'forward-policy-drop');
    return everywhere([
      ...stops.map((stop) => refused(cluster, stop)),
      ...cluster.nodes.flatMap((node) => thinned(cluster, node)),
    ]);
  },
};

/** By rules that let a trace's packet pass, or of which nobody knows whether they do: those that count. */
function thinned(cluster: Cluster, { label, pods, snapshot: { firewall } }: DiagnosedNode): Draft[] {
  return selectiveRules(firewall?.value?.tables ?? []).flatMap((selective) => {
    const { table, chain, number, rule, by, leftOverBy } = selective;
    const { name, backend, family } = table;
    const { packets } = rule;
    const key = { table: name, backend, family, chain, number, packets };
    const listing =
      backend === 'nft'
        ? `nft -a list chain ${shellWord(family)} ${shellWord(name)} ${shellWord(chain)}`
        : `${family === 'ip6' ? 'ip6tables' : 'iptables'}${backend === 'legacy' ? '-legacy' : ''}-save -c -t ${shellWord(name)}`;
    const rejects = ruleSpec(rule).verdict?.kind === 'reject';
    const counted = countedBy(cluster, label, key, { stage: 'forward', rejects });
    if (counted === null || counted.packets < FEW || isTold(cluster, label, key)) return [];
    // What else a chain's last rule takes is none of Pods' where no limit is what lets theirs pass.
    if (leftOverBy?.some((limit) => hasLetPass(cluster, label, { ...key, number: limit })) === false)
      return [];
    // Of a bridge that no Pod is behind it is nobody's of the cluster.
    if (family === 'bridge' && !pods.some((pod) => isBehindBridge(cluster, pod))) return [];
    if (family !== 'bridge' && !mayTake(rule, passedOnAt(cluster, label))) return [];
    const isUnknown = by === 'hidden' || by === 'unseen';
    return [
      draft({
        severity: by === 'contents' ? 'error' : 'warning',
        // Whose packets it takes nobody has seen; a chain's last rule also takes others than Pods'.
        confidence: isUnknown
          ? 'possible'
          : counted.byRule && leftOverBy === undefined
            ? 'certain'
            : 'likely',
        surer: isUnknown
          ? by === 'hidden'
            ? `Read what it matches: ${listing}.`
            : 'Watch whether packets of Pods that it may take leave the node: hopscope watch.'
          : !counted.byRule
            ? 'Read its counter twice, some seconds apart.'
            : leftOverBy === undefined
              ? null
              : 'Watch whether all packets of a Pod leave the node while it counts: hopscope watch.',
        node: label,
        title: `${label} ${rejects ? 'rejects' : 'drops'} some of what it has to pass on: rule ${number} of ${name} ${chain}`,
        because: `${counted.sentence} The rule is “${ruleText(rule)}”. ${WHY[by]}`,
        proofs: proof(firewall, chain),
        mend: [
          'Find whose rule it is, and have it let Pods’ networks pass.',
          `${listing}   # on ${label}: its counters`,
        ],
        touches: [filtersOf(label, backend)],
      }),
    ];
  });
}

const WHY = {
  limit:
    'Others of the same connections pass, as long as they are few: whether so few is meant, only you know.',
  contents:
    'Others of the same connections pass: it looks at what a connection’s first packet does not show.',
  kind: 'It takes whole connections, of a kind that those of the ways followed are not of: whether any Pod’s are, only you know.',
  hidden:
    'What it matches is not known: it is a match of ebtables or iptables, which nft does not show to programs. Whether it is meant, only you know.',
  unseen:
    'What it asks for is not known of any packet that was followed: whether any Pod’s are meant, only you know.',
} as const satisfies Record<SelectiveRule['by'], string>;

function isBehindBridge({ topology }: Cluster, { hostInterfaceId }: PodEntity): boolean {
  return (topology.interfaces[hostInterfaceId ?? '']?.masterIfindex ?? null) !== null;
}

/** Fewer are a chance. */
const FEW = 3;

/** Packets of the ways that were followed. */
function passedOnAt(cluster: Cluster, label: string): PassedOn[] {
  return surveyOf(cluster).ended.flatMap(({ paths }) =>
    paths.flatMap(({ hops }) =>
      hops.flatMap(({ node, isPod, ingress, egress, packet, came, left, steps }) =>
        !isPod && node === label && came !== null && steps.some(({ stage }) => stage === 'forward')
          ? [{ iif: ingress, oif: egress, src: came.src, dst: left?.dst ?? packetDestination(packet) }]
          : [],
      ),
    ),
  );
}

type Place = Pick<TraceRule, 'table' | 'backend' | 'family' | 'chain' | 'number'>;

function isAt(rule: TraceRule | null, { table, backend, family, chain, number }: Place): boolean {
  return (
    rule?.table === table &&
    rule.backend === backend &&
    rule.family === family &&
    rule.chain === chain &&
    rule.number === number
  );
}

/** By the ways that end there. */
function isTold(cluster: Cluster, label: string, place: Place): boolean {
  return surveyOf(cluster).stops.some((stop) => stop.hop.node === label && isAt(filterOf(stop), place));
}

/** It is what ways that were followed pass by. */
function hasLetPass(cluster: Cluster, label: string, place: Place): boolean {
  return surveyOf(cluster).ended.some(({ paths }) =>
    paths.some(({ hops }) =>
      hops.some(
        ({ node, steps }) =>
          node === label && steps.some(({ rules }) => rules.some((rule) => isAt(rule, place))),
      ),
    ),
  );
}

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
