// Regular expressions as PCRE writes them (pcre2pattern(3)), as far as they can be matched in one pass: no references back,
// no looking around. Of bytes: a character of the text is a byte.
import { byteIn, complement, include, NAMED, SETS, setOf, single, type ByteSet } from './byte-sets.ts';

export type PatternNode =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly PatternNode[] }
  /** `most` null: as often as it goes. */
  | {
      readonly kind: 'repeat';
      readonly of: PatternNode;
      readonly least: number;
      readonly most: number | null;
    }
  | { readonly kind: 'assertion'; readonly assertion: Assertion };

export type Assertion =
  | 'start'
  | 'lineStart'
  | 'end'
  /** At the end, or before a newline there. */
  | 'endOrLast'
  | 'lineEnd'
  | 'word'
  | 'notWord';

/** Groups in each other. */
const MAX_DEPTH = 32;
export const MAX_REPEAT = 1000;

/** Says what is wrong with a pattern; caught in byte-pattern.ts. */
export class PatternMistake extends Error {}

function wrong(sentence: string): never {
  throw new PatternMistake(sentence);
}

interface Flags {
  readonly ignoreCase: boolean;
  /** `.` is a newline, too. */
  readonly dotAll: boolean;
  /** `^` and `$` hold at every line. */
  readonly multiline: boolean;
}

/** As Wireshark's `matches` begins: capitals and small letters are the same. @throws PatternMistake */
export function patternTree(source: string): PatternNode {
  const reader = new PatternReader(source);
  return reader.pattern();
}

class PatternReader {
  readonly #source: string;
  #at = 0;
  #depth = 0;
  #flags: Flags = { ignoreCase: true, dotAll: false, multiline: false };

  constructor(source: string) {
    this.#source = source;
  }

