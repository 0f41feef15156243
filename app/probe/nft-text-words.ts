// The words of a rule as nft prints it, and what they make together: fields, values, sets.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** Those that stand without their protocol. */
const META =
  /^(?:[io]if(?:name|type|group)?|mark|sk[ug]id|nfproto|l4proto|pkttype|cgroup|[io]br(?:name|pvid|vproto)|rtclassid)$/;
const PROTOCOLS =
  /^(?:ip6?|tcp|udp|udplite|sctp|dccp|th|icmp|icmpv6|igmp|ether|vlan|arp|ah|esp|comp|gre|vxlan|geneve)$/;
const OPERATORS = ['==', '!=', '<', '>', '<=', '>=', '!'];
const NUMBER = /^(?:0x[0-9a-f]{1,8}|\d{1,15})$/;
const ADDRESS = '[0-9][0-9a-fx.:]*|[0-9a-f]*:[0-9a-f.:]*';
const RANGE = new RegExp(`^(${ADDRESS})-(${ADDRESS})$`);
const PREFIX = new RegExp(`^(${ADDRESS})/(\\d{1,3})$`);
const VERDICTS = ['accept', 'drop', 'return', 'continue'];
/** No rule nests so far. */
const DEEPEST = 10;

export class NftWords {
  readonly #words: readonly Word[];
  #at = 0;
  #isStuck = false;

  constructor(line: string) {
    this.#words = wordsOf(line);
  }

  get at(): number {
    return this.#at;
  }

  get isOver(): boolean {
    return this.#at >= this.#words.length;
  }

  /** Something was not understood where it stood. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** Empty: over, or what comes is quoted. */
  get peek(): string {
    const word = this.#words[this.#at];
    return word === undefined || word.quoted ? '' : word.text;
  }

  stuck(): void {
    this.#isStuck = true;
  }

  next(): string {
    const word = this.#words[this.#at++];
    if (word === undefined) this.stuck();
    return word?.text ?? '';
  }

  skip(): void {
    this.#at = this.#words.length;
  }

  from(at: number): string {
    return this.#words
      .slice(at)
      .map(({ text, quoted }) => (quoted ? `"${text}"` : text))
      .join(' ');
  }

  /** All of them, or none. */
  take(...texts: readonly string[]): boolean {
    const fits = texts.every((text, at) => {
      const word = this.#words[this.#at + at];
      return word?.quoted === false && word.text === text;
    });
    if (fits) this.#at += texts.length;
    return fits;
  }

  operator(): string | null {
    return OPERATORS.includes(this.peek) ? this.next() : null;
  }

  /** Fields, put together or reckoned with. Null: here stands none. */
  expression(): Json | null {
    const first = this.#field();
    if (first === null) return null;
    const parts = [first];
    while (this.take('.')) {
      const part = this.#field();
      if (part === null) this.stuck();
      else parts.push(part);
    }
    let whole: Json = parts.length === 1 ? first : { concat: parts };
    for (let depth = 0; /^(?:&|\||\^|<<|>>)$/.test(this.peek); depth++) {
      if (depth > DEEPEST) this.stuck();
      if (this.isStuck) break;
      whole = { [this.next()]: [whole, this.value()] };
    }
    return whole;
  }

