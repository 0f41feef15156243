// What a filter says of a flow, of which no packet is at hand: by addresses, ports and protocol, which all of its packets have. Whatever else
// a filter asks for, some packet of it may have.
import type { Condition, Constant } from './condition.ts';
import { evaluate, fieldsOf } from './evaluate.ts';
import { parseNetwork } from './literal.ts';
import { Verdict } from './verdict.ts';

export interface FilteredFlow {
  /** Some of its packets have other addresses or ports than these. */
  readonly isTranslated: boolean;
  /** `TCP`, `UDP`, `SCTP`, `ICMP`, `ICMPv6`, … */
  readonly protocol: string;
  readonly source: { readonly address: string; readonly port: number | null };
  readonly destination: { readonly address: string; readonly port: number | null };
}

const PORTS = ['tcp', 'udp', 'sctp'] as const;
const PROTOCOLS = [...PORTS, 'icmp', 'icmpv6'] as const;

/** A value of Verdict: whether none of its packets passes, some may, or all do. */
export function flowVerdict(condition: Condition, flow: FilteredFlow): number {
  return verdict(condition, fieldsOfFlow(flow));
}

type Known = ReadonlyMap<string, readonly Constant[]>;

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
    case 'in': {
      for (const { name } of fieldsOf(condition)) if (!known.has(name)) return Verdict.unknown;
      const packet = {
        values: ({ name }: { readonly name: string }) => known.get(name) ?? [],
        headerLengths: () => [],
      };
      return evaluate(condition, packet) ? Verdict.yes : Verdict.no;
    }
  }
}

/** Every field that all packets of a flow have alike; empty where they have none. */
function fieldsOfFlow({ protocol, source, destination, isTranslated }: FilteredFlow): Known {
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
  return known;
}
