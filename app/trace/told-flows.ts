// What becomes of connections that conntrack already has, told beside what becomes of a new one.
import type { NetnsId } from '../topology/model.ts';
import { packetText } from './flow-words.ts';
import { fateOf, MOST_FLOWS, packetsOfFlows } from './flows.ts';
import { follow } from './follow.ts';
import { pathOf, type Start } from './followed-path.ts';
import { byTrouble, judged, wayBack, type Told } from './judged.ts';
import type { AskedTrace } from './asked.ts';
import type { TraceKnown } from './known.ts';
import type { TraceFlow, TracePath } from './model.ts';
import type { TracedPacket } from './packet.ts';
import type { TrackedConnection } from './passage.ts';

/** Told one by one; those of the same fate are one. */
const MOST_TOLD = 8;

export interface AskedFlows {
  readonly start: Start;
  /** Null: any. */
  readonly sport: number | null;
  readonly listed: ReadonlyMap<NetnsId, readonly TrackedConnection[]>;
  /** What becomes of a new connection. */
  readonly fresh: readonly Told[];
}

export interface ToldFlows {
  readonly told: TraceFlow[];
  readonly followed: readonly Told[];
}

/** Those that fare otherwise than a new connection first. */
export function toldFlows(known: TraceKnown, asked: AskedTrace, flows: AskedFlows): ToldFlows {
  const { start, sport, listed, fresh } = flows;
  const ofPort = start.packet.dport !== 0;
  const fates = new Set(fresh.map(({ path }) => fateOf(path, ofPort)));
  const byFate = new Map<string, Flow>();
  for (const packet of packetsOfFlows(start, sport, listed)) {
    const flow = flowOf(known, asked, { ...start, packet }, listed);
    // An entry that no namespace on its way has decides nothing.
    if (flow === null) continue;
    const key = fateOf(flow.path, ofPort);
    const before = byFate.get(key);
    byFate.set(
      key,
      before === undefined ? { ...flow, differs: !fates.has(key) } : { ...before, count: before.count + 1 },
    );
  }
  const [first] = fresh;
  const all = [...byFate.values()].sort(
    (a, b) => Number(b.differs) - Number(a.differs) || byTrouble(a.told, b.told),
  );
  const followed = all.slice(0, MOST_TOLD);
  return {
    followed,
    told: followed.map((flow) => ({
      packet: packetText(flow.packet),
      count: flow.count,
      differs: flow.differs,
      sentence: sentenceOf(flow, first?.told ?? null, fresh.length),
      path: flow.told,
      reverse: wayBack(known, asked, { ...start, packet: flow.packet }, flow, listed)?.told ?? null,
    })),
  };
}

interface Flow extends Told {
  readonly packet: TracedPacket;
  readonly count: number;
  readonly differs: boolean;
}

function flowOf(
  known: TraceKnown,
  asked: AskedTrace,
  start: Start,
  listed: AskedFlows['listed'],
): Flow | null {
  const [worst] = judged(asked, follow(known, start, listed))
    .map((one) => ({ ...one, told: pathOf(one.path, one.end, null) }))
    .sort((a, b) => byTrouble(a.told, b.told));
  const decided = worst?.told.hops.some(({ steps }) => steps.some(({ quote }) => quote !== null)) ?? false;
  return worst === undefined || !decided
    ? null
    : { ...worst, packet: start.packet, count: 1, differs: false };
}

const VERBS: Readonly<Record<TracePath['verdict'], string>> = {
  delivered: 'arrives',
  dropped: 'is dropped',
  rejected: 'is rejected',
  unknown: 'goes where nobody knows',
};

function sentenceOf({ count, differs, told, path }: Flow, fresh: TracePath | null, ways: number): string {
  const many =
    count > 1
      ? `${String(count)}${count >= MOST_FLOWS ? ' or more' : ''} connections that conntrack has go`
      : 'A connection that conntrack has goes';
  if (!differs) return `${many} the way of a new one.`;
  const { end, last } = path;
  const packet = end.kind === 'delivered' || end.kind === 'outside' ? end.packet : last;
  const where = `${count > 1 ? 'each' : 'it'} ${VERBS[told.verdict]} as ${packetText(packet)}`;
  const other =
    fresh === null
      ? ''
      : ` A new one ${ways > 1 ? 'goes by today’s rules' : VERBS[fresh.verdict]}: ${fresh.sentence}`;
  return `${many} another way than a new one: ${where}. ${told.sentence}${other}`;
}