  #field(): Json | null {
    const word = this.peek;
    if (META.test(word)) return { meta: { key: this.next() } };
    if (/^@(?:ll|nh|th|ih),\d+,\d+$/.test(word)) {
      const [base = '', offset, len] = this.next().slice(1).split(',');
      return { payload: { base, offset: Number(offset), len: Number(len) } };
    }
    if (this.take('tcp', 'option')) {
      const name = this.next();
      return /^[a-z]\w*$/.test(this.peek) && !['set', 'missing', 'exists'].includes(this.peek)
        ? { 'tcp option': { name, field: this.next() } }
        : { 'tcp option': { name } };
    }
    switch (word) {
      case 'meta':
      case 'rt':
      case 'socket':
        return { [this.next()]: { key: this.next() } };
      case 'ct':
        return this.#tracked();
      case 'fib':
        return this.#fib();
      case 'numgen':
        return this.#numgen();
    }
    if (!PROTOCOLS.test(word)) return null;
    const protocol = this.next();
    const field = this.next();
    // `arp daddr ip`.
    const more = protocol === 'arp' && /^[sd]addr$/.test(field) ? ` ${this.next()}` : '';
    return { payload: { protocol, field: `${field}${more}` } };
  }

  #tracked(): Json {
    this.next();
    const dir = this.peek === 'original' || this.peek === 'reply' ? { dir: this.next() } : {};
    const key = this.next();
    return { ct: { key: key === 'ip' || key === 'ip6' ? `${key} ${this.next()}` : key, ...dir } };
  }

  #fib(): Json {
    this.next();
    const flags = [this.next()];
    while (this.take('.')) flags.push(this.next());
    return { fib: { result: this.next(), flags } };
  }

  #numgen(): Json {
    this.next();
    const mode = this.next();
    if (!this.take('mod')) this.stuck();
    const mod = Number(this.next());
    return { numgen: { mode, mod, offset: this.take('offset') ? Number(this.next()) : 0 } };
  }

  /** What a field is compared with, or looked up in. */
  value(depth = 0): Json {
    if (depth > DEEPEST) this.stuck();
    if (this.isStuck || this.isOver) {
      this.stuck();
      return null;
    }
    if (this.peek === '{') return { set: this.set(depth) ?? [] };
    const parts = [this.scalar()];
    while (this.take('.')) parts.push(this.scalar());
    const [first = null] = parts;
    if (parts.length > 1) return { concat: parts };
    if (this.peek !== '|') return first;
    // `fin | syn`: bits.
    const bits: Json[] = [first];
    while (this.take('|')) bits.push(this.scalar());
    return bits;
  }

  scalar(): Json {
    const word = this.#words[this.#at++];
    if (word === undefined || (!word.quoted && /^[{}.:,]$/.test(word.text))) {
      this.stuck();
      return null;
    }
    const { quoted } = word;
    if (quoted) return word.text;
    const text = word.text.replace(/^\(|\)$/g, '');
    const [, from, to] = /^"([^"]*)"-"([^"]*)"$/.exec(text) ?? [];
    if (from !== undefined && to !== undefined) return { range: [from, to] };
    const items = text.split(',').filter((item) => item !== '');
    return items.length > 1 ? items.map(scalarOf) : scalarOf(text);
  }

  /** From its first bracket to its last. Null: there is none. */
  set(depth = 0): Json[] | null {
    if (!this.take('{')) return null;
    const elements: Json[] = [];
    while (!this.take('}')) {
      if (this.isOver) this.stuck();
      const key = this.value(depth + 1);
      if (this.isStuck) return elements;
      // A timeout, a counter, a comment of its own.
      while (!this.isOver && ![',', ':', '}'].includes(this.peek)) this.next();
      elements.push(this.take(':') ? [key, this.#mapped(depth)] : key);
      while (!this.isOver && ![',', '}'].includes(this.peek)) this.next();
      this.take(',');
    }
    return elements;
  }

  #mapped(depth: number): Json {
    if (VERDICTS.includes(this.peek)) return { [this.next()]: null };
    if (this.peek === 'jump' || this.peek === 'goto') return { [this.next()]: { target: this.next() } };
    return this.value(depth + 1);
  }
}

function scalarOf(text: string): Json {
  if (NUMBER.test(text)) return Number(text);
  const [, from, to] = RANGE.exec(text) ?? [];
  if (from !== undefined && to !== undefined) return { range: [scalarOf(from), scalarOf(to)] };
  const [, addr, length] = PREFIX.exec(text) ?? [];
  return addr === undefined ? text : { prefix: { addr, len: Number(length) } };
}

/** A comma at a word's end parts elements; within one, bits. */
function wordsOf(line: string): Word[] {
  return [...line.matchAll(/"[^"]*"-"[^"]*"|"([^"]*)"|([^\s"]+)/g)].flatMap(
    ([whole, quoted, bare]): Word[] => {
      if (quoted !== undefined) return [{ text: quoted, quoted: true }];
      const text = bare ?? whole;
      return text.length > 1 && text.endsWith(',')
        ? [text.slice(0, -1), ','].map((one) => ({ text: one, quoted: false }))
        : [{ text, quoted: false }];
    },
  );
}
