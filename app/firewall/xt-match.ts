// What a rule of iptables asks (iptables-extensions(8)), as tests of a packet. Kernel: net/netfilter/xt_*.c, net/ipv4/netfilter/ip_tables.c.
import type { RuleMatch } from '../probe/rule-spec.ts';
import { ipProtocolOf } from '../probe/rule-words.ts';
import { negate, Unknown } from './filter-value.ts';
import type { IpsetLookup } from './ipset-lookup.ts';
import { hasPorts, recordOf, stateOf } from './packet-view.ts';
import { test, unknownTest, type Step } from './rule-program.ts';
import { addressTestOf, portRange, type Test } from './xt-test.ts';
import { moduleStep } from './xt-modules.ts';

/** @param sets the namespace's, by name. */
export function xtMatchSteps(matches: readonly RuleMatch[], sets: ReadonlyMap<string, IpsetLookup>): Step[] {
  const limited = interfaceLimit(matches);
  return matches.flatMap((match): Step[] => {
    if (match === limited?.said) return [];
    if (match.kind === 'other') return [moduleStep(match)];
    const asked = testOf(match, sets, limited?.end ?? null);
    if (asked === null) return [unknownTest(`“${match.text}” is not understood`)];
    return [match.negated ? test((view) => negate(asked(view))) : test(asked)];
  });
}

/** `--limit-iface-in` stands beside the types that it narrows. */
function interfaceLimit(
  matches: readonly RuleMatch[],
): { readonly said: RuleMatch; readonly end: 'iif' | 'oif' } | null {
  for (const match of matches) {
    if (match.kind !== 'other' || match.module !== 'addrtype') continue;
    const [option, ...more] = match.options ?? [];
    if (more.length > 0) continue;
    if (option?.name === '--limit-iface-in') return { said: match, end: 'iif' };
    if (option?.name === '--limit-iface-out') return { said: match, end: 'oif' };
  }
  return null;
}

/** Null: not understood. */
function testOf(
  match: Exclude<RuleMatch, { kind: 'other' }>,
  sets: ReadonlyMap<string, IpsetLookup>,
  limit: 'iif' | 'oif' | null,
): Test | null {
  switch (match.kind) {
    case 'interface': {
      const asked = nameTest(match.names);
      return match.end === 'in'
        ? ({ packet }) => asked(packet.iif ?? '')
        : ({ packet }) => asked(packet.oif ?? '');
    }
    case 'physdev': {
      const asked = nameTest(match.names);
      const end = match.end === 'in' ? 'physIn' : 'physOut';
      return ({ packet }) => packet[end] !== null && asked(packet[end]);
    }
    case 'address':
      return addressTest(match.end, match.addresses);
    case 'protocol': {
      const numbers = match.protocols.map((name) => (name === 'all' ? -1 : ipProtocolOf(name)));
      if (numbers.includes(null)) return null;
      const [first] = numbers;
      if (numbers.includes(-1)) return () => true;
      return numbers.length === 1
        ? ({ packet }) => packet.protocol === first
        : ({ packet }) => numbers.includes(packet.protocol);
    }
    case 'port':
      return portTest(match.end, match.ports);
    case 'mark': {
      const { value, mask } = match;
      const asked = value >>> 0;
      if (match.of === 'packet') return ({ packet }) => (packet.mark & mask) >>> 0 === asked;
      return (view) => {
        const record = recordOf(view);
        // Without one the kernel says no even to `! --mark`.
        return record === null ? match.negated : (record.mark & mask) >>> 0 === asked;
      };
    }
    case 'state': {
      const { states } = match;
      return (view) => {
        const record = recordOf(view);
        return (
          states.includes(stateOf(view)) ||
          (record !== null &&
            ((record.dnat && states.includes('dnat')) || (record.snat && states.includes('snat'))))
        );
      };
    }
    case 'set': {
      const set = sets.get(match.set);
      const missing = new Unknown(`the set ${match.set} was not read`);
      return set === undefined ? () => missing : ({ packet }) => set.has(packet, match.parts);
    }
    case 'addrtype': {
      const { end, types } = match;
      return ({ packet, context }) => {
        const found = context.addressTypes(packet[end], limit === null ? null : packet[limit]);
        return found === 'unknown'
          ? new Unknown('not all routes around it were read')
          : found.some((type) => types.includes(type));
      };
    }
    case 'probability':
      return () => (match.probability === 0 ? false : match.probability === 1 ? true : match.probability);
    case 'nth':
      return () => (match.every === 1 ? true : 1 / match.every);
  }
}

/** `cali+` is every name that begins so. */
function nameTest(names: readonly string[]): (name: string) => boolean {
  const [only = ''] = names;
  if (names.length === 1) {
    if (!only.endsWith('+')) return (name) => name === only;
    const start = only.slice(0, -1);
    return (name) => name.startsWith(start);
  }
  const tests = names.map((each) => nameTest([each]));
  return (name) => tests.some((asked) => asked(name));
}

function addressTest(end: 'src' | 'dst', addresses: readonly string[]): Test | null {
  const tests = addresses.map(addressTestOf);
  const [first = null] = tests;
  if (tests.includes(null) || first === null) return null;
  if (tests.length === 1) return ({ packet }) => first(packet[end]);
  return ({ packet }) => tests.some((asked) => asked?.(packet[end]) === true);
}

function portTest(end: 'src' | 'dst' | 'either', ports: readonly string[]): Test | null {
  const ranges = ports.map(portRange);
  if (ranges.includes(null)) return null;
  const [first = null] = ranges;
  const among = (port: number): boolean =>
    ranges.some((range) => range !== null && port >= range[0] && port <= range[1]);
  const within =
    ranges.length === 1 && first !== null ? (port: number) => port >= first[0] && port <= first[1] : among;
  return ({ packet: { protocol, sport, dport } }) =>
    hasPorts(protocol) && ((end !== 'dst' && within(sport)) || (end !== 'src' && within(dport)));
}
