// One rule as nft prints it, as the statements of its JSON. What is not understood stays as its words, of which nobody claims to know what they do.
import { NftWords, type Json } from './nft-text-words.ts';

interface TextRule {
  readonly expr: readonly Json[];
  readonly comment?: string;
  readonly handle?: number;
}

export function nftTextRule(line: string, family: string): TextRule {
  const words = new NftWords(line);
  const expr: Json[] = [];
  let comment: string | undefined;
  let handle: number | undefined;
  while (!words.isOver) {
    const from = words.at;
    if (words.take('comment')) comment = words.next();
    else if (words.take('#', 'handle')) handle = Number(words.next());
    else {
      const statement = statementOf(words, family);
      if (statement === null || words.isStuck) {
        expr.push({ [words.from(from)]: null });
        break;
      }
      expr.push(statement);
    }
  }
  return { expr, ...(comment === undefined ? {} : { comment }), ...(handle === undefined ? {} : { handle }) };
}

/** What stands within the curly brackets of a set. */
export function nftTextElements(text: string): readonly Json[] {
  return new NftWords(text).set() ?? [];
}

const VERDICTS = ['accept', 'drop', 'return', 'continue', 'notrack'];

/** Null: not understood. */
function statementOf(words: NftWords, family: string): Json | null {
  const { peek } = words;
  if (VERDICTS.includes(peek)) return { [words.next()]: null };
  switch (peek) {
    case 'jump':
    case 'goto':
      return { [words.next()]: { target: words.next() } };
    case 'counter':
      return counterOf(words);
    case 'reject':
      return rejectOf(words, family);
    case 'log':
      return logOf(words);
    case 'limit':
      return limitOf(words);
    case 'quota':
      return quotaOf(words);
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return natOf(words);
    case 'dup':
      return dupOf(words);
    case 'add':
    case 'update':
    case 'delete':
      return rememberedOf(words, family);
    case 'flow':
      return words.take('flow', 'add') ? { flow: { op: 'add', flowtable: words.next() } } : null;
    case 'xt':
      words.next();
      return { xt: { type: words.next(), name: words.next() } };
  }
  // These decide by what is not in a packet: that they are there is enough.
  if (/^(?:queue|tproxy|fwd|synproxy)$/.test(peek)) {
    const name = words.next();
    words.skip();
    return { [name]: null };
  }
  if (words.take('ct', 'count')) {
    const inv = words.take('over') ? { inv: true } : {};
    return { 'ct count': { val: Number(words.next()), ...inv } };
  }
  return aboutField(words);
}

/** `EXPRESSION [OPERATOR] VALUE`, `… set VALUE`, `… vmap MAP`. */
function aboutField(words: NftWords): Json | null {
  const key = words.expression();
  if (key === null) return null;
  if (words.take('vmap')) return { vmap: { key, data: words.value() } };
  if (words.take('set')) return { mangle: { key, value: words.expression() ?? words.value() } };
  if (words.take('missing')) return { match: { op: '==', left: key, right: false } };
  if (words.take('exists')) return { match: { op: '==', left: key, right: true } };
  const op = words.operator();
  const right = words.value();
  // `tcp flags syn / fin,syn,rst,ack`: of these, that one alone.
  if (words.take('/')) return { match: { op: op ?? '==', left: { '&': [key, words.value()] }, right } };
  return { match: { op: op ?? (isAnyOf(key, right) ? 'in' : '=='), left: key, right } };
}

