// Questions that get no answer: SYNs, and what DNS is asked over UDP. Said only where the answer would have been seen: somebody captured where
// the question was seen first, and lost nothing, for as long as is waited for it.
import type { Covered, Span } from '../coverage.ts';
import type { Trail } from '../model.ts';
import type { Unanswered } from './model.ts';

export interface Asking {
  /** The connection of the packets that a question is of, and what tells it from others of it. */
  readonly connection: number;
  readonly key: number;
}

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

const MOST = 10_000;
/** ns by which an answer may seem to be earlier, where clocks are not known yet. */
const APART_NS = 2_000_000_000;

export class UnansweredQuestions {
  readonly #context: UnansweredContext;
  /** ns, session time. */
  readonly #waitNs: number;
  readonly #questions = new Map<string, Question>();
  readonly #answers = new Map<string, Answers>();

  constructor(waitNs: number, context: UnansweredContext) {
    this.#waitNs = waitNs;
    this.#context = context;
  }

  /** There are some that wait for their answer. */
  get areOpen(): boolean {
    return this.#questions.size > 0;
  }

  /** Connections may have turned out to be others' parts. @param connectionOf what each is a part of */
  join(connectionOf: (connection: number) => number): void {
    joinIn(this.#questions, connectionOf);
    joinIn(this.#answers, connectionOf);
  }

  ask({ connection, key }: Asking, name: string, trail: Trail): void {
    const at = trail.sightings[0]?.at ?? 0;
    const id = `${String(connection)} ${String(key)}`;
    const isRefused = trail.verdict === 'rejected';
    const known = this.#questions.get(id);
    if (known !== undefined) {
      known.times += 1;
      known.last = Math.max(known.last, at);
      known.trail = trail;
      known.isRefused ||= isRefused;
      return;
    }
    this.#questions.set(id, { connection, key, name, times: 1, since: at, last: at, trail, isRefused });
    bound(this.#questions);
  }

  /** @param asking what it answers */
  answer({ connection, key }: Asking, { verdict, stop, sightings }: Trail): void {
    const id = `${String(connection)} ${String(key)}`;
    const known = this.#answers.get(id) ?? { connection, key, last: -Infinity, isDelivered: false, stop };
    known.last = Math.max(known.last, sightings[0]?.at ?? 0);
    known.isDelivered ||= verdict === 'delivered';
    known.stop = verdict === 'dropped' && known.stop !== null ? stop : null;
    this.#answers.delete(id);
    this.#answers.set(id, known);
    bound(this.#answers);
  }

  /** All that was seen before `until` is told. @returns whether something was decided */
  settle(until: number): boolean {
    const { size } = this.#questions;
    for (const [id, question] of this.#questions) {
      if (question.last + this.#waitNs + APART_NS > until) continue;
      this.#questions.delete(id);
      const fate = this.#fateOf(question, this.#answers.get(id));
      if (fate !== undefined) this.#context.decided(question, fate);
    }
    return this.#questions.size < size;
  }

  /** Undefined: nobody knows. */
  #fateOf({ trail, isRefused, since, last }: Question, answers?: Answers): Unanswered | null | undefined {
    if (answers !== undefined && answers.last >= since - APART_NS) {
      if (answers.isDelivered) return null;
      return answers.stop === null ? undefined : { fate: 'answerVanished', ...answers.stop };
    }
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

function bound(kept: Map<string, unknown>): void {
  if (kept.size > MOST) kept.delete(kept.keys().next().value ?? '');
}

function joinIn<T extends Asking>(kept: Map<string, T>, connectionOf: (connection: number) => number): void {
  for (const [id, one] of [...kept]) {
    const connection = connectionOf(one.connection);
    if (connection === one.connection) continue;
    kept.delete(id);
    const joined = `${String(connection)} ${String(one.key)}`;
    if (!kept.has(joined)) kept.set(joined, { ...one, connection });
  }
}
