import { useEffect, useRef, useState } from 'react';
import { sentenceOf } from '../bridge/call.ts';
import { OneAtATime } from './one-at-a-time.ts';

export interface Answered<T> {
  /** The latest; null before the first. It stays while later ones fail. */
  readonly answer: T | null;
  /** What `answer` is about; another subject than the one that is asked now: it is yet to come. */
  readonly about: string | null;
  /** Why there is no newer one to what is asked now; null when there is. */
  readonly sentence: string | null;
}

interface Held<T> extends Omit<Answered<T>, 'sentence'> {
  readonly failure: { readonly subject: string; readonly sentence: string } | null;
}

/**
 * What `ask` answers, one question at a time (one-at-a-time.ts): asked at once, and again when `subject` – what is asked, as text –
 * or one of `changed` is another, and by the clock.
 * @param everyMs so long after each answer; null: not by the clock.
 * @param changed as many at each call.
 */
export function useAnswer<T>(
  subject: string,
  ask: () => Promise<T>,
  everyMs: number | null,
  ...changed: readonly unknown[]
): Answered<T> {
  const [{ answer, about, failure }, hold] = useState<Held<T>>({ answer: null, about: null, failure: null });
  const asker = useRef<OneAtATime<T>>(null);
  useEffect(() => {
    const one = new OneAtATime<T>({
      answered: (answer, about) => {
        hold({ answer, about, failure: null });
      },
      failed: (error, subject) => {
        hold((before) => ({ ...before, failure: { subject, sentence: sentenceOf(error) } }));
      },
    });
    asker.current = one;
    return () => {
      one[Symbol.dispose]();
    };
  }, []);
  useEffect(() => {
    asker.current?.ask({ subject, ask, everyMs });
    // oxlint-disable-next-line react/exhaustive-deps -- `subject` stands for `ask`, which is another function each time
  }, [subject, everyMs, ...changed]);
  return { answer, about, sentence: failure?.subject === subject ? failure.sentence : null };
}
