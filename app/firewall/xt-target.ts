// What a target of iptables does to a packet (iptables-extensions(8); net/netfilter/xt_*.c).
import { markOf, type RuleSpec, type Verdict } from '../probe/rule-spec.ts';
import { dsFieldOf } from '../probe/rule-words.ts';
import { wordsOf } from '../probe/xt-rule.ts';
import { parsePrefix } from '../route/address.ts';
import { Unknown } from './filter-value.ts';
import { masqueraded, natRange, redirected, translated, type NatEnd } from './nat-translation.ts';
import { queued, type QueueSpan } from './queued.ts';
import { recordOf, type PacketView } from './packet-view.ts';
import {
  change,
  end,
  endBy,
  untracked,
  withConnectionMark,
  withMark,
  withZone,
  xmark,
  type Ended,
  type Step,
} from './rule-program.ts';

export function xtTargetSteps({ verdict, options }: RuleSpec): Step[] {
  if (verdict === null) return [];
  const words = wordsOf(options);
  switch (verdict.kind) {
    case 'accept':
    case 'drop':
    case 'return':
      return [end({ kind: verdict.kind })];
    case 'jump':
    case 'goto':
    case 'reject':
      return [end(verdict)];
    case 'mark': {
      const { value, mask } = verdict;
      if (verdict.of === 'packet')
        return [change(({ packet }) => withMark(packet, xmark(packet.mark, value, mask)))];
      return [
        change((view) => {
          const record = recordOf(view);
          return record === null
            ? view.packet
            : withConnectionMark(view.packet, xmark(record.mark, value, mask));
        }),
      ];
    }
    case 'dnat':
    case 'snat':
    case 'redirect':
    case 'masquerade':
      return [endBy(translation(verdict, words))];
    case 'other':
      return otherTarget(verdict.target, words);
    case 'continue':
    case 'map':
      return [];
  }
}

function translation(verdict: Verdict, words: readonly string[]): (view: PacketView) => Ended {
  const random = words.includes('--random') || words.includes('--random-fully');
  const none = { addresses: null, ports: null, random, keptBits: null };
  if (verdict.kind === 'masquerade' || verdict.kind === 'redirect') {
    const ports = valueOf(words, '--to-ports');
    const range = ports === null ? none : natRange(`:${ports}`, { random });
    if (range === null) return () => NOT_UNDERSTOOD;
    return (view) => (verdict.kind === 'redirect' ? redirected(view, range) : masqueraded(view, range));
  }
  const range = 'to' in verdict ? natRange(verdict.to, { random }) : null;
  const which: NatEnd = verdict.kind === 'dnat' ? 'dst' : 'src';
  return (view) => (range === null ? NOT_UNDERSTOOD : translated(view, which, range));
}

const NOT_UNDERSTOOD = new Unknown('what it translates to is not understood');

/** Targets that go on to the next rule and change nothing that decides where a packet goes. */
const NO_FATE = [
  'LOG',
  'NFLOG',
  'ULOG',
  'TRACE',
  'TCPMSS',
  'TCPOPTSTRIP',
  'CLASSIFY',
  'SET',
  'TEE',
  'CHECKSUM',
  'AUDIT',
  'IDLETIMER',
  'RATEEST',
  'SECMARK',
  'CONNSECMARK',
  'LED',
];

function otherTarget(target: string, words: readonly string[]): Step[] {
  if (NO_FATE.includes(target)) return [];
  switch (target) {
    case 'NOTRACK':
      return [change(untracked)];
    case 'CT':
      return words.includes('--notrack') ? [change(untracked)] : zoneSteps(words);
    case 'CONNMARK':
      return [connmarkStep(words)];
    case 'TOS': {
      const set = /^(0x[0-9a-f]{1,2})(?:\/(0x[0-9a-f]{1,2}))?$/i.exec(valueOf(words, '--set-tos') ?? '');
      if (set === null) return [unknownChange(target)];
      const [value, mask] = [Number(set[1]), Number(set[2] ?? '0xff')];
      return [change(({ packet }) => ({ ...packet, tos: (packet.tos & ~mask & 0xff) ^ value }))];
    }
    case 'DSCP': {
      const class_ = valueOf(words, '--set-dscp-class');
      const value = class_ === null ? Number(valueOf(words, '--set-dscp')) << 2 : dsFieldOf(class_);
      if (value === null || Number.isNaN(value)) return [unknownChange(target)];
      return [change(({ packet }) => ({ ...packet, tos: (packet.tos & 3) | value }))];
    }
    case 'ECN':
      return [];
    case 'TTL':
    case 'HL':
      return [ttlStep(target, words)];
    case 'NETMAP':
      return [netmapStep(valueOf(words, '--to') ?? '')];
    case 'NFQUEUE':
    case 'QUEUE':
      return [endBy(queued(queueSpan(words), words.includes('--queue-bypass'), target))];
    case 'TPROXY': {
      const port = Number(valueOf(words, '--on-port') ?? 0);
      // Of 0 it is the packet's own.
      return [
        endBy(({ packet }) => ({
          kind: 'unknown',
          why: `a proxy on port ${String(port || packet.dport)} takes it (TPROXY)`,
          proxyPort: port || packet.dport,
        })),
      ];
    }
    default:
      return [end({ kind: 'unknown', why: `what ${target} does with it is not known` })];
  }
}

