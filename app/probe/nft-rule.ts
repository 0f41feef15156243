// One rule of nftables' JSON (libnftables-json(5)) in our words and as nft would print it.
import type { NftRule } from './firewall-facts.ts';
import { nftExpression, nftItems } from './nft-expression.ts';
import type { MapEntry, RuleMatch, RuleSpec, Verdict } from './rule-spec.ts';

type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function nftRuleSpec(rule: NftRule): RuleSpec {
  const matches: RuleMatch[] = [];
  const besides: string[] = [];
  let verdict: Verdict | null = null;
  for (const statement of rule.expr) {
    const entry = isFields(statement) ? Object.entries(statement)[0] : undefined;
    if (entry === undefined) {
      matches.push({ kind: 'other', negated: false, text: JSON.stringify(statement) });
      continue;
    }
    const [name, value] = entry;
    if (name === 'match' && isFields(value)) matches.push(matchOf(value));
    else if (
      name === 'limit' ||
      name === 'quota' ||
      name === 'connlimit' ||
      name === 'ct count' ||
      name === 'xt'
    )
      matches.push({ kind: 'other', negated: false, text: statementText(name, value) });
    else if (name !== 'counter') {
      const said = verdictOf(name, value);
      if (said !== null && (verdict === null || said.kind !== 'other')) verdict = said;
      if (said?.kind === 'other' && besides.length < 20) besides.push(statementText(name, value));
    }
  }
  return {
    matches,
    verdict,
    options: besides.join(' '),
    comments: rule.comment === null ? [] : [rule.comment],
  };
}

export function nftRuleText(rule: NftRule): string {
  const words = rule.expr.map((statement) => {
    const entry = isFields(statement) ? Object.entries(statement)[0] : undefined;
    return entry === undefined ? JSON.stringify(statement) : statementText(...entry);
  });
  return words.filter((word) => word !== '').join(' ');
}

function statementText(name: string, value: unknown): string {
  if (name === 'match' && isFields(value)) return matchText(value);
  if (name === 'counter')
    return isFields(value) || value === null ? '' : `counter name ${nftExpression(value)}`;
  if (name === 'xt') return 'xt (a match or target of iptables, which nft does not show)';
  if (value === null) return name;
  if (name === 'vmap' && isFields(value))
    return `${nftExpression(value['key'])} vmap ${nftExpression(value['data'])}`;
  if (name === 'mangle' && isFields(value))
    return `${nftExpression(value['key'])} set ${inHex(nftExpression(value['value']))}`;
  if (name === 'limit' && isFields(value))
    return `limit rate ${value['inv'] === true ? 'over ' : ''}${nftExpression(value['rate'])}/${nftExpression(value['per'])}`;
  if (name === 'ct count' && isFields(value))
    return `ct count ${value['inv'] === true ? 'over ' : ''}${nftExpression(value['val'])}`;
  if (name === 'set' && isFields(value))
    return `${nftExpression(value['op'])} ${nftExpression(value['set'])} { ${nftExpression(value['elem'])} }`;
  if ((name === 'jump' || name === 'goto') && isFields(value))
    return `${name} ${nftExpression(value['target'])}`;
  if (/^([ds]nat|redirect|masquerade)$/.test(name) && isFields(value)) return `${name}${natText(value)}`;
  if (name === 'reject' && isFields(value)) return ['reject', ...rejectWith(value)].join(' ');
  if (isFields(value))
    return [name, ...Object.entries(value).map(([key, part]) => `${key} ${nftExpression(part)}`)].join(' ');
  return `${name} ${nftExpression(value)}`;
}

function natText(value: Fields): string {
  const { addr, port, flags } = value;
  const to = addr === undefined && port === undefined ? '' : ` to ${natTarget(value)}`;
  return `${to}${flags === undefined ? '' : ` ${nftItems(flags).join(',')}`}`;
}

