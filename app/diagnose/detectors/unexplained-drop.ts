// Packets stop somewhere, and no detector says more about it: the place is known, and by which decision, but not who is behind it. Whatever
// another finding explains is told as its consequence. So it is with what a kernel counts as dropped and no other detector speaks of.
import type { TraceRule } from '../../trace/model.ts';
import type { Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import type { FindingId } from '../finding.ts';
import { claimedAs, filterOf, PATH_FINDINGS } from '../paths/claims.ts';
import { countedLately } from '../paths/counted-lately.ts';
import { EXPLAINING, pathDraft, pathNames } from '../paths/path-draft.ts';
import { surveyOf, type Stop } from '../paths/stops.ts';
import type { PathReason } from '../paths/stopped-path.ts';
import { isYoungNode } from '../settled-nodes.ts';
import { unexplainedCounts } from '../unexplained-counts.ts';

export const unexplainedDrop: Detector = {
  id: 'unexplained-drop',
  concludes: 'packets that have to pass stop somewhere, and nothing else that was found explains it',
  explainedBy: [...EXPLAINING, ...PATH_FINDINGS],
  detect(cluster) {
    const { stops, left, tried } = surveyOf(cluster);
    const drafts = stops
      .filter((stop) => !isToldElsewhere(stop, claimedAs(cluster, stop)) && !isOfItsOwn(cluster, stop))
      .map((stop) => stopDraft(cluster, stop));
    const young = cluster.nodes.filter((node) => isYoungNode(cluster, node)).map(({ label }) => label);
    const followed = [
      ...(young.length > 0
        ? [`No ways from or to ${young.join(', ')} were followed: ready for less than half a minute.`]
        : []),
      ...(left > 0
        ? [`${tried} pairs of Pods, nodes and Services were followed, ${left} more were not.`]
        : []),
    ];
    const skipped = followed.length === 0 ? null : followed.join(' ');
    const counted = unexplainedCounts(cluster);
    return {
      drafts: [...drafts, ...counted.drafts],
      skipped: skipped ?? counted.skipped,
      looked: tried > 0 || counted.looked,
    };
  },
};

/** That nobody listens on a port is told for it where somebody asks; that a Service has nobody, where that is wrong. */
function isToldElsewhere({ asked }: Stop, claimed: FindingId): boolean {
  return PATH_FINDINGS.includes(claimed) || (asked && claimed === 'socket-not-listening');
}

/** What a node's filters let Pods do with the node itself is as somebody wants it, unless they try, or somebody asks. */
function isOfItsOwn(cluster: Cluster, stop: Stop): boolean {
  return (
    filterOf(stop) !== null &&
    stop.step.stage === 'input' &&
    stop.paths.every(({ pair }) => pair.toPod === null && pair.service === undefined) &&
    !stop.asked &&
    countedLately(cluster, stop)?.byRule !== true
  );
}

function stopDraft(cluster: Cluster, stop: Stop): Draft {
  const { hop, step, paths, reason } = stop;
  const rule = filterOf(stop);
  const route = step.route ?? hop.route;
  return pathDraft(cluster, stop, {
    title: `${pathNames(paths)} ${paths.length === 1 ? 'stops' : 'stop'} at ${hop.place}: ${rule === null ? (SHORT[reason] ?? reason) : ruleWords(stop, rule)}`,
    because: `${sentenceOf(stop)}${rule === null || rule.number === 0 ? '' : ` The rule is “${rule.text}”.`} It was reckoned from what was read of each node; why it is set so is not known.`,
    mend: [
      'Look at that place: who set it so, and since when.',
      ...(step.command === null ? [] : [`${step.command}   # on ${hop.node}`]),
    ],
    shows: [
      ...(rule === null ? [] : [rule.chain]),
      ...(route === null ? [] : [route.dst.replace(/^(0\.0\.0\.0|::)\/0$/, 'default')]),
    ],
  });
}

function ruleWords({ reason }: Stop, { number, table, chain }: TraceRule): string {
  const who = number === 0 ? `the policy of ${table} ${chain}` : `rule ${number} of ${table} ${chain}`;
  return `${who} ${reason === 'filter-reject' ? 'rejects' : 'drops'} it`;
}

function sentenceOf({ reason, hop, step, paths }: Stop): string {
  const [first] = paths;
  if (reason === 'elsewhere')
    return `${hop.place} takes what is for ${first?.pair.to ?? 'somebody else'}: ${step.sentence}`;
  if (reason === 'away')
    return `It leaves the cluster there, though it is for ${first?.pair.to ?? 'somebody in it'}: ${step.sentence}`;
  return step.sentence;
}

const SHORT: Readonly<Partial<Record<PathReason, string>>> = {
  'no-route': 'no route',
  blackhole: 'a blackhole route',
  unreachable: 'an unreachable route',
  prohibit: 'a prohibit route',
  away: 'it is sent out of the cluster',
  elsewhere: 'somebody else takes it',
  'forwarding-off': 'forwarding is off',
  'ipv6-disabled': 'IPv6 is off',
  'reverse-path': 'the reverse path filter',
  'martian-source': 'an impossible source',
  'martian-destination': 'an impossible destination',
  'source-not-local': 'a source that is not its own',
  'ttl-exceeded': 'its time to live ends',
  'too-big': 'it is too large',
  'neighbour-failed': 'the next hop does not answer',
  'wrong-neighbour': 'a wrong MAC address',
  'device-missing': 'its interface is not there',
  'device-down': 'its interface is down',
  'no-carrier': 'no carrier',
  'peer-gone': 'the other end of the cable is gone',
  'peer-mtu': 'the other end takes less',
  'fdb-missing': 'the tunnel does not know where to',
  'bridge-port': 'the bridge passes it on nowhere',
  'port-closed': 'a port of a bridge lets nothing pass',
  'tc-drop': 'tc drops it at an interface',
  'own-mac': 'both ends of the tunnel have one MAC address',
  'vni-unknown': 'no tunnel of that number',
  'tunnel-missing': 'no tunnel takes it out',
  'no-socket': 'nobody listens',
  'echo-ignored': 'echo requests are ignored',
  'nobody-has-address': 'nobody has the next hop’s address',
  'conntrack-full': 'the connection table is full',
  unasked: 'nobody waits for it',
  loop: 'it goes in a circle',
};
