// A rule in a few words, for those who do not read iptables in their sleep. What has no words of ours stays as it was printed.
import type { RuleMatch, RuleSpec, Verdict } from '../probe/rule-spec.ts';

/** What it asks: `to 10.96.7.7 · TCP · port 80`; empty when it takes every packet. */
export function matchWords({ matches }: RuleSpec): string {
  return matches.map(words).join(' · ');
}

function words(match: RuleMatch): string {
  const not = match.negated ? 'not ' : '';
  switch (match.kind) {
    case 'interface':
      return `${not}${match.end === 'in' ? 'in' : 'out'} by ${some(match.names)}`;
    case 'physdev':
      return `${not}${match.end === 'in' ? 'in' : 'out'} by bridge port ${some(match.names)}`;
    case 'address':
      return `${not}${match.end === 'src' ? 'from' : 'to'} ${some(match.addresses.map(host))}`;
    case 'protocol':
      return `${not}${some(match.protocols.map((name) => (/^(tcp|udp|sctp|icmp)$/.test(name) ? name.toUpperCase() : name)))}`;
    case 'port':
      return `${not}${{ src: 'from port', dst: 'port', either: 'either port' }[match.end]} ${some(match.ports)}`;
    case 'mark': {
      const whose = match.of === 'packet' ? 'mark' : 'connection mark';
      const masked = match.mask === 0xffffffff || match.mask === match.value ? '' : `/${hex(match.mask)}`;
      // `! --mark 0x4000/0x4000`: the bit is not set.
      return `${whose} ${not}${hex(match.value)}${masked}`;
    }
    case 'state':
      return `${not}${some(match.states)} connection`;
    case 'set':
      return `${match.parts.join(' and ')} ${match.negated ? 'not ' : ''}in set ${match.set}`;
    case 'addrtype':
      return `${match.end === 'src' ? 'source' : 'destination'} is ${not}${some(match.types)}`;
    case 'probability':
      return `by chance ${percent(match.probability)}`;
    case 'nth':
      return `one packet in ${match.every}`;
    case 'other':
      return `${not}${match.text}`;
  }
}

/** What it does. */
export function verdictWords({ verdict, options }: RuleSpec): string {
  return verdict === null ? 'counts' : sayVerdict(verdict, options);
}

function sayVerdict(verdict: Verdict, options: string): string {
  switch (verdict.kind) {
    case 'accept':
    case 'drop':
    case 'masquerade':
    case 'continue':
      return verdict.kind;
    case 'return':
      return 'back to the caller';
    case 'reject':
      return verdict.with === null ? 'reject' : `reject with ${verdict.with.replace(/^with /, '')}`;
    case 'jump':
      return `on to ${verdict.chain}`;
    case 'goto':
      return `on to ${verdict.chain}, not back`;
    case 'dnat':
      return `destination becomes ${verdict.to}`;
    case 'snat':
      return `source becomes ${verdict.to}`;
    case 'redirect':
      return verdict.to === '' ? 'redirect to this node' : `redirect to this node ${verdict.to}`;
    case 'mark':
      return markWords(verdict);
    case 'map':
      return `by ${verdict.key}: ${verdict.map === null ? `${verdict.entries.length} ways` : `map ${verdict.map}`}`;
    case 'other':
      return options.startsWith(verdict.target) ? options : `${verdict.target} ${options}`.trimEnd();
  }
}

function markWords({ of, value, mask }: Extract<Verdict, { kind: 'mark' }>): string {
  const whose = of === 'packet' ? 'mark' : 'connection mark';
  if (value === 0) return `clear ${whose} ${hex(mask)}`;
  if (value === mask) return `set ${whose} ${hex(value)}`;
  if (mask === 0) return `flip ${whose} ${hex(value)}`;
  return `${whose} becomes ${hex(value)}${mask === 0xffffffff ? '' : ` of ${hex(mask)}`}`;
}

/** Packets end here, unanswered or refused. */
export function isDrop(spec: RuleSpec): boolean {
  return spec.verdict?.kind === 'drop' || spec.verdict?.kind === 'reject';
}

const some = (items: readonly string[]): string => items.join(', ');
const hex = (bits: number): string => `0x${(bits >>> 0).toString(16)}`;
const host = (address: string): string => address.replace(/\/32$/, '').replace(/\/128$/, '');

/** Two digits are what anybody compares. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 || value === 0 ? Math.round(value) : value.toFixed(1)} %`;
}