/** `--zone 5`, `--zone mark`; what is asked of answers alone is a zone of their own. */
function zoneSteps(words: readonly string[]): Step[] {
  const zone = valueOf(words, '--zone') ?? valueOf(words, '--zone-orig');
  if (zone === null) return [];
  return [
    change((view) => withZone(view, zone === 'mark' ? view.packet.mark & 0xffff : Number(zone) & 0xffff)),
  ];
}

function unknownChange(target: string): Step {
  const unknown = new Unknown(`what ${target} sets is not understood`);
  return change(() => unknown);
}

/** `--save-mark`, `--restore-mark`: bits of one mark into the other (connmark_tg). */
function connmarkStep(words: readonly string[]): Step {
  const nfmask = markOf(valueOf(words, '--nfmask') ?? '0xffffffff')?.value ?? 0xffffffff;
  const ctmask = markOf(valueOf(words, '--ctmask') ?? '0xffffffff')?.value ?? 0xffffffff;
  // `--mask` is one for both.
  const both = markOf(valueOf(words, '--mask') ?? '')?.value ?? null;
  const [ofPacket, ofConnection] = both === null ? [nfmask, ctmask] : [both, both];
  if (words.includes('--save-mark'))
    return change((view) => {
      const { packet } = view;
      const record = recordOf(view);
      if (record === null) return packet;
      return withConnectionMark(packet, ((record.mark & ~ofConnection) ^ (packet.mark & ofPacket)) >>> 0);
    });
  if (words.includes('--restore-mark'))
    return change((view) => {
      const { packet } = view;
      const record = recordOf(view);
      if (record === null) return packet;
      return withMark(packet, ((packet.mark & ~ofPacket) ^ (record.mark & ofConnection)) >>> 0);
    });
  return unknownChange('CONNMARK');
}

function ttlStep(target: string, words: readonly string[]): Step {
  const name = target.toLowerCase();
  const [set, inc, dec] = ['set', 'inc', 'dec'].map((way) => valueOf(words, `--${name}-${way}`));
  const by = Number(set ?? inc ?? dec ?? Number.NaN);
  if (Number.isNaN(by)) return unknownChange(target);
  return change(({ packet }) => {
    const ttl = typeof set === 'string' ? by : packet.ttl + (typeof inc === 'string' ? by : -by);
    return { ...packet, ttl: Math.min(255, Math.max(0, ttl)) };
  });
}

/** The destination's net before routing, the source's after (xt_NETMAP.c). */
function netmapStep(to: string): Step {
  const prefix = parsePrefix(to);
  if (prefix === null) return endBy(() => NOT_UNDERSTOOD);
  return endBy((view) => {
    const which = view.hook === 'prerouting' || view.hook === 'output' ? 'dst' : 'src';
    const range = { addresses: [prefix, prefix] as const, ports: null, random: false };
    return translated(view, which, { ...range, keptBits: prefix.length });
  });
}

/** Null: it is not understood. */
function queueSpan(words: readonly string[]): QueueSpan | null {
  const [first = Number.NaN, last = first] = (
    valueOf(words, '--queue-balance') ??
    valueOf(words, '--queue-num') ??
    '0'
  )
    .split(':')
    .map(Number);
  return Number.isInteger(first) && Number.isInteger(last) ? { first, last } : null;
}

function valueOf(words: readonly string[], name: string): string | null {
  const at = words.indexOf(name);
  return at < 0 ? null : (words[at + 1] ?? null);
}
