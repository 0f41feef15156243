// What is asked of a watch about a trace, and what it answers: where packets of its flows were seen, and where one looked.
import { z } from 'zod';
import { MOST_PASSED, MOST_SOUGHT } from './sought-limits.ts';

const port = z.number().int().min(0).max(65_535).nullable();

const soughtFlowSchema = z.object({
  protocol: z.number().int().min(0).max(255),
  source: z.string().max(64),
  destination: z.string().max(64),
  /** Null: any. */
  sourcePort: port,
  destinationPort: port,
  icmpType: z.number().int().min(0).max(255).nullable(),
});

export const sightingsRequestSchema = z.object({
  /** Interfaces that the path passes: along another one it is counted anew, along the same one it goes on. */
  along: z.array(z.string().max(512)).max(MOST_PASSED),
  flows: z.array(soughtFlowSchema).min(1).max(MOST_SOUGHT),
});
export type SightingsRequest = z.infer<typeof sightingsRequestSchema>;

/** By the node's clock. */
const nodeTimeSchema = z.object({ s: z.number(), ns: z.number() });

const sightingSchema = z.object({
  /** Index of the flow that was asked about. */
  flow: z.number(),
  /** As the topology has it. */
  interfaceId: z.string(),
  /** Other: the capture does not say. */
  way: z.enum(['in', 'out', 'other']),
  packets: z.number(),
  last: nodeTimeSchema,
  /** The latest seconds in which it was seen, by the node's clock, in their order. */
  seconds: z.array(z.number()),
});
export type Sighting = z.infer<typeof sightingSchema>;

const listeningSchema = z.object({
  netnsId: z.string(),
  /** Name of the one interface; null: all of the namespace's. */
  device: z.string().nullable(),
  /** What it lets through; null: a filter of the operator's own. */
  addresses: z.array(z.string()).nullable(),
  /** Of those only what they exchange with these; null: with anybody. */
  peers: z.array(z.string()).nullable(),
  /** Beside them, as whom packets go on where they are masqueraded: what these exchange with whom. */
  outside: z.array(z.object({ address: z.string(), peers: z.array(z.string()) })),
  /** It has listened since counting began, and has lost nothing. */
  holds: z.enum(['whole', 'began-later', 'ended', 'lost']),
  /** Since when it has lost nothing (ms, our clock); null: it does not run. */
  wholeSince: z.number().nullable(),
  /** ms by which the node's clock is behind ours; null: not known, or it was set. */
  behind: z.number().nullable(),
  /** Everything up to then is decoded; null before the first second. */
  watermark: nodeTimeSchema.nullable(),
});
export type Listening = z.infer<typeof listeningSchema>;

export const sightingsSchema = z.object({
  /** Since when it counts (ms, our clock); null: no watch runs, or its captures are starting. */
  since: z.number().nullable(),
  /** Since when all packets were looked at, and their interfaces known (ms, our clock); null: not all could be. */
  wholeSince: z.number().nullable(),
  sightings: z.array(sightingSchema),
  listening: z.array(listeningSchema),
});
export type Sightings = z.infer<typeof sightingsSchema>;

export const NO_SIGHTINGS: Sightings = {
  since: null,
  wholeSince: null,
  sightings: [],
  listening: [],
};