function natTarget({ addr, port }: Fields): string {
  const address = addr === undefined ? '' : nftExpression(addr);
  if (port === undefined) return address;
  return `${address.includes(':') ? `[${address}]` : address}:${nftExpression(port)}`;
}

/** `icmp port-unreachable`, in words. */
export function rejectWith({ type, expr }: Fields): string[] {
  return [type, expr].filter((part) => part !== undefined).map(nftExpression);
}

function matchText({ op, left, right }: Fields): string {
  const sign = op === '==' || op === 'in' || op === undefined ? '' : ` ${nftExpression(op)}`;
  const what = nftExpression(left);
  // Bits are read in hexadecimal; nft's JSON has them as decimal numbers.
  // Whether there is a way back by that device.
  if (typeof right === 'boolean' && what.startsWith('fib '))
    return `${what} ${(op === '!=') === right ? 'missing' : 'exists'}`;
  const bits = /\bmark\b|^@/.test(what);
  return bits
    ? `${inHex(what)}${sign} ${inHex(nftExpression(right))}`
    : `${what}${sign} ${nftExpression(right)}`;
}

function inHex(text: string): string {
  // Not those of `@nh,0,8`.
  return text.startsWith('@')
    ? text
    : text.replaceAll(/\b\d{1,10}\b/g, (digits) => `0x${Number(digits).toString(16)}`);
}

function matchOf(match: Fields): RuleMatch {
  const { op, left, right } = match;
  const rest = { negated: op === '!=', text: matchText(match) };
  const items = nftItems(right);
  const what = nftExpression(left);
  if (op !== '==' && op !== '!=' && op !== 'in') return { kind: 'other', ...rest };
  // A set of its own: `@name`.
  const [only = ''] = items;
  if (items.length === 1 && only.startsWith('@'))
    return { kind: 'set', set: only.slice(1), parts: what.split(' . '), ...rest };
  const field = FIELDS[what];
  if (field !== undefined) return { ...field(items), ...rest };
  const masked = maskedMark(left, right);
  return masked === null ? { kind: 'other', ...rest } : { ...masked, ...rest };
}

type Kind = RuleMatch extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'negated' | 'text'>
    : never
  : never;

const wildcards = (items: readonly string[]): string[] => items.map((name) => name.replace(/\*$/, '+'));
const address =
  (end: 'src' | 'dst') =>
  (addresses: readonly string[]): Kind => ({ kind: 'address', end, addresses });
const port =
  (end: 'src' | 'dst') =>
  (ports: readonly string[]): Kind => ({ kind: 'port', end, ports });
const protocol = (protocols: readonly string[]): Kind => ({ kind: 'protocol', protocols });
const addrtype =
  (end: 'src' | 'dst') =>
  (types: readonly string[]): Kind => ({ kind: 'addrtype', end, types });

/** By the field as nft writes it. */
const FIELDS: Readonly<Record<string, (items: readonly string[]) => Kind>> = {
  iifname: (items) => ({ kind: 'interface', end: 'in', names: wildcards(items) }),
  iif: (items) => ({ kind: 'interface', end: 'in', names: items }),
  oifname: (items) => ({ kind: 'interface', end: 'out', names: wildcards(items) }),
  oif: (items) => ({ kind: 'interface', end: 'out', names: items }),
  'ip saddr': address('src'),
  'ip6 saddr': address('src'),
  'ip daddr': address('dst'),
  'ip6 daddr': address('dst'),
  'ip protocol': protocol,
  'ip6 nexthdr': protocol,
  'meta l4proto': protocol,
  ...Object.fromEntries(
    ['tcp', 'udp', 'sctp', 'dccp', 'th'].flatMap((name) => [
      [`${name} sport`, port('src')],
      [`${name} dport`, port('dst')],
    ]),
  ),
  'ct state': (states) => ({ kind: 'state', states }),
  'ct status': (states) => ({ kind: 'state', states }),
  'fib saddr type': addrtype('src'),
  'fib daddr type': addrtype('dst'),
  'meta mark': (items) => wholeMark('packet', items),
  'ct mark': (items) => wholeMark('connection', items),
};

