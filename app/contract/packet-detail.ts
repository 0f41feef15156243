// One packet in full, for whoever looks at it: its fields as a tree and the bytes they are of.
import { z } from 'zod';

export const packetDetailRequestSchema = z.object({
  /** Numbers of another run are other packets. */
  run: z.number().int().min(1),
  number: z.number().int().min(1),
});

const node = z.object({
  /** 0: a layer; otherwise part of the nearest node above that is less deep. */
  depth: z.number().int().min(0),
  /** One line without control characters. */
  text: z.string(),
  /** Wireshark's name of the field. */
  field: z.string(),
  /** A display filter that lets packets with the same value pass; null where there is none. */
  filter: z.string().nullable(),
  /** Bytes of the packet, within what was captured; none when `length` is 0. */
  at: z.number().int().min(0),
  length: z.number().int().min(0),
});
export type PacketDetailNode = z.infer<typeof node>;

export const packetDetailSchema = z.object({
  run: z.number(),
  number: z.number(),
  /** What was captured, from the link header on. */
  bytes: z.instanceof(Uint8Array),
  /** Bytes on the wire. */
  length: z.number(),
  /** In the order of the packet, each before its parts. */
  nodes: z.array(node).readonly(),
});
export type PacketDetail = z.infer<typeof packetDetailSchema>;
