// What nodes said while a probe was sent, understood: bytes in, the outcome out. Runs where other bytes of nodes are read.
import { dropContext } from '../ledger/drop-context.ts';
import { parseShots, SHOT_MARK, type Shot } from '../probe/active-shots.ts';
import { parseDiscovery } from '../probe/discovery.ts';
import { parseFlowTrace, type TracedFlow } from '../probe/flow-trace.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { wholeFilters } from '../probe/whole-filters.ts';
import { fail, ok, type Result } from '../result.ts';
import type { NetnsId, Topology } from '../topology/model.ts';
import type { TraceKnown } from './known.ts';
import { nodeRules } from './met-rules.ts';
import {
  agreesWith,
  arrivedOf,
  outcomeSentence,
  pathMtuOf,
  predictedOf,
  shotTold,
  total,
  verdictOf,
} from './probe-outcome.ts';
import type { NodeRules, ProbeOutcome, ShotTold } from './probe-model.ts';
import type { PlannedProbe, Traced } from './probe-plan.ts';
import { risenCounters, type Moments } from './risen.ts';

/** One script's output; the failure is why there is none. */
export type Said = Result<
  { readonly nonce: string; readonly stdout: Uint8Array; readonly seenAt: number },
  string
>;

/** A node's counters and filters, before and after. */
export interface SaidAround {
  readonly node: string;
  readonly before: Said;
  readonly after: Said;
}

export interface SaidProbe {
  readonly traced: Traced;
  readonly planned: PlannedProbe;
  readonly shots: Said;
  readonly around: readonly SaidAround[];
  /** Null: rules were not traced. */
  readonly rules:
    | readonly {
        readonly node: string;
        readonly flow: TracedFlow;
        readonly said: Said;
        readonly late: boolean;
      }[]
    | null;
  readonly ms: number;
}

/** The failure is a sentence: nothing was sent, as far as anybody knows. */
export function understandProbe(known: TraceKnown, said: SaidProbe): Result<ProbeOutcome, string> {
  const { traced, planned, ms } = said;
  const fired = firedOf(planned.sender, planned.shots, said.shots);
  if (!fired.ok) return fired;
  const shots = fired.value.slice(0, planned.sizesFrom);
  const sizes = fired.value.slice(planned.sizesFrom);
  const moments = momentsOf(known, said.around);
  const way = [...(traced.paths[0]?.hops ?? []), ...(traced.reverse?.hops ?? [])];
  const rose = risenCounters(moments, way);
  const compared = new Set(moments.filter(hasRules).map(({ node }) => node));
  const at = destinationOf(traced, planned.destination, known.topology);
  const [one] = shots;
  const counted =
    at === null || one === undefined ? null : arrivedAt(moments, known.topology, at, one.kind, planned);
  // Those of other sizes arrive there as well.
  const others = one?.kind === 'echo' ? total(sizes, 'answered') : 0;
  const arrived = counted === null ? null : arrivedOf(total(shots, 'sent'), counted - others);
  const verdict = verdictOf(shots, arrived);
  const predicted = predictedOf(traced);
  return ok({
    ms,
    verdict,
    sentence: outcomeSentence({ shots, verdict, arrived, rose, compared, traced }),
    predicted,
    agrees: agreesWith(predicted, verdict),
    shots: fired.value,
    pathMtu: pathMtuOf(sizes, traced.paths[0]?.mtu ?? null),
    arrived,
    rose,
    rules: said.rules === null ? null : said.rules.map((each) => rulesOf(known, traced, each)),
    filter: filterOf(planned),
  });
}

export function firedOf(node: string, shots: readonly Shot[], said: Said): Result<ShotTold[], string> {
  if (!said.ok) return fail(`${node}: ${said.failure}`);
  const { stdout, nonce, seenAt } = said.value;
  const reports = parseShots(stdout, shots.length, { nonce, nodeLabel: node, seenAt });
  if (!reports.ok) return reports;
  return ok(
    shots.flatMap((shot, index) => {
      const report = reports.value[index];
      return report === undefined ? [] : [shotTold(node, { shot, report })];
    }),
  );
}

/** Of nodes that were read both times. */
export function momentsOf({ topology }: TraceKnown, around: readonly SaidAround[]): Moments[] {
  return around.flatMap(({ node, before, after }) => {
    const [then, now] = [snapshotOf(node, before), snapshotOf(node, after)];
    if (then === null || now === null || then.meta.bootId !== now.meta.bootId) return [];
    return [
      {
        node,
        before: then,
        after: now,
        context: dropContext(topology, new Map(), node),
        names: namesOn(topology, node),
      },
    ];
  });
}

