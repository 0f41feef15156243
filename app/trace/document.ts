// A trace as `hopscope trace --json` prints it (schema 1), and as it is read again to be compared: what a file says is checked first.
import { z } from 'zod';
import type { TraceAnswer, TraceHop, TracePath } from './model.ts';

type Answer = Extract<TraceAnswer, { ok: true }>;

/** Longer than any name or sentence of ours. */
const text = z.string().max(8_192);
const word = z.string().max(512);

const hopSchema = z.object({
  node: word,
  namespace: word,
  ingress: word.nullable(),
  egress: word.nullable(),
  action: word,
  nextHop: word.nullable(),
  route: z.object({ text }).nullable(),
  because: text,
  packet: text,
});
export type ComparedHop = z.infer<typeof hopSchema>;

const pathSchema = z.object({
  verdict: z.enum(['delivered', 'dropped', 'rejected', 'unknown']),
  sentence: text,
  stopsAt: z.object({ node: word, interface: word.nullable(), reason: word }).nullable(),
  endpoint: word.nullable(),
  hops: z.array(hopSchema).max(256),
});
export type ComparedPath = z.infer<typeof pathSchema>;

/** What of a document is compared. */
export const comparedTraceSchema = z.object({
  schema: z.literal(1),
  from: word,
  to: word,
  paths: z.array(pathSchema).min(1).max(256),
  reverse: pathSchema.nullable(),
});
export type ComparedTrace = z.infer<typeof comparedTraceSchema>;

export function pathDocument({ verdict, sentence, hops, stopsAt, mtu, share, endpoint }: TracePath) {
  return {
    verdict,
    hops: hops.map(hopDocument),
    stopsAt:
      stopsAt === null ? null : { node: stopsAt.node, interface: stopsAt.interface, reason: stopsAt.reason },
    mtu,
    sentence,
    share,
    endpoint,
  };
}

function hopDocument({ place, route, ...hop }: TraceHop) {
  const { node, ingress, egress, action, nextHop, because, evidence, packet, steps } = hop;
  return {
    node,
    namespace: place,
    ingress,
    egress,
    action,
    nextHop,
    route:
      route === null
        ? null
        : { dst: route.dst, proto: route.proto, owner: route.owner, rule: route.rule, text: route.text },
    because,
    evidence,
    packet,
    steps,
  };
}

/** For an answer that never was a file. */
export function comparedTrace({ from, to, paths, reverse }: Answer): ComparedTrace {
  return {
    schema: 1,
    from,
    to,
    paths: paths.map(pathDocument),
    reverse: reverse === null ? null : pathDocument(reverse),
  };
}
