// Traffic control at a device: the hooks ingress and egress with their filters, then the queue (net/core/dev.c sch_handle_ingress,
// sch_handle_egress, __dev_xmit_skb). What a queue holds back and for how long is its counters' matter; here is what it never lets pass.
import type { QdiscCounters } from '../probe/counter-facts.ts';
import type { HookDirection } from '../probe/device-hooks.ts';
import type { TcFilter } from '../probe/tc-filters.ts';
import type { EvidenceId, InterfaceEntity } from '../topology/model.ts';
import { evidenceOf, stopped, untaken, withStep, type Crossing, type Frame } from './crossing.ts';
import type { KnownNamespace } from './namespaces.ts';
import { stepOf } from './step.ts';
import { commandIn } from './walk.ts';

/** Queues count frames (qdisc_pkt_len). */
const ETHERNET = 14;
/** The kernel keeps a burst as time, so that its bytes come back a few off. */
const ROUNDED = 4;

export function passTc(
  at: KnownNamespace,
  device: InterfaceEntity,
  way: HookDirection,
  frame: Frame,
): { readonly frame: Frame; readonly taken: Crossing | null } {
  const { name } = device;
  const stage = way === 'ingress' ? 'receive' : 'transmit';
  const stop = (sentence: string, evidence: EvidenceId[], ...command: string[]): Crossing =>
    untaken(
      stopped(frame, at, device, 'tc-drop', {
        stage,
        sentence,
        evidence,
        command: commandIn(at, ...command),
      }),
      frame,
    );
  const evidence = evidenceOf(at, 'tcfilters');
  const show = ['tc', '-s', 'filter', 'show', 'dev', name, way] as const;
  const filters = (at.tc?.get(name) ?? []).filter((one) => one.direction === way && concerns(one, frame));
  const [first] = filters;
  const queue = way === 'egress' ? at.queues?.get(name) : undefined;
  const full = queue === undefined ? null : refusal(queue, frame);
  if (first?.matchesAll === true && first.does === 'drop')
    return {
      frame,
      taken: stop(
        `A filter of tc at ${name} of ${at.name} (${way}, pref ${String(first.pref)}, ${first.kind}) drops all that ${way === 'ingress' ? 'comes in' : 'goes out'}.`,
        evidence,
        ...show,
      ),
    };
  if (full !== null)
    return {
      frame,
      taken: stop(
        `The queue of ${name} of ${at.name} ${full}.`,
        evidenceOf(at, 'qdiscs'),
        ...['tc', '-s', 'qdisc', 'show', 'dev', name],
      ),
    };
  const deciding = filters.filter(({ does }) => does !== 'other');
  if (deciding.length === 0) return { frame, taken: null };
  const kinds = [
    ...new Set(
      deciding.map(({ kind, does, to }) => `${kind}, ${WORDS[does]}${to === null ? '' : ` to ${to}`}`),
    ),
  ];
  const sentence = `${name} of ${at.name} has filters of tc at ${way}: ${kinds.join('; ')}.`;
  const presumed = [
    `What filters of tc at ${name} of ${at.name} do with it is not followed: that they let it pass is presumed.`,
  ];
  return {
    frame: withStep(
      frame,
      stepOf({ stage, device: name, sentence, presumed, evidence, command: commandIn(at, ...show) }),
    ),
    taken: null,
  };
}

const WORDS = {
  drop: 'which drops',
  limit: 'which limits',
  redirect: 'which sends on',
  program: 'whose program decides',
  other: 'which counts',
} as const satisfies Record<TcFilter['does'], string>;

function concerns({ protocol }: TcFilter, { packet, isQuestion, vlan }: Frame): boolean {
  if (protocol === 'all') return true;
  if (vlan !== null) return protocol.startsWith('802.1');
  if (isQuestion === true) return protocol === 'arp';
  return protocol === (packet.family === 4 ? 'ip' : 'ipv6');
}

/** Null: it takes the frame, as far as it has room. */
function refusal({ kind, limit, burst }: QdiscCounters, { packet }: Frame): string | null {
  const bytes = packet.length + ETHERNET;
  if (kind === 'blackhole') return 'is a blackhole: it drops all that is sent by it';
  if (/^pfifo/.test(kind) && limit === 0) return `(${kind}) holds no packet: it drops all that is sent by it`;
  if (kind === 'bfifo' && limit !== undefined && bytes > limit)
    return `(bfifo) holds ${String(limit)} bytes: it drops a packet of ${String(packet.length)}`;
  if (kind === 'tbf' && burst !== undefined && bytes > burst + ROUNDED)
    return `(tbf) lets ${String(burst)} bytes pass at once: it drops a packet of ${String(packet.length)}`;
  return null;
}
