// What two sides of a BGP session make of each other's prefixes: the shapes of the answer, for window and CLI alike.
import { z } from 'zod';
import { prefixFates } from './prefix-fates.ts';

/** The most rows of one direction that are sent, those that are not as they should be first. */
export const MOST_PREFIX_ROWS = 200;

const directionSchema = z.object({
  from: z.string(),
  to: z.string(),
  counts: z.record(z.enum(prefixFates), z.number()),
  rows: z.array(z.object({ prefix: z.string(), fate: z.enum(prefixFates) })),
  /** Prefixes that are not in `rows`. */
  left: z.number(),
  sentences: z.array(z.string()),
});

export const bgpExchangeSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    directions: z.array(directionSchema),
    /** What was run where. */
    commands: z.array(z.object({ node: z.string(), command: z.string() })),
  }),
  z.object({ ok: z.literal(false), sentence: z.string() }),
]);
export type BgpExchange = z.infer<typeof bgpExchangeSchema>;
export type BgpExchangeDirection = z.infer<typeof directionSchema>;

export const bgpExchangeRequestSchema = z.object({
  /** Ids of the sessions at both sides, as the matrix has them; null where that side has none. */
  ends: z.tuple([z.string().max(512).nullable(), z.string().max(512).nullable()]),
});
export type BgpExchangeRequest = z.infer<typeof bgpExchangeRequestSchema>;
