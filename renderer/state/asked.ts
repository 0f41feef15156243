import { useEffect, useState } from 'react';
import type { QuestionName, QuestionRequest, QuestionResponse } from '../../app/contract/questions.ts';
import { call, sentenceOf } from '../bridge/call.ts';

export interface Asked<N extends QuestionName> {
  /** The latest; null before the first. It stays while later ones fail. */
  readonly answer: QuestionResponse<N> | null;
  /** Why there is no newer one; null when there is. */
  readonly sentence: string | null;
}

/** Asks at once, and again so many ms after each answer, while it is mounted. `request` is compared by what it holds. */
export function useAsked<N extends QuestionName>(
  name: N,
  request: QuestionRequest<N>,
  everyMs: number,
): Asked<N> {
  const [asked, setAsked] = useState<Asked<N>>({ answer: null, sentence: null });
  const key = JSON.stringify(request);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const answer = (await call(name, request)) as QuestionResponse<N>;
        if (!over) setAsked({ answer, sentence: null });
      } catch (error) {
        if (!over) setAsked(({ answer }) => ({ answer, sentence: sentenceOf(error) }));
      }
      if (!over) timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` stands for the request, which is another object each time
  }, [name, key, everyMs]);
  return asked;
}
