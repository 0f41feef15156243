// Traffic control takes packets at an interface: a queue that lets nothing, too little or nothing so large pass, or a filter that drops. Told by
// the ways that packets take, where it takes all of them, and else by what queue or filter counted. What programs of eBPF drop is theirs to say.
import { isHook } from '../../ledger/reckon-tc.ts';
import type { CountersReading } from '../../probe/counter-facts.ts';
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { whereLost } from '../counted-losses.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import { surveyOf, type Stop } from '../paths/stops.ts';
import type { PodEntity } from '../../topology/model.ts';
import { deviceOf, podCalled, wholeNode, type Subject } from '../subject.ts';
import { FEW_LOST, isShaped, shareLost, shaperOf } from '../tc-counted.ts';

/** Hardly anything passes. */
const MOST = 0.5;

export const tcDrops: Detector = {
  id: 'tc-drops',
  concludes: 'a queue or a filter of traffic control (tc) takes packets at an interface of a node',
  explainedBy: ['link-down'],
  detect(cluster) {
    const stops = stopsClaimedAs(cluster, 'tc-drops');
    const counted = whereLost(
      cluster,
      (entry, node) => {
        const { devices } = node;
        const { namespace, device, reason } = entry;
        // What the queue of a NIC loses, whichever it is, nic-drops tells.
        const isQueue = shaperOf(entry) !== null && devices.get(device ?? '')?.role !== 'nic';
        return namespace === null && (isQueue || reason === 'tc-filter') && isOurs(cluster, node, device)
          ? device
          : undefined;
      },
      (node, device, loss) =>
        device === null || loss.packets < FEW_LOST || isTold(stops, node, device)
          ? []
          : lossDraft(cluster, node, device, loss),
    );
    const unknown = [counted.skipped, ...notListed(cluster)].filter((one) => one !== null);
    return {
      drafts: [...everywhere(stops.map((stop) => stopDraft(cluster, stop))).drafts, ...counted.drafts],
      skipped: unknown.length === 0 ? null : unknown.join(' '),
      looked: counted.looked,
    };
  },
};

/** Where what queues and filters drop is not known, or not of all. */
function notListed({ nodes }: Cluster): string[] {
  const told = (
    where: (counters: CountersReading) => boolean,
    sentence: (who: string) => string,
  ): string[] => {
    const own = nodes.filter(({ snapshot }) => {
      const read = snapshot.counters?.value ?? null;
      return read !== null && where(read);
    });
    return own.length === 0 ? [] : [sentence(own.map(({ label }) => label).join(', '))];
  };
  return [
    ...told(
      ({ qdiscs }) => qdiscs.length === 0,
      (who) => `There is no tc on ${who}: what queues and filters drop there is not known.`,
    ),
    ...told(
      // Without a hook there are no filters to list.
      ({ qdiscs, tc = null }) => tc === null && qdiscs.some(({ kind }) => isHook(kind)),
      (who) => `tc on ${who} does not list filters as JSON: what they drop is not known.`,
    ),
    ...told(
      ({ tc }) => tc?.cut === true,
      (who) =>
        `Not all filters of tc on ${who} were listed, or not as they are: what the others drop is not known.`,
    ),
  ];
}

function isTold(stops: readonly Stop[], { label }: DiagnosedNode, device: string): boolean {
  return stops.some(({ hop, device: own }) => !hop.isPod && hop.node === label && own === device);
}

/** What does not work any more with that interface. */
function brokenWith({ label, devices }: DiagnosedNode, device: string): Subject[] {
  const isNic = devices.get(device)?.role === 'nic';
  return [deviceOf(label, device), ...(isNic ? [wholeNode(label)] : [])];
}

function mendOf(label: string, device: string): readonly [string, ...string[]] {
  const name = shellWord(device);
  return [
    'Find who set it (a script, an agent that shapes, another CNI plugin), and take it away or set it wider.',
    `tc -s qdisc show dev ${name}   # on ${label}`,
    `tc -s filter show dev ${name} ingress; tc -s filter show dev ${name} egress`,
    `tc qdisc del dev ${name} root   # the queue; filters: tc filter del dev ${name} ingress`,
  ];
}

