// What the operator already knows, as a small closed set: each says what fails and what does not, and so which findings can be behind it.
import { z } from 'zod';
import {
  kernelContradictionSchema,
  traceRequestSchema,
  type KernelContradiction,
  type TraceRequest,
} from '../trace/model.ts';

export const hintSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tcp-only') }),
  z.object({ kind: z.literal('udp-only') }),
  z.object({ kind: z.literal('service-only') }),
  z.object({ kind: z.literal('large-only') }),
  /** A node's label. */
  z.object({ kind: z.literal('from-node'), node: z.string().min(1).max(256) }),
  /** Seconds since the epoch. */
  z.object({ kind: z.literal('since'), at: z.number().min(0).max(1e11) }),
]);
export type Hint = z.infer<typeof hintSchema>;
export type HintKind = Hint['kind'];

/** As one says it; `from-node` and `since` take a value. */
export const HINT_WORDS: Readonly<Record<HintKind, string>> = {
  'tcp-only': 'ping works, TCP does not',
  'udp-only': 'only UDP fails',
  'service-only': 'the Service fails, the address of its Pod works',
  'large-only': 'only large packets are lost',
  'from-node': 'only from one node',
  since: 'since a time',
};

export function hintText(hint: Hint): string {
  if (hint.kind === 'from-node') return `only from ${hint.node}`;
  return hint.kind === 'since' ? `since ${clock(hint.at)}` : HINT_WORDS[hint.kind];
}

/** `2026-11-26 10:30:00 UTC`. */
export function clock(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** More say no more. */
export const MOST_CONTRADICTIONS = 100;

export const diagnoseRequestSchema = z
  .object({
    asked: traceRequestSchema.optional(),
    hints: z.array(hintSchema).max(8).optional(),
    contradictions: z.array(kernelContradictionSchema).max(MOST_CONTRADICTIONS).optional(),
  })
  .optional();
export type DiagnoseRequest = z.infer<typeof diagnoseRequestSchema>;

/** As facts beside all others (KnownFacts). */
export function besideOf(request: DiagnoseRequest): {
  asked?: TraceRequest;
  hints?: readonly Hint[];
  contradictions?: readonly KernelContradiction[];
} {
  const { asked, hints = [], contradictions } = request ?? {};
  return {
    ...(asked === undefined ? {} : { asked }),
    ...(hints.length === 0 ? {} : { hints }),
    ...(contradictions === undefined ? {} : { contradictions }),
  };
}
