// What one policy rule says, word by word, as iproute2 (ip/iprule.c) and BusyBox (libiproute/iprule.c) print it.
// A word that is not known is kept: a rule with an unknown selector may or may not match, and that has to be said.
import type { PolicyRule, PortRange } from './facts.ts';

type RuleWords = Omit<PolicyRule, 'priority' | 'family' | 'text'>;
type Draft = { -readonly [K in keyof RuleWords]: RuleWords[K] } & { unread: string[] };

export function readRuleWords(words: readonly string[]): RuleWords {
  const rule: Draft = {
    not: false,
    from: null,
    to: null,
    iif: null,
    oif: null,
    fwmark: null,
    tos: null,
    dscp: null,
    ipproto: null,
    sport: null,
    dport: null,
    uidrange: null,
    tunId: null,
    l3mdev: false,
    table: null,
    action: 'lookup',
    goto: null,
    suppressPrefixLength: null,
    suppressIfgroup: null,
    protocol: null,
    unread: [],
  };
  for (let at = 0; at < words.length;) at += readWord(rule, words[at] ?? '', words[at + 1] ?? '');
  return rule;
}

/** How many words it took. */
function readWord(rule: Draft, word: string, next: string): 1 | 2 {
  const value = readValue(rule, word, next);
  if (value !== null) {
    if (!value) rule.unread.push(next === '' ? word : `${word} ${next}`);
    return 2;
  }
  switch (word) {
    case 'not':
      rule.not = true;
      return 1;
    case 'nop':
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      rule.action = word;
      return 1;
    // The device does not exist now: its name, which no packet has, says as much. Nor does the rule to go to.
    case '[detached]':
    case '[unresolved]':
      return 1;
    default:
      rule.unread.push(word);
      return 1;
  }
}

/** Null for a word that has no value; false when its value is not understood. */
function readValue(rule: Draft, word: string, next: string): boolean | null {
  switch (word) {
    case 'from':
      return next === 'all' || understood((rule.from = prefixOf(next)));
    case 'to':
      return next === 'all' || understood((rule.to = prefixOf(next)));
    // Names of devices are any words.
    case 'iif':
      return understood((rule.iif = next));
    case 'oif':
      return understood((rule.oif = next));
    case 'fwmark':
      return understood((rule.fwmark = markOf(next)));
    case 'tos':
      return understood((rule.tos = dsFieldOf(next)));
    case 'dscp': {
      // dscp counts the upper six bits, the field has all eight.
      const named = /^\d+$/.test(next) ? null : dsFieldOf(next);
      return understood((rule.dscp = named === null ? numberOf(next, 63) : named >> 2));
    }
    case 'ipproto':
      return understood((rule.ipproto = ipProtocolOf(next)));
    case 'sport':
      return understood((rule.sport = rangeOf(next, 65535)));
    case 'dport':
      return understood((rule.dport = rangeOf(next, 65535)));
    case 'uidrange':
      return understood((rule.uidrange = rangeOf(next, 0xffffffff)));
    case 'tun_id':
      return understood((rule.tunId = /^\d{1,20}$/.test(next) ? next : null));
    case 'lookup':
    case 'table':
      if (next === '[l3mdev-table]') return (rule.l3mdev = true);
      // BusyBox: the rule has none.
      rule.table = next === 'unspec' ? null : next;
      return next !== '';
    case 'suppress_prefixlength':
      return understood((rule.suppressPrefixLength = numberOf(next, 128)));
    case 'suppress_ifgroup':
      return understood((rule.suppressIfgroup = next));
    case 'goto':
      rule.action = 'goto';
      return understood((rule.goto = numberOf(next, 0xffffffff)));
    case 'proto':
      return understood((rule.protocol = next));
    // What a rule does beside choosing a table decides nothing about which route wins.
    case 'realms':
      return understood(next);
    default:
      return null;
  }
}

function understood(value: unknown): boolean {
  return value !== null && value !== '';
}

function prefixOf(text: string): string | null {
  return /^[0-9a-fA-F.:]{1,45}(\/\d{1,3})?$/.test(text) ? text : null;
}

function numberOf(text: string, most: number): number | null {
  if (!/^(\d{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text)) return null;
  const number = Number(text);
  return number <= most ? number : null;
}

function markOf(text: string): PolicyRule['fwmark'] {
  const [mark = '', mask = '0xffffffff', ...rest] = text.split('/');
  const [value, bits] = [numberOf(mark, 0xffffffff), numberOf(mask, 0xffffffff)];
  return value === null || bits === null || rest.length > 0 ? null : { mark: value, mask: bits };
}

function rangeOf(text: string, most: number): PortRange | null {
  const [first = '', last = first, ...rest] = text.split('-');
  const [from, to] = [numberOf(first, most), numberOf(last, most)];
  return from === null || to === null || rest.length > 0 ? null : { from, to };
}

/** A number, or a name of iproute2's rt_dsfield: AF11 is class 1, drop precedence 1 (RFC 2597); CSn is n << 5. */
export function dsFieldOf(text: string): number | null {
  const forwarding = /^AF([1-4])([1-3])$/.exec(text);
  if (forwarding) return (Number(forwarding[1]) << 5) | (Number(forwarding[2]) << 3);
  const selector = /^CS([0-7])$/.exec(text);
  if (selector) return Number(selector[1]) << 5;
  if (text === 'EF') return 0xb8;
  return text === 'default' ? 0 : numberOf(text, 255);
}

/** Names of /etc/protocols that rules are made for; iproute2 prints the others as `ipproto-N`. */
const IP_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['ip', 0],
  ['icmp', 1],
  ['igmp', 2],
  ['ipencap', 4],
  // Red Hat’s /etc/protocols.
  ['ipv4', 4],
  ['tcp', 6],
  ['egp', 8],
  ['igp', 9],
  ['udp', 17],
  ['dccp', 33],
  ['ipv6', 41],
  ['rsvp', 46],
  ['gre', 47],
  ['esp', 50],
  ['ipsec-esp', 50],
  ['ah', 51],
  ['ipsec-ah', 51],
  ['ipv6-icmp', 58],
  ['icmpv6', 58],
  ['eigrp', 88],
  ['ospf', 89],
  ['ospfigp', 89],
  ['pim', 103],
  ['vrrp', 112],
  ['l2tp', 115],
  ['sctp', 132],
  ['udplite', 136],
]);

/** A number, or its name. */
export function ipProtocolOf(text: string): number | null {
  return IP_PROTOCOLS.get(text) ?? numberOf(text.replace(/^ipproto-/, ''), 255);
}
