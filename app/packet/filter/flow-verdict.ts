// What a filter says of a flow, of which no packet is at hand: by addresses, ports and protocol, which all of its packets have. Whatever else
// a filter asks for, some packet of it may have; and further addresses and ports, where it was in a tunnel or quotes others' packets.
import type { Condition, Constant, Value } from './condition.ts';
import { eachValue, evaluate, fieldsOf } from './evaluate.ts';
import { parseNetwork } from './literal.ts';
import { type Leaf, Verdict } from './verdict.ts';

export interface FilteredFlow {
  /** Some of its packets have other addresses or ports than these. */
  readonly isTranslated: boolean;
  /** Some of them are in a tunnel, with its addresses besides; over UDP, perhaps. */
  readonly isCarried: boolean;
  /** Some of them may hold the headers of packets that they are about. */
  readonly mayQuote: boolean;
  /** `TCP`, `UDP`, `SCTP`, `ICMP`, `ICMPv6`, … */
  readonly protocol: string;
  readonly source: { readonly address: string; readonly port: number | null };
  readonly destination: { readonly address: string; readonly port: number | null };
}

const PORTS = ['tcp', 'udp', 'sctp'] as const;
const PROTOCOLS = [...PORTS, 'icmp', 'icmpv6'] as const;
const protocols: ReadonlySet<string> = new Set(PROTOCOLS);

/** A value of Verdict: whether none of its packets passes, some may, or all do. */
export function flowVerdict(condition: Condition, flow: FilteredFlow): number {
  return verdict(condition, fieldsOfFlow(flow));
}

interface Known {
  /** Of a field that all packets have alike; empty where they have none. */
  readonly values: ReadonlyMap<string, readonly Constant[]>;
  /** Fields of which some packets may have further values. */
  readonly open: ReadonlySet<string>;
}

function verdict(condition: Condition, known: Known): number {
  switch (condition.kind) {
    case 'and':
      return Math.min(verdict(condition.left, known), verdict(condition.right, known));
    case 'or':
      return Math.max(verdict(condition.left, known), verdict(condition.right, known));
    case 'xor': {
      const [left, right] = [verdict(condition.left, known), verdict(condition.right, known)];
      if (left === Verdict.unknown || right === Verdict.unknown) return Verdict.unknown;
      return left === right ? Verdict.no : Verdict.yes;
    }
    case 'not':
      return Verdict.yes - verdict(condition.of, known);
    case 'exists':
    case 'compare':
    case 'matches':
    case 'in':
      return ofTest(condition, known);
  }
}

function ofTest(condition: Leaf, { values, open }: Known): number {
  const names = [...fieldsOf(condition)].map(({ name }) => name);
  if (names.some((name) => !values.has(name))) return Verdict.unknown;
  const hasValues = (name: string): boolean => (values.get(name) ?? []).length > 0;
  // That a protocol is there is known; its bytes are not.
  const asksExistence = condition.kind === 'exists' && condition.of.kind === 'field';
  if (!asksExistence && names.some((name) => protocols.has(name) && hasValues(name))) return Verdict.unknown;
  const holds = evaluate(condition, {
    values: ({ name }: { readonly name: string }) => values.get(name) ?? [],
    headerLengths: () => [],
  });
  const opened = names.filter((name) => open.has(name));
  if (opened.length === 0) return holds ? Verdict.yes : Verdict.no;
  if (isCounted(condition)) return Verdict.unknown;
  // One value that passes is enough, however many more there are; one that does not spoils what every value is to pass.
  const wantsEvery = 'every' in condition && condition.every;
  if (holds) return wantsEvery ? Verdict.unknown : Verdict.yes;
  return wantsEvery && opened.every(hasValues) ? Verdict.no : Verdict.unknown;
}

function isCounted(condition: Leaf): boolean {
  let found = false;
  const visit = (value: Value): void => {
    if (value.kind === 'call' && value.name === 'count') found = true;
    if (value.kind !== 'constant' && value.kind !== 'field') visit(value.of);
  };
  eachValue(condition, visit);
  return found;
}

function fieldsOfFlow(flow: FilteredFlow): Known {
  const { protocol, source, destination, isTranslated } = flow;
  const known = new Map<string, readonly Constant[]>();
  const bytesOf = ({ address }: FilteredFlow['source'], is6: boolean): readonly Constant[] => {
    const parsed = address.includes(':') === is6 ? parseNetwork(address) : null;
    return parsed === null ? [] : [parsed.bytes];
  };
  for (const [name, is6] of [
    ['ip', false],
    ['ipv6', true],
  ] as const) {
    const [from, to] = [bytesOf(source, is6), bytesOf(destination, is6)];
    known
      .set(`${name}.src`, from)
      .set(`${name}.dst`, to)
      .set(`${name}.addr`, [...from, ...to]);
  }
  for (const name of PROTOCOLS) {
    const isIt = protocol.toLowerCase() === name;
    known.set(name, isIt ? [''] : []);
  }
  if (isTranslated) for (const name of known.keys()) if (name.includes('.')) known.delete(name);
  for (const name of isTranslated ? [] : PORTS) {
    const isIt = protocol.toLowerCase() === name;
    const [from, to] = [source, destination].map(({ port }) => (isIt && port !== null ? [port] : []));
    known
      .set(`${name}.srcport`, from ?? [])
      .set(`${name}.dstport`, to ?? [])
      .set(`${name}.port`, [...(from ?? []), ...(to ?? [])]);
  }
  // Fragments beyond the first say which protocol they are of, and hold nothing of it.
  if (source.port === 0 && destination.port === 0)
    for (const name of known.keys()) if (name.split('.')[0] === protocol.toLowerCase()) known.delete(name);
  return { values: known, open: new Set([...known.keys()].filter((name) => isOpen(name, flow))) };
}

/** What carries a packet is IP, or UDP over it; what is quoted may be anything. */
function isOpen(field: string, { isCarried, mayQuote }: FilteredFlow): boolean {
  const [protocol = field] = field.split('.');
  const isIp = protocol === 'ip' || protocol === 'ipv6';
  return mayQuote || (isCarried && (isIp || protocol === 'udp'));
}
