import { z } from 'zod';
import { countOf, type NumberRanges, union, without } from './number-ranges.ts';
import type { TrafficOrder } from './traffic-order.ts';
import type { Hearer, TrafficProtocol } from './traffic-places.ts';

const RANGES = z.array(z.tuple([z.number(), z.number()]));
const END = z.object({ address: z.string(), port: z.number() });

/** The last line of sh/send.pl. */
export const SENT = z.object({
  /** The numbers that the kernel took. */
  sent: RANGES,
  answered: RANGES,
  /** Of packets without tags there is only a number. */
  plainSent: z.number(),
  plainAnswered: z.number(),
  duplicateAnswers: z.number(),
  /** Connections of TCP whose far end has read all. */
  closed: z.number(),
  /** What sending failed with, by name, and how often. */
  errors: z.record(z.string(), z.number()),
  /** Seconds since 1970, by the machine's clock. */
  began: z.number(),
  seconds: z.number(),
  flows: z.array(z.union([END, z.object({ id: z.number() })])),
});

/** The last line of sh/hear.pl. */
export const HEARD = z.object({
  heard: RANGES,
  plainHeard: z.number(),
  duplicates: z.number(),
  /** Of no run, or of another's. */
  strangers: z.number(),
  /** What came and found no room: lost behind every capture. */
  overflowed: z.number(),
  bytes: z.number(),
  /** Whom it saw as senders, the first 64. */
  peers: z.array(END),
});

type Sent = z.infer<typeof SENT>;
type Heard = z.infer<typeof HEARD>;

export interface TrafficReport {
  readonly schema: 1;
  /** The first 8 bytes of each tag, as hex digits. */
  readonly run: string;
  readonly protocol: TrafficProtocol;
  readonly to: { readonly address: string; readonly port: number };
  readonly sender: Sent;
  readonly hearers: readonly (Heard & {
    readonly node: string;
    /** Null for one on the node itself. */
    readonly pod: string | null;
    readonly port: number;
  })[];
  /** Sent, and heard by nobody; null where nobody listens, and where packets have no tags. */
  readonly lost: NumberRanges | null;
  readonly totals: {
    readonly sent: number;
    readonly heard: number;
    readonly lost: number | null;
    readonly answered: number;
  };
}

export function reportOf(
  order: TrafficOrder,
  run: string,
  to: { readonly address: string; readonly port: number },
  sender: Sent,
  hearers: readonly (readonly [Hearer, Heard])[],
): TrafficReport {
  const heard = union(hearers.map(([, one]) => one.heard));
  const lost = hearers.length === 0 || order.plain ? null : without(sender.sent, heard);
  const plainHeard = hearers.reduce((sum, [, one]) => sum + one.plainHeard, 0);
  return {
    schema: 1,
    run,
    protocol: order.protocol,
    to,
    sender,
    hearers: hearers.map(([{ node, pod, port }, one]) => ({
      node: node.name,
      pod: pod?.name ?? null,
      port,
      ...one,
    })),
    lost,
    totals: {
      sent: countOf(sender.sent) + sender.plainSent,
      heard: countOf(heard) + plainHeard,
      lost: lost === null ? null : countOf(lost),
      answered: countOf(sender.answered) + sender.plainAnswered,
    },
  };
}
