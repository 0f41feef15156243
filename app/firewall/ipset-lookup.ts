// Membership in IP sets (ipset(8); net/netfilter/ipset/ip_set_hash_*.c), from what `ipset save` prints of their members. Of a set of
// nets the narrowest that holds an address decides, and `nomatch` makes it an exception.
import type { IpSet } from '../probe/firewall-facts.ts';
import { ipProtocolOf } from '../probe/rule-words.ts';
import { inPrefix, maskOf, parseAddress, parsePrefix, type Address, type Prefix } from '../route/address.ts';
import type { FilterPacket } from './filter-packet.ts';
import { Unknown } from './filter-value.ts';
import { ICMP_TYPES, ICMPV6_TYPES } from './nft-names.ts';
import { addressScalar, hasPorts, ICMPV6 } from './packet-view.ts';

export interface IpsetLookup {
  /** @param parts src or dst for each part of a member. */
  has(packet: FilterPacket, parts: readonly string[]): boolean | Unknown;
}

type PartTest = (packet: FilterPacket, end: string) => boolean;

interface Member {
  /** The prefix that its first part is. */
  readonly first: Prefix | null;
  readonly tests: readonly PartTest[];
  /** Bits of its nets. */
  readonly narrow: number;
  readonly exception: boolean;
}

export function ipsetLookups(sets: readonly IpSet[]): ReadonlyMap<string, IpsetLookup> {
  const lookups = new Map<string, IpsetLookup>();
  for (const set of sets)
    lookups.set(set.name, set.type === 'list:set' ? listOfSets(set, lookups) : lazily(() => lookupOf(set)));
  return lookups;
}

/** Most sets nobody asks. */
function lazily(make: () => IpsetLookup): IpsetLookup {
  let made: IpsetLookup | null = null;
  return { has: (packet, parts) => (made ??= make()).has(packet, parts) };
}

function listOfSets(set: IpSet, lookups: ReadonlyMap<string, IpsetLookup>): IpsetLookup {
  const names = set.members.map((member) => member.split(' ')[0] ?? '');
  return {
    has(packet, parts) {
      let unknown: Unknown | null = readInPart(set) ? partly(set) : null;
      for (const name of names) {
        // A list holds no lists.
        const found = name === set.name ? undefined : lookups.get(name);
        const has =
          found === undefined ? new Unknown(`the set ${name} was not read`) : found.has(packet, parts);
        if (has === true) return true;
        if (has instanceof Unknown) unknown = has;
      }
      return unknown ?? false;
    },
  };
}

function lookupOf(set: IpSet): IpsetLookup {
  const kinds = set.type.split(':')[1]?.split(',') ?? [];
  const bits = netmaskOf(set);
  if (bits === 'odd') return { has: () => new Unknown(`the mask of set ${set.name} is not understood`) };
  const byAddress = new MembersByAddress();
  let odd = 0;
  for (const text of set.members) {
    const member = memberOf(text, kinds, bits);
    if (member === null) odd += 1;
    else byAddress.add(member);
  }
  return {
    has(packet, parts) {
      let found: Member | null = null;
      for (const member of byAddress.near(parts[0] === 'src' ? packet.src : packet.dst)) {
        const isNarrower = found === null || member.narrow > found.narrow;
        if (isNarrower && member.tests.every((asked, at) => asked(packet, parts[at] ?? 'dst')))
          found = member;
      }
      if (odd > 0 && found?.exception !== false)
        return new Unknown(`members of set ${set.name} are not understood`);
      // One that was not read may be it, or be narrower than an exception.
      if (readInPart(set) && found?.exception !== false) return partly(set);
      return found !== null && !found.exception;
    },
  };
}

/** By the prefix that their first part is: sets have tens of thousands of members. */
class MembersByAddress {
  readonly #byLength = new Map<number, Map<string, Member[]>>();
  /** Whose first part is none. */
  readonly #others: Member[] = [];

  add(member: Member): void {
    const { first } = member;
    if (first === null) {
      this.#others.push(member);
      return;
    }
    const byKey = this.#byLength.get(first.length) ?? new Map<string, Member[]>();
    this.#byLength.set(first.length, byKey);
    const key = masked(first, first.length);
    const alike = byKey.get(key);
    if (alike === undefined) byKey.set(key, [member]);
    else alike.push(member);
  }

