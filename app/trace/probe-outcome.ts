// What became of a probe, and where its packets were lost: from what came back, and from what rose on the nodes of the way meanwhile.
import type { Shot, ShotReport } from '../probe/active-shots.ts';
import type { TracePath } from './model.ts';
import type { ProbeOutcome, RisenCounter, ShotEnd, ShotTold } from './probe-model.ts';
import type { Traced } from './probe-plan.ts';

export interface Fired {
  readonly shot: Shot;
  readonly report: ShotReport;
}

export function shotTold(node: string, { shot, report }: Fired): ShotTold {
  const end = endOf(shot, report);
  return {
    node,
    kind: shot.kind,
    size: shot.size,
    sent: report.sent,
    answered: report.answered,
    end,
    rttMs: report.rttMs,
    told: report.told,
    tool: report.tool,
    sentence: shotSentence(shot, report, end),
    output: report.output,
  };
}

export function endOf(
  { kind }: Pick<Shot, 'kind'>,
  { tool, answered, error, told, sent }: ShotReport,
): ShotEnd {
  if (tool === null) return 'impossible';
  if (answered > 0) return 'answered';
  if (error === 'ECONNREFUSED') return 'refused';
  if (error === 'EMSGSIZE' || told?.what.includes('too big') === true) return 'too-big';
  if (error === 'EPERM' || error === 'EACCES')
    return kind === 'connect' && error === 'EACCES' ? 'unreachable' : 'not-sent';
  if (told !== null || error === 'EHOSTUNREACH' || error === 'ENETUNREACH') return 'unreachable';
  // What failed before anything was sent is the sender's own trouble.
  if (error !== null && sent === 0) return 'not-sent';
  return 'silent';
}

function shotSentence({ kind, size, port }: Shot, report: ShotReport, end: ShotEnd): string {
  const { sent, answered, rttMs, told, error } = report;
  const what =
    kind === 'echo'
      ? `${String(sent)} echo ${sent === 1 ? 'request' : 'requests'} of ${String(size)} bytes`
      : kind === 'connect'
        ? `a connection to port ${String(port ?? 0)}`
        : `${String(sent)} UDP ${sent === 1 ? 'datagram' : 'datagrams'} to port ${String(port ?? 0)}`;
  const by = told?.by === null || told === null ? '' : ` by ${told.by}`;
  switch (end) {
    case 'answered':
      return kind === 'connect'
        ? `The connection to port ${String(port ?? 0)} was taken${after(rttMs)}.`
        : `Of ${what} ${String(answered)} ${answered === 1 ? 'was' : 'were'} answered${rttMs === null ? '' : `, the quickest${after(rttMs)}`}.`;
    case 'refused':
      return kind === 'connect'
        ? `The connection to port ${String(port ?? 0)} was refused: something answered with a reset.`
        : `Port ${String(port ?? 0)} was told to be unreachable: nobody listens, or a rule rejects it.`;
    case 'unreachable':
      return `${what}: ${told?.what ?? (error === 'ENETUNREACH' ? 'network unreachable' : 'host unreachable')}, told${by}.`;
    case 'too-big':
      return `${String(size)} bytes are too many: ${told === null ? 'the sender’s own device does not take them' : `told${by}`}${told?.mtu === undefined || told.mtu === null ? '' : `, which takes ${String(told.mtu)}`}.`;
    case 'silent':
      return `Of ${what} nothing came back.`;
    case 'not-sent':
      return `Nothing could be sent (${error ?? 'no reason told'}): a rule of the sender’s own network forbids it, or this login may not send such packets.`;
    case 'impossible':
      return 'It could not be sent: no tool there can (ping of iputils, perl, python3, bash, nc, curl), this login may not send such packets, or the namespace is gone.';
  }
}

function after(rttMs: number | null): string {
  return rttMs === null ? '' : ` after ${rttMs.toFixed(rttMs < 10 ? 2 : 0)} ms`;
}

