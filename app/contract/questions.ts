// What the page and the CLI may ask about what is known: answered where the readings are (the topology worker), by pure
// functions of app/. A question never reads anything on a node; big facts (every rule of a firewall, every counter) stay there,
// and only the answer crosses. Each is also a call of that name (calls.ts).
import type { z } from 'zod';

/** Name → what is asked and what comes back. Answers say in themselves what is not known, and why. */
export const questions = {} as const satisfies Record<string, { request: z.ZodType; response: z.ZodType }>;

type Questions = typeof questions;
export type QuestionName = keyof Questions;
export type QuestionRequest<N extends QuestionName> = z.infer<Questions[N]['request']>;
export type QuestionResponse<N extends QuestionName> = z.infer<Questions[N]['response']>;