  *near(address: Address): Generator<Member> {
    yield* this.#others;
    for (const [length, byKey] of this.#byLength) yield* byKey.get(masked(address, length)) ?? [];
  }
}

function masked({ words }: Address, length: number): string {
  if (words.length === 1) return String((words[0] ?? 0) & maskOf(length));
  return Array.from(words, (word, at) => word & maskOf(length - at * 32)).join(' ');
}

function readInPart({ size, members }: IpSet): boolean {
  return size === null || size > members.length;
}

function partly({ name, members }: IpSet): Unknown {
  return new Unknown(`only ${members.length} members of set ${name} were read`);
}

/** Of a set whose addresses are nets of one length (`netmask 24`); null: of single ones. */
function netmaskOf({ netmask }: IpSet): number | null | 'odd' {
  if (netmask === undefined) return null;
  return /^\d{1,3}$/.test(netmask) ? Number(netmask) : 'odd';
}

/** Null: not understood. @param bits of the net that each address stands for, where it stands for one. */
function memberOf(text: string, kinds: readonly string[], bits: number | null): Member | null {
  const [key = '', ...options] = text.split(' ');
  const words = key.split(',');
  if (words.length !== kinds.length) return null;
  const wordAt = (at: number): string => {
    const word = words[at] ?? '';
    return bits !== null && kinds[at] === 'ip' && !/[-/]/.test(word) ? `${word}/${String(bits)}` : word;
  };
  let narrow = 0;
  const tests: PartTest[] = [];
  for (const [at, kind] of kinds.entries()) {
    const word = wordAt(at);
    const part = partOf(kind, word);
    if (part === null) return null;
    tests.push(part);
    if (kind === 'net') narrow += parsePrefix(word)?.length ?? 0;
  }
  const isAddress = kinds[0] === 'ip' || kinds[0] === 'net';
  const first = isAddress ? parsePrefix(wordAt(0)) : null;
  return { first, tests, narrow, exception: options.includes('nomatch') };
}

function partOf(kind: string, word: string): PartTest | null {
  switch (kind) {
    case 'ip':
    case 'net': {
      const prefix = parsePrefix(word);
      return prefix === null ? rangeOf(word) : ofPrefix(prefix);
    }
    case 'port':
      return portOf(word);
    case 'iface': {
      const physical = word.startsWith('physdev:');
      const name = physical ? word.slice('physdev:'.length) : word;
      if (physical) return ({ physIn, physOut }, end) => (end === 'src' ? physIn : physOut) === name;
      return ({ iif, oif }, end) => (end === 'src' ? iif : oif) === name;
    }
    case 'mark': {
      const mark = Number(word);
      return Number.isInteger(mark) ? (packet) => packet.mark === mark : null;
    }
    default:
      return null;
  }
}

function ofPrefix(prefix: Prefix): PartTest {
  return ({ src, dst }, end) => inPrefix(end === 'src' ? src : dst, prefix);
}

function rangeOf(word: string): PartTest | null {
  const [low, high] = word.split('-').map(parseAddress);
  if (low === null || low === undefined || high?.family !== low.family) return null;
  const [lo, hi] = [addressScalar(low), addressScalar(high)];
  return ({ src, dst }, end) => {
    const address = end === 'src' ? src : dst;
    const scalar = addressScalar(address);
    return address.family === low.family && scalar >= lo && scalar <= hi;
  };
}

/** `tcp:80`, `icmp:8/0`, `udp:0`; of bitmap:port the number alone. */
function portOf(word: string): PartTest | null {
  const [first = '', second] = word.split(':');
  const protocol = second === undefined ? null : ipProtocolOf(first);
  if (second !== undefined && protocol === null) return null;
  const port = second ?? first;
  if (/^\d{1,5}$/.test(port)) {
    const number = Number(port);
    return (packet, end) =>
      (protocol === null || packet.protocol === protocol) &&
      (hasPorts(packet.protocol) ? (end === 'src' ? packet.sport : packet.dport) === number : number === 0);
  }
  const [type, code] = icmpOf(port, protocol === ICMPV6 ? ICMPV6_TYPES : { ...ICMP_TYPES, ping: 8, pong: 0 });
  return type === null
    ? null
    : ({ protocol: own, icmp }) => own === protocol && icmp?.type === type && icmp.code === code;
}

function icmpOf(text: string, names: Readonly<Record<string, number>>): readonly [number | null, number] {
  const numbers = /^(\d{1,3})\/(\d{1,3})$/.exec(text);
  if (numbers !== null) return [Number(numbers[1]), Number(numbers[2])];
  return [names[text] ?? null, 0];
}