/** What `planned` of a probe were, without the sizes. */
export function verdictOf(shots: readonly ShotTold[], arrived: number | null): ProbeOutcome['verdict'] {
  const sent = total(shots, 'sent');
  const answered = total(shots, 'answered');
  if (shots.every(({ end }) => end === 'impossible')) return 'unknown';
  if (answered > 0) return answered >= sent ? 'arrives' : 'partly';
  if (shots.some(({ end }) => end === 'refused')) return 'refused';
  // A server need not answer a datagram.
  const mute = shots.every(({ kind, end }) => kind === 'datagram' && end === 'silent');
  if (mute) return arrived === null ? 'unknown' : arrived >= sent ? 'arrives' : 'lost';
  return 'lost';
}

/** Null: a network that counted more heard others as well, and of ours perhaps none. */
export function arrivedOf(sent: number, counted: number): number | null {
  return counted > sent ? null : Math.max(0, counted);
}

export function total(shots: readonly ShotTold[], what: 'sent' | 'answered'): number {
  return shots.reduce((sum, shot) => sum + shot[what], 0);
}

/** Both ways: a probe that is to be answered has to come back. */
export function predictedOf({ paths, reverse }: Traced): TracePath['verdict'] {
  const verdicts = new Set(paths.map(({ verdict }) => verdict));
  const [forth] = verdicts.size === 1 ? verdicts : new Set<TracePath['verdict']>(['unknown']);
  return forth === 'delivered' ? (reverse?.verdict ?? 'unknown') : (forth ?? 'unknown');
}

export function agreesWith(
  predicted: TracePath['verdict'],
  verdict: ProbeOutcome['verdict'],
): boolean | null {
  if (predicted === 'unknown' || verdict === 'unknown' || verdict === 'partly') return null;
  // Where nobody listens a trace that does not know it still ends with delivery.
  if (verdict === 'refused') return predicted === 'rejected' ? true : null;
  return (verdict === 'arrives') === (predicted === 'delivered');
}

interface Loss {
  readonly shots: readonly ShotTold[];
  readonly arrived: number | null;
  readonly rose: readonly RisenCounter[];
  /** Nodes whose rules were read before and after. */
  readonly compared: ReadonlySet<string>;
  readonly verdict: ProbeOutcome['verdict'];
  readonly traced: Traced;
}

/** `Sent 3, none answered: filter FORWARD rule 3 on k8s-worker-2 rose by 3.` */
export function outcomeSentence(loss: Loss): string {
  const { shots, verdict, arrived } = loss;
  const sent = total(shots, 'sent');
  const answered = total(shots, 'answered');
  const count = `Sent ${String(sent)}, ${answered === 0 ? 'none' : answered >= sent ? 'all' : String(answered)} answered`;
  switch (verdict) {
    case 'arrives':
      return answered > 0
        ? `${count}.`
        : `Sent ${String(sent)}, none answered, as a datagram need not be: the destination’s network counted ${String(arrived ?? 0)}, so that they arrived.`;
    case 'unknown':
      return shots.every(({ end }) => end === 'impossible')
        ? (shots[0]?.sentence ?? 'Nothing could be sent.')
        : `${count}; a datagram need not be answered, and whether it arrived no counter tells.`;
    case 'refused': {
      const refused = shots.filter(({ end }) => end === 'refused');
      const told = refused[0]?.sentence ?? `${count}.`;
      const rule = likeliest(loss.rose.filter(refuses), total(refused, 'sent'));
      if (rule === null) return told;
      return rule.isExact ? `Refused by a rule: ${rule.words}.` : `${told} ${rule.words}.`;
    }
    case 'partly':
    case 'lost':
      // Nothing can be missed of what never left.
      if (sent === 0) return shots[0]?.sentence ?? 'Nothing was sent.';
      return `${count}: ${placeOfLoss(loss, sent - answered)}`;
  }
}

/** Whoever drops a packet in silence has not refused it. */
function refuses({ kind, drops, text }: RisenCounter): boolean {
  return kind === 'rule' && drops && /-j REJECT\b|(^| )reject( |$)/.test(text) && !/-j DROP\b/.test(text);
}