  pattern(): PatternNode {
    const tree = this.#choice();
    if (this.#at < this.#source.length)
      wrong('The pattern has a ) without its (; write \\) for the character.');
    return tree;
  }

  #choice(): PatternNode {
    const { ...before } = this.#flags;
    const choices = [this.#sequence()];
    while (this.#takes('|')) choices.push(this.#sequence());
    this.#flags = before;
    const [only, ...others] = choices;
    return only !== undefined && others.length === 0 ? only : { kind: 'choice', of: choices };
  }

  #sequence(): PatternNode {
    const of: PatternNode[] = [];
    for (;;) {
      const next = this.#source.charAt(this.#at);
      if (next === '' || next === '|' || next === ')') return { kind: 'sequence', of };
      const atom = this.#atom();
      if (atom !== null) of.push(this.#repeated(atom));
    }
  }

  #repeated(atom: PatternNode): PatternNode {
    let node = atom;
    for (;;) {
      const bounds = this.#bounds();
      if (bounds === null) return node;
      if (node !== atom) wrong('The pattern repeats a repetition; put the inner one into ( ).');
      node = { kind: 'repeat', of: atom, ...bounds };
      // How much is taken first makes no difference to whether there is a match.
      if (!this.#takes('?') && this.#takes('+'))
        wrong('The pattern has a possessive repetition (*+), which is not supported.');
    }
  }

  #bounds(): { readonly least: number; readonly most: number | null } | null {
    if (this.#takes('*')) return { least: 0, most: null };
    if (this.#takes('+')) return { least: 1, most: null };
    if (this.#takes('?')) return { least: 0, most: 1 };
    const counted = /^\{(\d{1,5})(,(\d{1,5})?)?\}/u.exec(this.#source.slice(this.#at, this.#at + 16));
    if (counted === null) return null;
    this.#at += counted[0].length;
    const [, first, comma, second] = counted as readonly (string | undefined)[];
    const least = Number(first);
    const most = comma === undefined ? least : second === undefined ? null : Number(second);
    if (Math.max(least, most ?? 0) > MAX_REPEAT) wrong(`The pattern repeats more than ${MAX_REPEAT} times.`);
    if (most !== null && most < least)
      wrong('The pattern has a repetition whose bounds are the wrong way round.');
    return { least, most };
  }

  /** Null: nothing that matches, only flags. */
  #atom(): PatternNode | null {
    const char = this.#source.charAt(this.#at);
    this.#at += 1;
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'bytes', set: this.#class() };
      case '.':
        return { kind: 'bytes', set: setOf((byte) => this.#flags.dotAll || byte !== 10) };
      case '^':
        return { kind: 'assertion', assertion: this.#flags.multiline ? 'lineStart' : 'start' };
      case '$':
        return { kind: 'assertion', assertion: this.#flags.multiline ? 'lineEnd' : 'endOrLast' };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        return wrong(`The pattern has a ${char} that repeats nothing; write \\${char} for the character.`);
      default:
        return { kind: 'bytes', set: this.#one(char.charCodeAt(0)) };
    }
  }

  #group(): PatternNode | null {
    const flags = /^\?([ims]*)(?:-([ims]+))?([:)])/u.exec(this.#source.slice(this.#at, this.#at + 16));
    const before = this.#flags;
    if (flags !== null) {
      const [whole, on = '', off = '', close] = flags;
      this.#at += whole.length;
      const flag = (letter: string, was: boolean): boolean =>
        (was || on.includes(letter)) && !off.includes(letter);
      this.#flags = {
        ignoreCase: flag('i', before.ignoreCase),
        dotAll: flag('s', before.dotAll),
        multiline: flag('m', before.multiline),
      };
      if (close === ')') return null;
    } else if (this.#source.charAt(this.#at) === '?') {
      const name = /^\?P?<[A-Za-z_]\w{0,31}>/u.exec(this.#source.slice(this.#at, this.#at + 40));
      if (name === null) wrong('The pattern looks ahead or behind (?…), which is not supported.');
      this.#at += name[0].length;
    }
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) wrong(`The pattern’s groups go more than ${MAX_DEPTH} deep.`);
    const inner = this.#choice();
    this.#depth -= 1;
    this.#flags = before;
    if (!this.#takes(')')) wrong('The pattern has a ( without its ); write \\( for the character.');
    return inner;
  }

  #escape(): PatternNode {
    const letter = this.#source.charAt(this.#at);
    const assertion = ASSERTIONS[letter];
    if (assertion !== undefined) {
      this.#at += 1;
      return { kind: 'assertion', assertion };
    }
    if (/^[1-9](?![0-7]{2})/u.test(this.#source.slice(this.#at, this.#at + 3)))
      wrong(`The pattern refers back (\\${letter}), which is not supported.`);
    return { kind: 'bytes', set: this.#escapedSet() };
  }

  /** Behind a backslash, in a class or not. */
  #escapedSet(): ByteSet {
    const rest = this.#source.slice(this.#at, this.#at + 8);
    const letter = rest.charAt(0);
    const set = SETS[letter];
    if (set !== undefined) {
      this.#at += 1;
      return set;
    }
    const digits =
      /^x(?:\{([0-9a-f]{1,2})\}|([0-9a-f]{0,2}))/iu.exec(rest) ?? /^()()([0-7]{1,3})/u.exec(rest);
    if (digits !== null) {
      this.#at += digits[0].length;
      const [, braced, bare, octal] = digits as readonly (string | undefined)[];
      return this.#one(
        octal === undefined
          ? Number.parseInt(`0${braced ?? bare ?? ''}`, 16)
          : Number.parseInt(octal, 8) & 0xff,
      );
    }
    if (letter === '') wrong('The pattern ends in a backslash; write \\\\ for the character.');
    const control = CONTROLS[letter];
    if (control === undefined && /[A-Za-z0-9]/u.test(letter))
      wrong(`The pattern has \\${letter}, which is not supported.`);
    this.#at += 1;
    return this.#one(control ?? letter.charCodeAt(0));
  }

  #class(): ByteSet {
    const set: ByteSet = new Uint8Array(256);
    const negated = this.#takes('^');
    for (let first = true; ; first = false) {
      const char = this.#source.charAt(this.#at);
      if (char === '') wrong('The pattern has a [ without its ]; write \\[ for the character.');
      if (char === ']' && !first) break;
      const named = /^\[:(\^?)([a-z]{1,6}):\]/u.exec(this.#source.slice(this.#at, this.#at + 12));
      if (named !== null) {
        const [whole, not, name = ''] = named;
        const known = NAMED[name];
        if (known === undefined) return wrong(`The pattern has a class [:${name}:], which there is not.`);
        this.#at += whole.length;
        include(set, not === '^' ? complement(known) : known);
        continue;
      }
      const from = this.#member();
      const range = this.#source.charAt(this.#at) === '-' && this.#source.charAt(this.#at + 1) !== ']';
      const low = byteIn(from);
      if (!range || low === null) {
        include(set, this.#cased(from));
        continue;
      }
      this.#at += 1;
      const high = byteIn(this.#member());
      if (high === null || high < low)
        wrong('The pattern has a range in [ ] whose end comes before its beginning.');
      include(set, this.#cased(setOf((byte) => byte >= low && byte <= high)));
    }
    this.#at += 1;
    return negated ? complement(set) : set;
  }

  /** Of a class: one byte as it is, or what an escape stands for. */
  #member(): ByteSet {
    const char = this.#source.charAt(this.#at);
    if (char === '') wrong('The pattern has a [ without its ]; write \\[ for the character.');
    this.#at += 1;
    if (char !== '\\') return single(char.charCodeAt(0));
    if (this.#takes('b')) return single(8);
    const { ignoreCase } = this.#flags;
    // A range's ends are themselves; the whole gets both cases.
    this.#flags = { ...this.#flags, ignoreCase: false };
    const set = this.#escapedSet();
    this.#flags = { ...this.#flags, ignoreCase };
    return set;
  }

  #one(byte: number): ByteSet {
    return this.#cased(single(byte & 0xff));
  }

  #cased(set: ByteSet): ByteSet {
    if (!this.#flags.ignoreCase) return set;
    const both = set.slice();
    for (let byte = 65; byte <= 90; byte += 1) {
      const either = (set[byte] ?? 0) | (set[byte + 32] ?? 0);
      both[byte] = either;
      both[byte + 32] = either;
    }
    return both;
  }

  #takes(char: string): boolean {
    if (this.#source.charAt(this.#at) !== char) return false;
    this.#at += 1;
    return true;
  }
}

const ASSERTIONS: Readonly<Record<string, Assertion | undefined>> = {
  A: 'start',
  z: 'end',
  Z: 'endOrLast',
  b: 'word',
  B: 'notWord',
};

const CONTROLS: Readonly<Record<string, number | undefined>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };
