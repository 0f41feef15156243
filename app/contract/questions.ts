// What the page and the CLI may ask about what is known: answered where the readings are (the topology worker), by pure
// functions of app/. A question never reads anything on a node; big facts (every rule of a firewall, every counter) stay there,
// and only the answer crosses. Each is also a call of that name (calls.ts).
import { z } from 'zod';
import { bgpMatrixSchema } from '../topology/bgp-matrix-model.ts';
import { dropsRequestSchema, dropsViewSchema } from './drops-view.ts';

/** Name → what is asked and what comes back. Answers say in themselves what is not known, and why. */
export const questions = {
  /** Every BGP session from both its sides, and those that are missing. */
  'bgp.matrix': { request: z.undefined(), response: bgpMatrixSchema },
  /** What was dropped, for which reason, from counters alone. */
  'drops.view': { request: dropsRequestSchema, response: dropsViewSchema },
} as const satisfies Record<string, { request: z.ZodType; response: z.ZodType }>;

type Questions = typeof questions;
export type QuestionName = keyof Questions;
export type QuestionRequest<N extends QuestionName> = z.infer<Questions[N]['request']>;
export type QuestionResponse<N extends QuestionName> = z.infer<Questions[N]['response']>;