function stopDraft(cluster: Cluster, stop: Stop): Draft {
  const { hop, step, device, paths } = stop;
  const node = cluster.node(hop.node);
  const name = device ?? 'an interface';
  return pathDraft(cluster, stop, {
    title: `tc drops what passes ${name} on ${hop.node}: ${pathNames(paths)} ${paths.length === 1 ? 'stops' : 'stop'}`,
    because: step.sentence,
    mend: mendOf(hop.node, name),
    shows: [name],
    breaks: node === null || device === null ? [] : brokenWith(node, device),
  });
}

function lossDraft(
  cluster: Cluster,
  node: DiagnosedNode,
  device: string,
  { packets, entries, counters, seconds }: Parameters<Parameters<typeof whereLost>[2]>[2],
): Draft[] {
  const { label, snapshot } = node;
  const [kind = null] = entries.flatMap((entry) => shaperOf(entry) ?? []);
  const pod = podBehind(cluster, node, device);
  // A node's own cards refuse strangers, too, and rightly.
  const isNicIn = node.devices.get(device)?.role === 'nic' && counters.every((one) => / ingress /.test(one));
  if (kind === null && isNicIn) return [];
  const share = kind === null ? null : shareLost(entries);
  if (kind !== null && !isShaped(entries)) return [];
  // What limits some Pods as their annotations ask, at their cables and, of what they send, at an interface of its own: a queue, or filters.
  const isLimit = kind === 'tbf' || (kind === null && counters.every((one) => one.endsWith(' limit')));
  if (isLimit && isMeant(cluster, node, device, pod)) return [];
  const most = share !== null && share >= MOST;
  const who = pod === null ? null : podName(pod);
  const what = kind === null ? 'a filter of tc' : `its queue (${kind})`;
  return [
    draft({
      severity: most ? 'error' : 'warning',
      confidence: kind === null ? 'likely' : 'certain',
      surer: kind === null ? 'Look at what the filter matches: whether it is meant, only you know.' : null,
      node: label,
      device,
      pod: who,
      title: `${device} on ${label}: ${what} dropped ${packets} packets in the last ${Math.max(1, Math.round(seconds))} s`,
      because: `Counted as ${counters.join(', ')}.${share === null ? '' : ` That is ${String(Math.round(share * 100))} % of what was to leave by it.`} ${kind === null ? 'Filters of tc stand before and behind those of iptables and nftables, which do not see it.' : 'Somebody put that queue there: it limits what leaves by the interface, whoever sends it.'}`,
      proofs: proof(snapshot.counters, device),
      mend: mendOf(label, device),
      breaks: most ? brokenWith(node, device) : [],
      touches: [deviceOf(label, device), ...(who === null ? [] : [podCalled(who)])],
    }),
  ];
}

/** Its packets are the cluster's: not those of machines and containers that somebody else runs beside (libvirt, docker0). */
function isOurs(cluster: Cluster, node: DiagnosedNode, device: string | null): boolean {
  const { role, kernelKind } = node.devices.get(device ?? '') ?? {};
  if (device === null || role === 'nic' || role === 'tunnel' || kernelKind === 'ifb') return true;
  if (podBehind(cluster, node, device) !== null) return true;
  return surveyOf(cluster).ended.some(({ paths }) =>
    paths.some(({ hops }) =>
      hops.some(
        ({ node: label, isPod, ingress, egress, steps }) =>
          label === node.label &&
          !isPod &&
          (ingress === device || egress === device || steps.some((step) => step.device === device)),
      ),
    ),
  );
}

function podBehind({ topology }: Cluster, { pods }: DiagnosedNode, device: string): PodEntity | null {
  return (
    pods.find(({ hostInterfaceId }) => topology.interfaces[hostInterfaceId ?? '']?.name === device) ?? null
  );
}

function isMeant(
  { inventory }: Cluster,
  { pods, devices }: DiagnosedNode,
  device: string,
  pod: PodEntity | null,
): boolean {
  const isLimited = ({ namespace, name }: PodEntity): boolean =>
    Object.values(inventory?.pods ?? {}).some(
      (one) => one.namespace === namespace && one.name === name && one.isLimited === true,
    );
  return pod === null ? devices.get(device)?.kernelKind === 'ifb' && pods.some(isLimited) : isLimited(pod);
}
