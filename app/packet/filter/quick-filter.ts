// The filter box's first language: addresses, networks and ports; several must all hold.
//   192.168.2.3   192.168.2.0/24   8080   :8080   192.168.2.3:8080   [fd00::3]:8080   tcp
import ipaddr from 'ipaddr.js';
import { fail, ok, type Result } from '../../result.ts';

/** Each takes a bit of a mask an address. */
const MAX_TERMS = 16;

export type FilterTerm =
  | {
      /** At one of the packet's ends, an address of the network, and there the port. */
      readonly kind: 'end';
      /** Null: any address. */
      readonly network: Network | null;
      readonly port: number | null;
    }
  | { readonly kind: 'protocol'; readonly protocols: readonly number[] }
  | { readonly kind: 'arp' };

export interface Network {
  /** Four or sixteen. */
  readonly bytes: readonly number[];
  readonly prefixLength: number;
}

export interface QuickFilter {
  readonly terms: readonly FilterTerm[];
}

const WORDS: ReadonlyMap<string, FilterTerm> = new Map([
  ['tcp', { kind: 'protocol', protocols: [6] }],
  ['udp', { kind: 'protocol', protocols: [17] }],
  ['icmp', { kind: 'protocol', protocols: [1, 58] }],
  ['arp', { kind: 'arp' }],
]);

/** An empty text is a filter without terms: all packets pass. The failure is a sentence. */
export function parseQuickFilter(text: string): Result<QuickFilter, string> {
  const words = text.split(/[\s,]+/u).filter((word) => word !== '');
  if (words.length > MAX_TERMS) return fail(`A filter has at most ${MAX_TERMS} parts.`);
  const terms: FilterTerm[] = [];
  for (const word of words) {
    const term = parseTerm(word);
    if (!term.ok) return term;
    terms.push(term.value);
  }
  return ok({ terms });
}

function parseTerm(word: string): Result<FilterTerm, string> {
  const known = WORDS.get(word.toLowerCase());
  if (known !== undefined) return ok(known);
  const port = /^:?(\d{1,9})$/u.exec(word)?.[1];
  if (port !== undefined) return withPort(null, port, word);
  const network = parseNetwork(word);
  if (network !== null) return ok({ kind: 'end', network, port: null });
  const bracketed =
    /^\[([^\]]*)\](?::(\d{1,9}))?$/u.exec(word) ?? /^([\d.]+(?:\/\d+)?):(\d{1,9})$/u.exec(word);
  const inner = parseNetwork(bracketed?.[1] ?? '');
  if (bracketed !== null && inner !== null) {
    const given = bracketed[2];
    return given === undefined
      ? ok({ kind: 'end', network: inner, port: null })
      : withPort(inner, given, word);
  }
  return fail(
    `“${word}” is no address, network or port. Write for example 192.168.2.3, 192.168.2.0/24, :8080 or 192.168.2.3:8080.`,
  );
}

function withPort(network: Network | null, digits: string, word: string): Result<FilterTerm, string> {
  const port = Number(digits);
  if (port > 0xffff) return fail(`“${word}” is no port: ports go up to 65535.`);
  return ok({ kind: 'end', network, port });
}

function parseNetwork(word: string): Network | null {
  const [address = '', prefix, ...rest] = word.split('/');
  if (rest.length > 0) return null;
  const four = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!four && (!address.includes(':') || address.includes('%') || !ipaddr.IPv6.isValid(address)))
    return null;
  const bytes = (four ? ipaddr.IPv4.parse(address) : ipaddr.IPv6.parse(address)).toByteArray();
  const bits = bytes.length * 8;
  if (prefix === undefined) return { bytes, prefixLength: bits };
  if (!/^\d{1,3}$/u.test(prefix) || Number(prefix) > bits) return null;
  return { bytes, prefixLength: Number(prefix) };
}
