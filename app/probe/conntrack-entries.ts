// Connections as conntrack(8) lists them (`conntrack -L`, with `-o extended` or without) and as /proc/net/nf_conntrack shows them:
// net/netfilter/nf_conntrack_standalone.c ct_seq_show, libnetfilter_conntrack src/conntrack/snprintf_default.c.
import { EntryList, type ReadEntries } from './unread.ts';

/** One direction. Ports are 0 where the protocol has none. */
export interface ConntrackTuple {
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
}

export interface ConntrackEntry {
  readonly family: 4 | 6;
  readonly protocol: number;
  /** `ESTABLISHED`, of TCP, SCTP and DCCP; null for others. */
  readonly state: string | null;
  /** s until it is forgotten, if nothing comes; null: not told. */
  readonly timeout: number | null;
  readonly original: ConntrackTuple;
  /** As an answer to it looks here. */
  readonly reply: ConntrackTuple;
  readonly isReplied: boolean;
  /** A flow table, or hardware, sends it on past the filters. */
  readonly isOffloaded: boolean;
  readonly mark: number;
  /** Of its first direction, and of answers. */
  readonly zone: number;
  readonly replyZone: number;
  /** As it was printed, cut to `MOST_TEXT` characters. */
  readonly text: string;
}

const MOST_ENTRIES = 1_000;
const MOST_TEXT = 400;

export function parseConntrackEntries(text: string): ReadEntries<ConntrackEntry> {
  const list = new EntryList<ConntrackEntry>();
  const seen = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const printed = line.trim();
    // What conntrack(8) says at the end is no entry.
    if (printed === '' || /^conntrack v\S+ .*flow entries have been shown\.$/.test(printed)) continue;
    const entry = entryOf(printed);
    if (entry === null) list.notUnderstood(`line ${String(index + 1)}`, printed);
    else if (list.entries.length < MOST_ENTRIES) {
      // Where both directions are alike, both questions find it.
      const key = JSON.stringify([entry.protocol, entry.original, entry.reply, entry.zone]);
      if (!seen.has(key)) list.entries.push(entry);
      seen.add(key);
    }
  }
  return list;
}

function entryOf(printed: string): ConntrackEntry | null {
  const words = printed.split(/\s+/);
  const [first = '', second = ''] = words;
  const prefixed = (first === 'ipv4' && second === '2') || (first === 'ipv6' && second === '10');
  const [, number = '', ...rest] = prefixed ? words.slice(2) : words;
  const firstKey = rest.findIndex((word) => word.includes('='));
  if (!/^\d{1,3}$/.test(number) || firstKey === -1) return null;
  const values = pairsOf(rest);
  const [original, reply] = [tupleOf(values, 0), tupleOf(values, 1)];
  if (original === null || reply === null) return null;
  const ahead = rest.slice(0, firstKey);
  const timeout = ahead.find((word) => /^\d{1,10}$/.test(word));
  const valueOf = (name: string): number | null => {
    const value = values.get(name)?.at(-1);
    return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : null;
  };
  const zone = valueOf('zone') ?? 0;
  return {
    family: original.src.includes(':') ? 6 : 4,
    protocol: Number(number),
    state: ahead.find((word) => /^[A-Z][A-Z0-9_]*$/.test(word)) ?? null,
    timeout: timeout === undefined ? null : Number(timeout),
    original,
    reply,
    isReplied: !rest.includes('[UNREPLIED]'),
    isOffloaded: rest.includes('[OFFLOAD]') || rest.includes('[HW_OFFLOAD]'),
    mark: (valueOf('mark') ?? 0) >>> 0,
    zone: valueOf('zone-orig') ?? zone,
    replyZone: valueOf('zone-reply') ?? zone,
    text: printed.replace(/\s+/g, ' ').slice(0, MOST_TEXT),
  };
}

/** Each key stands once a direction. */
function pairsOf(words: readonly string[]): Map<string, string[]> {
  const pairs = new Map<string, string[]>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1) continue;
    const key = word.slice(0, at);
    pairs.set(key, [...(pairs.get(key) ?? []), word.slice(at + 1)]);
  }
  return pairs;
}

const ADDRESS = /^[0-9a-fA-F.:]{2,45}$/;

function tupleOf(values: ReadonlyMap<string, readonly string[]>, direction: 0 | 1): ConntrackTuple | null {
  const [src = '', dst = ''] = ['src', 'dst'].map((key) => values.get(key)?.[direction]);
  const [sport, dport] = ['sport', 'dport'].map((key) => portOf(values.get(key)?.[direction]));
  if (!ADDRESS.test(src) || !ADDRESS.test(dst) || sport === undefined || dport === undefined) return null;
  return { src, dst, sport, dport };
}

/** Undefined: no port can be that. */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return 0;
  return /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : undefined;
}
