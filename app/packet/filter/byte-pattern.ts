// Regular expressions that take one look at each byte, whatever they say: a deterministic automaton, whose states are made
// when they are met. A pattern or a packet that keeps a backtracking matcher busy for years costs as much here as any other.
import { fail, ok, type Result } from '../../result.ts';
import { WORD_BYTES, type ByteSet } from './byte-sets.ts';
import { MAX_REPEAT, PatternMistake, patternTree, type Assertion, type PatternNode } from './pattern-tree.ts';

/** Steps of a pattern's program, repetitions written out. */
const MAX_STEPS = MAX_REPEAT + 500;
/** States that are kept, and steps in them; beyond that they are made anew, and a byte costs as much as the pattern is long. */
const MAX_STATES = 2000;
const MAX_STATE_STEPS = 100_000;

type Step =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  /** Goes on in two places; in one when they are the same. */
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'found' };

/** What comes next: a byte, the end, or a newline that is the last byte. */
const END = 256;
const LAST_NEWLINE = 257;
const SYMBOLS = 258;

/** What came before. */
const Before = { nothing: 0, word: 1, newline: 2, other: 3 } as const;

interface State {
  /** Where the program goes on. */
  readonly steps: readonly number[];
  readonly before: number;
  readonly next: (State | undefined)[];
}

/** Bytes that match have been seen. */
const FOUND: State = { steps: [], before: Before.nothing, next: [] };

export class BytePattern {
  readonly #program: readonly Step[];
  #states = new Map<string, State>();
  #stateSteps = 0;
  readonly #seen: Uint32Array;
  #round = 0;

  constructor(program: readonly Step[]) {
    this.#program = program;
    this.#seen = new Uint32Array(program.length);
  }

  /** Whether some part of it matches. @param bytes a character a byte */
  test(bytes: string): boolean {
    let state = this.#state([0], Before.nothing);
    const last = bytes.length - 1;
    for (let at = 0; at <= last; at += 1) {
      const byte = bytes.charCodeAt(at) & 0xff;
      const symbol = at === last && byte === 10 ? LAST_NEWLINE : byte;
      state = state.next[symbol] ?? this.#goOn(state, symbol);
      if (state === FOUND) return true;
    }
    return (state.next[END] ?? this.#goOn(state, END)) === FOUND;
  }

  #state(steps: readonly number[], before: number): State {
    const key = `${before} ${steps.join(' ')}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    this.#stateSteps += steps.length;
    if (this.#states.size >= MAX_STATES || this.#stateSteps > MAX_STATE_STEPS) {
      this.#states = new Map();
      this.#stateSteps = steps.length;
    }
    const state: State = { steps, before, next: new Array<State | undefined>(SYMBOLS) };
    this.#states.set(key, state);
    return state;
  }

  #goOn(state: State, symbol: number): State {
    const reached = this.#reached(state, symbol);
    const next = reached === null ? FOUND : this.#state(reached, beforeOf(symbol));
    state.next[symbol] = next;
    return next;
  }

  /** Where the program is after the symbol, in order; null: at its end. */
  #reached({ steps, before }: State, symbol: number): readonly number[] | null {
    const byte = symbol === LAST_NEWLINE ? 10 : symbol;
    this.#round += 1;
    const open = [...steps];
    // A match may begin at each byte.
    const reached = new Set<number>([0]);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.#seen[at] === this.#round) continue;
      this.#seen[at] = this.#round;
      const step = this.#program[at];
      if (step === undefined) continue;
      switch (step.kind) {
        case 'found':
          return null;
        case 'split':
          open.push(step.first, step.second);
          break;
        case 'assertion':
          if (holds(step.assertion, before, symbol)) open.push(at + 1);
          break;
        case 'bytes':
          if (byte < END && step.set[byte] === 1) reached.add(at + 1);
      }
    }
    return [...reached].sort((a, b) => a - b);
  }
}

function beforeOf(symbol: number): number {
  if (symbol === 10 || symbol === LAST_NEWLINE) return Before.newline;
  return WORD_BYTES[symbol] === 1 ? Before.word : Before.other;
}

function holds(assertion: Assertion, before: number, symbol: number): boolean {
  switch (assertion) {
    case 'start':
      return before === Before.nothing;
    case 'lineStart':
      // Not behind a newline with which everything ends.
      return before === Before.nothing || (before === Before.newline && symbol !== END);
    case 'end':
      return symbol === END;
    case 'endOrLast':
      return symbol >= END;
    case 'lineEnd':
      return symbol >= END || symbol === 10;
    case 'word':
      return (before === Before.word) !== (WORD_BYTES[symbol] === 1);
    case 'notWord':
      return (before === Before.word) === (WORD_BYTES[symbol] === 1);
  }
}

/** @param source a character a byte. The failure is a sentence. */
export function compilePattern(source: string): Result<BytePattern, string> {
  try {
    const program: Step[] = [];
    write(program, patternTree(source));
    program.push({ kind: 'found' });
    return ok(new BytePattern(program));
  } catch (error) {
    if (error instanceof PatternMistake) return fail(error.message);
    throw error;
  }
}

function write(program: Step[], node: PatternNode): void {
  if (program.length > MAX_STEPS)
    throw new PatternMistake('The pattern is too long with its repetitions; use fewer {…}.');
  switch (node.kind) {
    case 'bytes':
    case 'assertion':
      program.push(node);
      return;
    case 'sequence':
      for (const part of node.of) write(program, part);
      return;
    case 'choice': {
      const ends: { kind: 'split'; first: number; second: number }[] = [];
      for (const [index, part] of node.of.entries()) {
        if (index === node.of.length - 1) {
          write(program, part);
          break;
        }
        const split = pushSplit(program);
        write(program, part);
        ends.push(pushSplit(program));
        split.second = program.length;
      }
      for (const end of ends) end.first = end.second = program.length;
      return;
    }
    case 'repeat': {
      for (let count = 0; count < node.least; count += 1) {
        const before = program.length;
        write(program, node.of);
        // Nothing, however often: written out a thousand times a level it would never end.
        if (program.length === before) return;
      }
      if (node.most === null) {
        const at = program.length;
        const split = pushSplit(program);
        write(program, node.of);
        program.push({ kind: 'split', first: at, second: at });
        split.second = program.length;
        return;
      }
      const splits = [];
      for (let count = node.least; count < node.most; count += 1) {
        splits.push(pushSplit(program));
        const before = program.length;
        write(program, node.of);
        if (program.length === before) break;
      }
      for (const split of splits) split.second = program.length;
    }
  }
}

/** One branch goes on behind it, the other where `second` is set to. */
function pushSplit(program: Step[]): { kind: 'split'; first: number; second: number } {
  const split = { kind: 'split' as const, first: program.length + 1, second: program.length + 1 };
  program.push(split);
  return split;
}