function wholeMark(of: 'packet' | 'connection', [text = '', ...more]: readonly string[]): Kind {
  const value = numberOf(text);
  return value === null || more.length > 0
    ? { kind: 'other' }
    : { kind: 'mark', of, value, mask: 0xffffffff };
}

/** `meta mark & 0x4000 == 0x4000`. */
function maskedMark(left: unknown, right: unknown): Kind | null {
  const operands = isFields(left) ? left['&'] : undefined;
  if (!Array.isArray(operands)) return null;
  const of = { 'meta mark': 'packet', 'ct mark': 'connection' } as const;
  const what = nftExpression(operands[0]);
  const mask = numberOf(nftExpression(operands[1]));
  const value = numberOf(nftExpression(right));
  if (mask === null || value === null || (what !== 'meta mark' && what !== 'ct mark')) return null;
  return { kind: 'mark', of: of[what], value, mask };
}

function numberOf(text: string): number | null {
  return /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : null;
}

function verdictOf(name: string, value: unknown): Verdict | null {
  switch (name) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
    case 'masquerade':
      return { kind: name };
    case 'jump':
    case 'goto':
      return isFields(value)
        ? { kind: name, chain: nftExpression(value['target']) }
        : { kind: 'other', target: name };
    case 'reject':
      return { kind: name, with: isFields(value) ? rejectWith(value).join(' ') || null : null };
    case 'dnat':
    case 'snat':
    case 'redirect':
      return { kind: name, to: isFields(value) ? natTarget(value) : '' };
    case 'mangle':
      return mangleOf(value);
    case 'vmap':
      return isFields(value) ? mapOf(value) : { kind: 'other', target: name };
    default:
      return { kind: 'other', target: name };
  }
}

function mangleOf(value: unknown): Verdict {
  const other: Verdict = { kind: 'other', target: 'mangle' };
  if (!isFields(value)) return other;
  const what = nftExpression(value['key']);
  if (what !== 'meta mark' && what !== 'ct mark') return other;
  const of = what === 'meta mark' ? 'packet' : 'connection';
  const operation = isFields(value['value']) ? Object.entries(value['value'])[0] : undefined;
  const plain = numberOf(nftExpression(value['value']));
  if (plain !== null) return { kind: 'mark', of, value: plain, mask: 0xffffffff };
  const operands = operation?.[1];
  const bits =
    Array.isArray(operands) && nftExpression(operands[0]) === what
      ? numberOf(nftExpression(operands[1]))
      : null;
  if (operation === undefined || bits === null) return other;
  // New = (old & ~mask) ^ value.
  if (operation[0] === '|') return { kind: 'mark', of, value: bits, mask: bits };
  if (operation[0] === '^') return { kind: 'mark', of, value: bits, mask: 0 };
  return operation[0] === '&' ? { kind: 'mark', of, value: 0, mask: ~bits >>> 0 } : other;
}

function mapOf(value: Fields): Verdict {
  const key = nftExpression(value['key']);
  const { data } = value;
  if (typeof data === 'string') return { kind: 'map', key, map: data.replace(/^@/, ''), entries: [] };
  const elements = isFields(data) && Array.isArray(data['set']) ? data['set'] : [];
  return { kind: 'map', key, map: null, entries: nftMapEntries(elements) };
}

/** Elements of a verdict map, in the rule or of a set's own. */
export function nftMapEntries(elements: readonly unknown[]): MapEntry[] {
  return elements.flatMap((element): MapEntry[] => {
    if (!Array.isArray(element)) return [];
    const entry = isFields(element[1]) ? Object.entries(element[1])[0] : undefined;
    const verdict = entry === undefined ? null : verdictOf(...entry);
    return verdict === null ? [] : [{ key: nftExpression(element[0]), verdict }];
  });
}