/** Fields of bits: one that is named has to be among those that are set. */
function isAnyOf(key: Json, right: Json): boolean {
  if (Array.isArray(right)) return true;
  if (typeof right !== 'string' || right.startsWith('@')) return false;
  return /^\{"(?:ct":\{"key":"(?:state|status|label)"|payload":\{"protocol":"tcp","field":"flags")/.test(
    JSON.stringify(key),
  );
}

function counterOf(words: NftWords): Json {
  words.next();
  if (words.take('name')) return { counter: words.next() };
  if (!words.take('packets')) return { counter: null };
  const packets = Number(words.next());
  words.take('bytes');
  return { counter: { packets, bytes: Number(words.next()) } };
}

function rejectOf(words: NftWords, family: string): Json {
  words.next();
  const usual = family === 'ip' ? 'icmp' : family === 'ip6' ? 'icmpv6' : 'icmpx';
  if (!words.take('with')) return { reject: { type: usual, expr: 'port-unreachable' } };
  if (words.take('tcp', 'reset')) return { reject: { type: 'tcp reset' } };
  const type = words.next();
  words.take('type');
  return { reject: { type, expr: words.next() } };
}

/** `dup to 10.0.0.1 device "eth0"`, after which the rule goes on. */
function dupOf(words: NftWords): Json | null {
  if (!words.take('dup', 'to') || words.expression() !== null) return null;
  const addr = words.scalar();
  return { dup: { addr, ...(words.take('device') ? { dev: words.scalar() } : {}) } };
}

const OF_LOGS = ['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags'];

function logOf(words: NftWords): Json {
  words.next();
  const said: Record<string, Json> = {};
  while (OF_LOGS.includes(words.peek)) {
    const name = words.next();
    said[name] = words.scalar();
    // `flags tcp sequence,options`, `flags ip options`.
    if (name === 'flags' && /^(?:sequence|options)/.test(words.peek)) words.next();
  }
  return { log: said };
}

/** `limit rate over 5/minute burst 5 packets`, `limit rate 10 mbytes/second`. */
function limitOf(words: NftWords): Json | null {
  if (!words.take('limit', 'rate')) return null;
  const inv = words.take('over') ? { inv: true } : {};
  const [rate = '', unit] = words.next().split('/');
  const per = unit ?? words.next().split('/').at(-1) ?? '';
  let burst = 5;
  if (words.take('burst')) {
    burst = Number(words.next());
    words.next();
  }
  return { limit: { rate: Number(rate), burst, per, ...inv } };
}

function quotaOf(words: NftWords): Json {
  words.next();
  const inv = words.take('over') ? { inv: true } : {};
  const quota = { val: Number(words.next()), val_unit: words.next(), ...inv };
  if (words.take('used')) {
    words.next();
    words.next();
  }
  return { quota };
}

function natOf(words: NftWords): Json {
  const name = words.next();
  const said: Record<string, Json> = {};
  if (words.peek === 'ip' || words.peek === 'ip6') said['family'] = words.next();
  if (words.take('to')) {
    const to = words.expression();
    if (to === null) {
      const target = targetOf(words.next());
      if (Object.keys(target).length === 0) words.stuck();
      Object.assign(said, target);
    } else if (words.take('map')) said['addr'] = { map: { key: to, data: words.value() } };
    else words.stuck();
  } else if (!/^(?:masquerade|redirect)$/.test(name)) {
    // `ip prefix to`, `ip addr . port to`: another kind of target.
    words.stuck();
  }
  if (/^(?:(?:fully-)?random|persistent)(?:,|$)/.test(words.peek)) {
    const flags = words.next().split(',');
    said['flags'] = flags.length === 1 ? (flags[0] ?? '') : flags;
  }
  return { [name]: Object.keys(said).length === 0 ? null : said };
}

/** `10.244.2.2:8080`, `[fd00::1]:8080`, `:8080`, `10.1.1.1-10.1.1.5:80-90`, an address alone. */
function targetOf(text: string): Record<string, Json> {
  const [, inside, four, alone, port] =
    /^(?:\[([0-9a-f:.-]+)\]|([\d.-]+)|([0-9a-f.-]*:[0-9a-f:.-]+))?(?::([\d-]+))?$/.exec(text) ?? [];
  const address = inside ?? four ?? alone;
  const only = /^:([\d-]+)$/.exec(text)?.[1];
  const span = (value: string, of: (one: string) => Json): Json => {
    const [from = '', to] = value.split('-');
    return to === undefined ? of(from) : { range: [of(from), of(to)] };
  };
  return {
    ...(only !== undefined || address === undefined ? {} : { addr: span(address, String) }),
    ...((only ?? port) === undefined ? {} : { port: span(only ?? port ?? '', Number) }),
  };
}

/** `update @set { ip saddr timeout 30m limit rate 5/second }`, of a map with `: value`. */
function rememberedOf(words: NftWords, family: string): Json | null {
  const op = words.next();
  const set = words.next();
  if (!words.take('{')) return null;
  const elem = words.expression();
  if (elem === null) return null;
  const stmt: Json[] = [];
  let data: Json | undefined;
  while (!words.take('}')) {
    if (OF_ELEMENTS.includes(words.peek)) {
      words.next();
      words.next();
    } else if (words.take(':')) data = words.expression() ?? words.value();
    else {
      // Each element's own bounds: whether the rule goes on is theirs.
      const statement = ASKED_OF_ELEMENTS.test(words.peek) ? statementOf(words, family) : null;
      if (statement === null || words.isStuck) return null;
      stmt.push(statement);
    }
  }
  const own = { op, elem, ...(stmt.length === 0 ? {} : { stmt }) };
  return data === undefined ? { set: { ...own, set } } : { map: { ...own, data, map: set } };
}

const OF_ELEMENTS = ['timeout', 'expires', 'comment'];
const ASKED_OF_ELEMENTS = /^(?:counter|limit|quota|ct)$/;