function hasRules({ before, after }: Moments): boolean {
  return [before, after].every(({ firewall }) => wholeFilters(firewall) !== null);
}

function snapshotOf(node: string, said: Said): NodeSnapshot | null {
  if (!said.ok) return null;
  const { stdout, nonce, seenAt } = said.value;
  const parsed = parseDiscovery(stdout, { nonce, nodeLabel: node, seenAt });
  return parsed.ok ? parsed.value : null;
}

function namesOn({ netns, pods, nodes }: Topology, label: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const space of Object.values(netns)) {
    const pod = pods[space.podId ?? ''];
    if (space.until === null && nodes[space.nodeId]?.label === label && pod !== undefined)
      names.set(space.inode, pod.name);
  }
  return names;
}

/** Whose network the probe is to reach; null where that is not one that is known. */
function destinationOf({ paths }: Traced, address: string, { pods, nodes }: Topology): NetnsId | null {
  const [path, second] = paths;
  const last = path?.hops.at(-1);
  // Of several endpoints of a Service any may be the one.
  if (second !== undefined) return null;
  if (path?.verdict === 'delivered' && last !== undefined) return last.netnsId;
  const pod = Object.values(pods).find(
    (one) => one.until === null && !one.hostNetwork && one.ips.includes(address),
  );
  if (pod !== undefined) return pod.netnsId;
  return (
    Object.values(nodes).find((node) => node.until === null && node.addresses.includes(address))?.rootNetns ??
    null
  );
}

/** How many of a kind a network counted between the two readings; null where it is not read, or counts no such thing. */
export function arrivedAt(
  moments: readonly Moments[],
  topology: Topology,
  at: NetnsId,
  kind: Shot['kind'],
  { destination }: Pick<PlannedProbe, 'destination'>,
): number | null {
  const space = topology.netns[at];
  const label = topology.nodes[space?.nodeId ?? '']?.label;
  const moment = moments.find(({ node }) => node === label);
  if (space === undefined || moment === undefined) return null;
  const inode = space.root ? null : space.inode;
  const six = destination.includes(':');
  const names =
    kind === 'echo'
      ? [six ? 'Icmp6InEchos' : 'IcmpInEchos']
      : kind === 'datagram'
        ? six
          ? ['Udp6InDatagrams', 'Udp6NoPorts']
          : ['UdpInDatagrams', 'UdpNoPorts']
        : [];
  if (names.length === 0) return null;
  const count = ({ counters }: NodeSnapshot): number | null => {
    const own = counters?.value?.namespaces.find(({ identity }) => (identity?.inode ?? null) === inode);
    const values = names.flatMap((name) => own?.counters.get(name) ?? []);
    return values.length < names.length ? null : values.reduce((sum, value) => sum + value, 0);
  };
  const [before, after] = [count(moment.before), count(moment.after)];
  return before === null || after === null || after < before ? null : after - before;
}

function rulesOf(
  { readings }: TraceKnown,
  traced: Traced,
  { node, said, late }: NonNullable<SaidProbe['rules']>[number],
): NodeRules {
  const nothing = { node, met: [], agrees: null, difference: null };
  if (!said.ok) return { ...nothing, sentence: `${node}: ${said.failure}` };
  const { stdout, nonce, seenAt } = said.value;
  const parsed = parseFlowTrace(stdout, { nonce, nodeLabel: node, seenAt });
  if (!parsed.ok) return { ...nothing, sentence: parsed.failure };
  const hops = (traced.paths[0]?.hops ?? []).filter((hop) => hop.node === node && !hop.isPod);
  // Several ways are possible: which one a packet took is chance.
  const one = traced.paths.length === 1 ? hops : [];
  return nodeRules(node, parsed.value, one, readings.get(node)?.snapshot.firewall?.value ?? null, late);
}

/** pcap-filter(7): the mark stands behind the time that ping writes into the first sixteen bytes. */
function filterOf({ shots, destination }: PlannedProbe): string | null {
  const [shot] = shots;
  if (shot === undefined) return null;
  if (shot.kind !== 'echo')
    return `${shot.kind === 'connect' ? 'tcp' : 'udp'} and host ${destination} and port ${String(shot.port ?? 0)}`;
  const mark = Array.from(SHOT_MARK.slice(0, 4), (letter) => letter.charCodeAt(0).toString(16)).join('');
  return destination.includes(':')
    ? `icmp6 and host ${destination} and ip6[64:4] = 0x${mark}`
    : `icmp and host ${destination} and icmp[24:4] = 0x${mark}`;
}
