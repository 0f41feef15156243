// Questions that get no answer: SYNs, and what DNS is asked over UDP. Said only where the answer would have been seen: somebody captured where
// the question was seen first, and lost nothing, for as long as is waited for it.
import type { Covered, Span } from '../coverage.ts';
import type { Trail } from '../model.ts';
import { Askings, type Asking } from './askings.ts';
import type { Unanswered } from './model.ts';

export interface Asked extends Asking {
  /** '' of a SYN. */
  readonly name: string;
  readonly times: number;
  readonly since: number;
  readonly last: number;
}

export interface UnansweredContext {
  /** Whether packets of a flow, and its answers, would have been seen at a visit's interface. */
  readonly covered: (visit: number, flow: number, span: Span) => Covered;
  /** @param fate null: it is answered */
  readonly decided: (asked: Asked, fate: Unanswered | null) => void;
}

interface Question extends Asked {
  times: number;
  last: number;
  /** The latest copy. */
  trail: Trail;
  isRefused: boolean;
}

interface Answers extends Asking {
  last: number;
  isDelivered: boolean;
  /** Where the latest one vanished; null: nobody knows that of each. */
  stop: Trail['stop'];
}

/** ns by which an answer may seem to be earlier, where clocks are not known yet. */
const APART_NS = 2_000_000_000;

export class UnansweredQuestions {
  readonly #context: UnansweredContext;
  /** ns, session time. */
  readonly #waitNs: number;
  readonly #questions = new Askings<Question>();
  readonly #answers = new Askings<Answers>();
  /** Session time, ns: of answers until then some are not known any more. */
  #forgotUntil = -Infinity;

  constructor(waitNs: number, context: UnansweredContext) {
    this.#waitNs = waitNs;
    this.#context = context;
  }

  /** There are some that wait for their answer. */
  get areOpen(): boolean {
    return this.#questions.size > 0;
  }

  /** Two connections were one. */
  join(connection: number, other: number): void {
    this.#questions.join(connection, other, (one, also) => {
      const later = also.last > one.last ? also : one;
      return {
        ...later,
        ...{ times: one.times + also.times, since: Math.min(one.since, also.since) },
        isRefused: one.isRefused || also.isRefused,
      };
    });
    this.#answers.join(connection, other, (one, also) => ({
      ...(also.last > one.last ? also : one),
      isDelivered: one.isDelivered || also.isDelivered,
      stop: one.stop === null ? null : also.stop,
    }));
  }

  ask(asking: Asking, name: string, trail: Trail): void {
    const at = trail.sightings[0]?.at ?? 0;
    const isRefused = trail.verdict === 'rejected';
    const known = this.#questions.get(asking);
    if (known === undefined) {
      this.#questions.set({ ...asking, name, times: 1, since: at, last: at, trail, isRefused });
      return;
    }
    known.times += 1;
    known.last = Math.max(known.last, at);
    known.trail = trail;
    known.isRefused ||= isRefused;
  }

  /** @param asking what it answers */
  answer(asking: Asking, { verdict, stop, sightings }: Trail): void {
    const known = this.#answers.get(asking) ?? { ...asking, last: -Infinity, isDelivered: false, stop };
    known.last = Math.max(known.last, sightings[0]?.at ?? 0);
    known.isDelivered ||= verdict === 'delivered';
    known.stop = verdict === 'dropped' && known.stop !== null ? stop : null;
    const forgotten = this.#answers.set(known);
    if (forgotten !== null) this.forgot(forgotten.last);
  }

  /** Of what came until then (session time, ns), some may have been an answer. */
  forgot(until: number): void {
    this.#forgotUntil = Math.max(this.#forgotUntil, until);
  }

  /** All that was seen before `until` is told. @returns whether something was decided */
  settle(until: number): boolean {
    const due = [...this.#questions].filter(({ last }) => last + this.#waitNs + APART_NS <= until);
    for (const question of due) {
      this.#questions.delete(question);
      const fate = this.#fateOf(question, this.#answers.get(question));
      if (fate !== undefined) this.#context.decided(question, fate);
    }
    return due.length > 0;
  }

  /** Undefined: nobody knows. */
  #fateOf({ trail, isRefused, since, last }: Question, answers?: Answers): Unanswered | null | undefined {
    if (answers !== undefined && answers.last >= since - APART_NS) {
      if (answers.isDelivered) return null;
      return answers.stop === null ? undefined : { fate: 'answerVanished', ...answers.stop };
    }
    if (since - APART_NS <= this.#forgotUntil) return undefined;
    const { verdict, stop, sightings, flow } = trail;
    const [first, end] = [sightings[0], sightings.at(-1)];
    const span = { from: since, to: last + this.#waitNs };
    const isLooked = (visit: number): boolean => this.#context.covered(visit, flow, span) === 'yes';
    // Who is refused has an answer; and which of like ones was lost nobody knows.
    if (
      isRefused ||
      verdict === 'ambiguous' ||
      first === undefined ||
      end === undefined ||
      !isLooked(first.visit)
    )
      return undefined;
    if (verdict === 'dropped' && stop !== null) return { fate: 'vanished', ...stop };
    if (verdict === 'delivered' && isLooked(end.visit)) return { fate: 'silent', at: end.visit };
    return { fate: 'unseen', after: end.visit };
  }
}
