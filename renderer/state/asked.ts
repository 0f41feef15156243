import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import { call } from '../bridge/call.ts';
import { type Answered, useAnswer } from './answer.ts';

export type Asked<N extends QuestionName> = Answered<QuestionResponse<N>>;

/** Asks at once, and again so many ms after each answer, while it is mounted. `request` is compared by what it holds. */
export function useAsked<N extends QuestionName>(
  name: N,
  request: QuestionRequest<N>,
  everyMs: number,
): Asked<N> {
  return useAnswer(
    JSON.stringify([name, request]),
    () => call(name, request) as Promise<QuestionResponse<N>>,
    everyMs,
  );
}