/** One that rose by just as many is the likelier; of those the first on the way. Null: none rose by as many. */
function likeliest(
  rose: readonly RisenCounter[],
  count: number,
): { readonly words: string; readonly isExact: boolean } | null {
  const found = rose.find((one) => one.rose === count) ?? rose.find((one) => one.rose > count);
  if (found === undefined) return null;
  const isExact = found.rose === count;
  return { words: `${riseWords(found)}${isExact ? '' : ', ours perhaps among them'}`, isExact };
}

function riseWords({ name, node, rose, text }: RisenCounter): string {
  return `${name} on ${node} rose by ${String(rose)} (${text})`;
}

/** Where so many were lost. */
function placeOfLoss(loss: Loss, lost: number): string {
  const { shots, rose, arrived, traced } = loss;
  const told = shots.find(({ end }) => end === 'unreachable' || end === 'too-big' || end === 'not-sent');
  const drop = likeliest(
    rose.filter(({ drops }) => drops),
    lost,
  );
  if (drop !== null) return `${drop.words}.`;
  if (told !== undefined && told.told?.by !== undefined && told.told.by !== null)
    return `${told.told.by} says “${told.told.what}”.`;
  // Those that were answered are among what arrived.
  if (arrived !== null && arrived >= total(shots, 'sent'))
    return `all of them arrived, as the destination’s network counted; it is the answers that are lost${lastSeen(traced.reverse, loss, lost)}.`;
  if (arrived === 0) return `none arrived${lastSeen(traced.paths[0] ?? null, loss, lost)}.`;
  return `no counter that is read says where${lastSeen(traced.paths[0] ?? null, loss, lost)}.`;
}

/** The last node of the way one of whose rules counted as many, and the first after it of which none did. */
function lastSeen(path: TracePath | null, { rose, compared }: Loss, lost: number): string {
  const hops = (path?.hops ?? []).filter(({ isPod }) => !isPod);
  const nodes = [...new Set(hops.map(({ node }) => node))];
  const counts = (node: string): boolean =>
    rose.some((one) => one.node === node && one.onWay && one.rose >= lost);
  const at = nodes.findLastIndex(counts);
  const last = nodes[at];
  if (last === undefined) return '';
  const rule = rose.findLast((one) => one.node === last && one.onWay && one.rose >= lost);
  const next = nodes[at + 1] ?? '';
  // Of rules that were not read, or that it does not meet, it says nothing that none rose.
  const meets = hops.some(({ node, steps }) => node === next && steps.some(({ rules }) => rules.length > 0));
  const isStill = meets && compared.has(next) && !rose.some(({ node, onWay }) => onWay && node === next);
  const after = isStill ? `between it and the rules of ${next}, of which none rose` : 'behind it';
  return `: ${rule === undefined ? '' : `${rule.name} on ${last} still counted them, `}lost ${after}`;
}

/** From the shots of several sizes. */
export function pathMtuOf(sizes: readonly ShotTold[], predicted: number | null): ProbeOutcome['pathMtu'] {
  if (sizes.length === 0) return null;
  const known = sizes.filter(({ end }) => end !== 'impossible');
  const passed = known.filter(({ end }) => end === 'answered').map(({ size }) => size);
  const passes = passed.length === 0 ? null : Math.max(...passed);
  const failed = known
    .filter(({ end, size }) => end !== 'answered' && (passes === null || size > passes))
    .map(({ size }) => size);
  const fails = failed.length === 0 ? null : Math.min(...failed);
  const told = known.flatMap(({ told: one }) => one?.mtu ?? []);
  const named = told.length === 0 ? null : Math.min(...told);
  const says = predicted === null ? '' : ` Our trace says ${String(predicted)}.`;
  const by = named === null ? '' : ` A device on the way names ${String(named)}.`;
  const sentence =
    known.length === 0
      ? (sizes[0]?.sentence ?? '')
      : passes === null
        ? 'No size passes: this is not about sizes.'
        : fails === null
          ? `All sizes up to ${String(passes)} bytes pass.${says}`
          : `${String(passes)} bytes pass, ${String(fails)} do not.${by}${named === null ? ' Nobody tells why: what is too big vanishes.' : ''}${says}`;
  return { passes, fails, told: named, predicted, sentence };
}
