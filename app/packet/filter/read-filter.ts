// Words and signs to a tree. `!` binds tightest, then `&&`, `^^`, `||`; within a test `&` before the comparison.
import { meantBy } from './habits.ts';
import { across, refuse, type Span } from './filter-error.ts';
import type { Comparison, Quantifier, Written, WrittenMember, WrittenValue } from './syntax.ts';
import { signMeant, tokensOf, type Sign, type Token } from './tokens.ts';

/** Parentheses and negations in each other. */
const MAX_DEPTH = 64;
/** Tests, values and set members together: each costs time a packet. */
const MAX_PARTS = 512;

/** @throws FilterMistake */
export function readFilter(text: string): Written {
  return new Reader(tokensOf(text)).filter();
}

const COMPARISONS: ReadonlySet<Sign> = new Set<Sign>([
  '==',
  '!=',
  '===',
  '!==',
  '<',
  '<=',
  '>',
  '>=',
  'contains',
  'matches',
]);

class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #parts = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  filter(): Written {
    const filter = this.#joined(0);
    const token = this.#peek();
    if (token.kind !== 'end') this.#unexpected(token);
    return filter;
  }

  /** @param level into JOINS: from the loosest on */
  #joined(level: number): Written {
    const join = JOINS[level];
    if (join === undefined) return this.#negated();
    let left = this.#joined(level + 1);
    while (this.#takes(join.sign)) {
      const right = this.#joined(level + 1);
      left = { kind: join.kind, left, right, ...across(left, right) };
    }
    return left;
  }

  #negated(): Written {
    const first = this.#peek();
    if (this.#takes('!')) {
      const of = this.#deeper(first, () => this.#negated());
      return { kind: 'not', of, ...across(first, of) };
    }
    if (this.#takes('(')) {
      const inner = this.#deeper(first, () => this.#joined(0));
      this.#closing(')', first);
      return inner;
    }
    return this.#test();
  }

  #deeper(at: Span, read: () => Written): Written {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      refuse(at, `Parentheses and “not” go at most ${MAX_DEPTH} deep; write the filter flatter.`);
    const written = read();
    this.#depth -= 1;
    return written;
  }

  #test(): Written {
    const first = this.#peek();
    const quantifier: Quantifier = this.#takes('any') ? 'any' : this.#takes('all') ? 'all' : null;
    const left = this.#value();
    const token = this.#peek();
    if (token.kind === 'sign' && COMPARISONS.has(token.sign)) {
      this.#next += 1;
      const right = this.#value();
      const comparison = token.sign as Comparison;
      const again = this.#peek();
      if (again.kind === 'sign' && COMPARISONS.has(again.sign))
        refuse(again, 'Two comparisons in a row; join them with &&, each with its field.');
      return { kind: 'compare', quantifier, comparison, left, right, ...across(first, right) };
    }
    const negated = token.kind === 'sign' && token.sign === '!' && this.#sign(1) === 'in';
    if (negated || this.#sign() === 'in') {
      this.#next += negated ? 2 : 1;
      const { members, close } = this.#members();
      const span = across(first, close);
      const set: Written = { kind: 'in', quantifier, left, members, ...span };
      return negated ? { kind: 'not', of: set, ...span } : set;
    }
    if (quantifier !== null)
      refuse(first, `“${quantifier}” goes before a comparison, as in ${quantifier} tcp.port == 80.`);
    return { kind: 'exists', of: left, ...across(left, left) };
  }

  #members(): { readonly members: readonly WrittenMember[]; readonly close: Span } {
    const open = this.#peek();
    if (!this.#takes('{'))
      refuse(open, 'After “in” comes a set in braces, as in tcp.port in {80, 8000..8080}.');
    const members: WrittenMember[] = [];
    do {
      const from = this.#value();
      members.push({ from, to: this.#takes('..') ? this.#value() : null });
    } while (this.#takes(','));
    const close = this.#peek();
    if (close.kind === 'word' || close.kind === 'string' || close.kind === 'character')
      refuse({ at: close.at, length: 0 }, 'Values of a set are parted by commas.', ', ');
    this.#closing('}', open);
    return { members, close };
  }

  #value(): WrittenValue {
    let value = this.#operand();
    while (this.#takes('&')) {
      const by = this.#operand();
      value = { kind: 'masked', of: value, by, ...across(value, by) };
    }
    return value;
  }

  #operand(): WrittenValue {
    this.#parts += 1;
    const token = this.#peek();
    if (this.#parts > MAX_PARTS) refuse(token, `A filter has at most ${MAX_PARTS} tests and values.`);
    if (token.kind !== 'word' && token.kind !== 'string' && token.kind !== 'character')
      return this.#unexpected(token);
    this.#next += 1;
    let value: WrittenValue = token;
    if (token.kind === 'word' && this.#takes('(')) {
      const of: WrittenValue[] = [];
      do of.push(this.#argument(token));
      while (this.#takes(','));
      const close = this.#peek();
      this.#closing(')', token);
      value = { kind: 'call', name: token, of, ...across(token, close) };
    }
    for (;;) {
      const bracket = this.#peek();
      if (bracket.kind !== 'slice') return value;
      this.#next += 1;
      value = { kind: 'sliced', of: value, text: bracket.text, bracket, ...across(value, bracket) };
    }
  }

  /** Functions of functions count as depth. */
  #argument(at: Span): WrittenValue {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) refuse(at, `Functions go at most ${MAX_DEPTH} deep.`);
    const value = this.#value();
    this.#depth -= 1;
    return value;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] ?? END;
  }

  #sign(ahead = 0): Sign | null {
    const token = this.#peek(ahead);
    return token.kind === 'sign' ? token.sign : null;
  }

  #takes(sign: Sign): boolean {
    if (this.#sign() !== sign) return false;
    this.#next += 1;
    return true;
  }

  #closing(sign: ')' | '}', open: Span): void {
    if (this.#takes(sign)) return;
    const token = this.#peek();
    if (token.kind === 'end') refuse(open, `What is opened here is not closed: ${sign} is missing.`);
    this.#unexpected(token);
  }

  #unexpected(token: Token): never {
    const before = this.#tokens[this.#next - 1];
    switch (token.kind) {
      case 'end':
        return refuse(
          token,
          before === undefined
            ? 'A filter names a field, as in tcp.port == 80.'
            : 'The filter ends where a field or a value is missing; go on, or take away what comes last.',
        );
      case 'sign':
        if (token.sign === ')' || token.sign === '}')
          return refuse(
            token,
            `There is nothing that this ${token.sign} closes, or something is missing before it.`,
            '',
          );
        return refuse(
          token,
          `“${token.sign}” does not fit here: a field or a value should come, as in tcp.port == 80.`,
        );
      case 'slice': {
        const port = this.#peek(1);
        const word = `[${token.text}]${port.kind === 'word' ? port.text : ''}`;
        const meant = meantBy(word);
        return meant === null
          ? refuse(token, 'A slice comes after a field, as in eth.src[0:3].')
          : refuse(
              { at: token.at, length: word.length },
              `“${word}” alone is no filter; say what has that value.`,
              meant,
            );
      }
      case 'string':
      case 'character':
        return refuse(token, 'Text does not fit here; a comparison comes before it, as in http.host == "a".');
      case 'word': {
        const meant = signMeant(token.text);
        return meant === null
          ? refuse(
              token,
              `“${token.text}” does not fit here; join two tests with && or ||.`,
              `&& ${token.text}`,
            )
          : refuse(token, `“${token.text}” is no operator; write ${meant}.`, meant);
      }
    }
  }
}

const END: Token = { kind: 'end', at: 0, length: 0 };

const JOINS: readonly { readonly sign: Sign; readonly kind: 'and' | 'or' | 'xor' }[] = [
  { sign: '||', kind: 'or' },
  { sign: '^^', kind: 'xor' },
  { sign: '&&', kind: 'and' },
];
