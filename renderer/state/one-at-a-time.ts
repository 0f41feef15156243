// In which order a part of the page asks: one question in flight, of those that wait only the newest, and no answer to what is no
// longer asked. So a slow answer costs a late picture, never a wrong one nor a queue, and one that never comes costs two minutes.
// Knows nothing of React.

import { stateStrings } from './strings.ts';

export interface Question<T> {
  /** What is asked, as text: two with the same subject are one question at two times. */
  readonly subject: string;
  readonly ask: () => Promise<T>;
  /** Asked again so many ms after each of its answers; null: not by the clock. */
  readonly everyMs: number | null;
}

export interface Told<T> {
  readonly answered: (answer: T, subject: string) => void;
  readonly failed: (error: unknown, subject: string) => void;
}

/** After an answer the same is not asked again sooner: what changes sixty times a second is asked ten times. */
const REST_MS = 100;

/**
 * A question that has no answer by then has failed, and the next is asked: the longest, a trace that reads Pods on the way and asks
 * every kernel, is itself bounded by less.
 */
export const MOST_MS = 120_000;

export class OneAtATime<T> implements Disposable {
  readonly #told: Told<T>;
  #newest: Question<T> | null = null;
  #phase: 'idle' | 'in flight' | 'resting' | 'left' = 'idle';
  /** The newest was put while one was in flight or rested. */
  #waits = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(told: Told<T>) {
    this.#told = told;
  }

  /**
   * Takes the place of every question before it. An answer under way is still told if it has the same subject: else one that
   * changes faster than it is answered would never be told.
   */
  ask(question: Question<T>): void {
    const same = this.#newest?.subject === question.subject;
    this.#newest = question;
    this.#waits = true;
    if (this.#phase === 'idle' || (this.#phase === 'resting' && !same)) void this.#fly(question);
  }

  /** Nothing is asked or told any more. */
  [Symbol.dispose](): void {
    this.#phase = 'left';
    clearTimeout(this.#timer);
  }

  async #fly(question: Question<T>): Promise<void> {
    clearTimeout(this.#timer);
    this.#phase = 'in flight';
    this.#waits = false;
    const { subject } = question;
    const tell = await inTime(question.ask()).then(
      (answer) => () => {
        this.#told.answered(answer, subject);
      },
      (error: unknown) => () => {
        this.#told.failed(error, subject);
      },
    );
    if (this.#gone() || this.#newest === null) return;
    if (this.#newest.subject !== subject) {
      void this.#fly(this.#newest);
      return;
    }
    this.#phase = 'resting';
    this.#timer = setTimeout(() => {
      this.#rested();
    }, REST_MS);
    tell();
  }

  #rested(): void {
    const newest = this.#newest;
    if (newest === null) return;
    if (this.#waits) {
      void this.#fly(newest);
      return;
    }
    this.#phase = 'idle';
    if (newest.everyMs === null) return;
    this.#timer = setTimeout(() => void this.#fly(newest), Math.max(0, newest.everyMs - REST_MS));
  }

  #gone(): boolean {
    return this.#phase === 'left';
  }
}

/** The late answer itself is nobody's any more. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(stateStrings.noAnswer(MOST_MS / 60_000)));
    }, MOST_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
