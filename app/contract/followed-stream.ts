// The TCP stream that one packet belongs to, put together as one vantage point saw it.
import { z } from 'zod';

export const followRequestSchema = z.object({
  /** Numbers of another run are other packets. */
  run: z.number().int().min(1),
  /** Any packet of the stream. */
  number: z.number().int().min(1),
});

const end = z.object({
  address: z.string(),
  port: z.number(),
  /** Whose address it was then: a Pod's name, a node's, or null. */
  name: z.string().nullable(),
});
export type StreamEnd = z.infer<typeof end>;

const piece = z.object({
  /** 0: from who opened the stream. */
  direction: z.union([z.literal(0), z.literal(1)]),
  /** Bytes, or why they are not there: no packet with them was captured, or the snap length cut it. */
  kind: z.enum(['bytes', 'missing', 'cut']),
  length: z.number().int().min(1),
  /** The packet that brought them, or that showed that they are missing; its node's clock. */
  packet: z.number(),
  at: z.object({ s: z.number(), ns: z.number() }),
});
export type StreamPiece = z.infer<typeof piece>;

const totals = z.object({
  bytes: z.number(),
  /** Bytes that are not there. */
  lacking: z.number(),
  /** Segments with payload, and of them those whose bytes, or some, had been seen. */
  segments: z.number(),
  retransmitted: z.number(),
});

const followedStreamSchema = z.object({
  ok: z.literal(true),
  run: z.number(),
  /** Id of a VantagePointView; 0 where that is no longer told. */
  vantagePoint: z.number(),
  /** Who opened it, as far as can be told, and the other. */
  ends: z.tuple([end, end]).readonly(),
  /** Those of all pieces of the kind `bytes`, one after the other: a MiB at most. Hostile. */
  bytes: z.instanceof(Uint8Array),
  pieces: z.array(piece).max(20_000).readonly(),
  /** By direction, also of what is not shown. */
  totals: z.tuple([totals, totals]).readonly(),
  /** Bytes that the stream has past those. */
  beyond: z.number(),
  /** Its SYN was seen. */
  begins: z.boolean(),
  closed: z.enum(['fin', 'reset']).nullable(),
  packets: z.number(),
});
export type FollowedStream = z.infer<typeof followedStreamSchema>;

export const followResponseSchema = z.discriminatedUnion('ok', [
  followedStreamSchema,
  z.object({ ok: z.literal(false), sentence: z.string() }),
]);
export type FollowResponse = z.infer<typeof followResponseSchema>;
