// `birdcl show protocols all`, as BIRD 2 (nest/proto.c proto_cmd_show, proto/bgp/bgp.c bgp_show_proto_info) and
// BIRD 1.6, which Calico's fork is made of, print it. BIRD 2 counts routes per channel, 1.6 per protocol.
import type { BgpChannel, BgpLimit, BgpProtocol } from './facts.ts';
import { EntryList, type ReadEntries } from './unread.ts';

/** The output does not say which socket it came from, nor the clock by which `since` is. */
export type PrintedProtocol = Omit<BgpProtocol, 'socket' | 'sinceAt'>;

export interface BirdProtocols {
  /** `2.0.12`, `1.6.8`, `v0.3.3+birdv1.6.8` (Calico); null when the greeting is missing. */
  readonly version: string | null;
  readonly protocols: readonly PrintedProtocol[];
  readonly unread: Pick<ReadEntries<unknown>, 'unread' | 'unreadCount'>;
}

/** BIRD's own are under 300 characters; to match one takes time by the square of its length. */
export const LONGEST_LINE = 2_000;

export function parseBirdProtocols(text: string): BirdProtocols {
  let version: string | null = null;
  const read = new EntryList<PrintedProtocol>();
  let lines: string[] = [];
  const flush = (): void => {
    const protocol = bgpProtocol(lines);
    if (protocol !== null) read.entries.push(protocol);
    lines = [];
  };
  text.split('\n').forEach((whole, at) => {
    const line = whole.slice(0, LONGEST_LINE);
    if (line !== '' && !/^\s/.test(line)) {
      flush();
      version ??= /^BIRD (\S+) ready\.$/.exec(line)?.[1] ?? null;
      if (!isUnderstood(line)) read.notUnderstood(`line ${at + 1}`, line);
    }
    lines.push(line);
  });
  flush();
  return { version, protocols: read.entries, unread: read };
}

/** A BGP protocol's heading, another protocol's, or what BIRD's client says beside them. */
function isUnderstood(line: string): boolean {
  if (/^BIRD \S+ ready\.$|^Access restricted$|^[Nn]ame\s+[Pp]roto\s/.test(line)) return true;
  return /^\S+\s+BGP\s/.test(line) ? HEADING.test(line) : /^\S+\s+[A-Z]\w+\s+\S+\s+\S+/.test(line);
}

// Name       Proto      Table      State  Since         Info
const HEADING = /^(\S+)\s+BGP\s+\S+\s+(\S+)\s+(\S.*?)\s*$/;
// "Since" is whatever `timeformat protocol` makes of a time; two blanks or more part it from Info, which begins with
// the session's state (bgp_state_dsc) unless the protocol is down.
const INFO = /\s{2,}((?:Idle|Connect|Active|OpenSent|OpenConfirm|Established|Close|Down|Passive)\b.*)$/;

function bgpProtocol(lines: readonly string[]): PrintedProtocol | null {
  const heading = HEADING.exec(lines[0] ?? '');
  if (!heading) return null;
  const [, name = '', state = '', sinceAndInfo = ''] = heading;
  const info = (INFO.exec(sinceAndInfo) ?? /\s{2,}(\S.*)$/.exec(sinceAndInfo))?.[1] ?? '';
  const since = sinceAndInfo.slice(0, sinceAndInfo.length - info.length).trim();
  const body = lines.slice(1);
  const values = new Map(
    body.flatMap((line): [string, string][] => {
      const pair = PAIR.exec(line);
      return pair === null ? [] : [[pair[1] ?? '', pair[2] ?? '']];
    }),
  );
  const text = (key: string): string | null => values.get(key) || null;
  const channels = channelsOf(body);
  const [holdTimer, holdTime] = timer(values.get('Hold timer'));
  const [keepaliveTimer, keepaliveTime] = timer(values.get('Keepalive timer'));
  return {
    name,
    state,
    since,
    info: info.replace(/\s+/g, ' '),
    bgpState: text('BGP state'),
    description: text('Description'),
    localAddress: text('Source address'),
    // fe80::1%eth0 names the device, too.
    neighbourAddress: text('Neighbor address')?.replace(/%.*$/, '') ?? null,
    localAs: wholeNumber(values.get('Local AS')),
    neighbourAs: wholeNumber(values.get('Neighbor AS')),
    neighbourId: text('Neighbor ID'),
    session: words(values.get('Session')),
    capabilities: {
      own: capabilityList(body, 'Local capabilities'),
      neighbour: values.has('Neighbor caps')
        ? words(values.get('Neighbor caps'))
        : capabilityList(body, 'Neighbor capabilities'),
    },
    lastError: text('Last error'),
    imported: total(channels.map(({ imported }) => imported)),
    exported: total(channels.map(({ exported }) => exported)),
    channels,
    neighbourRestarting: body.some((line) => /^\s+Neighbor graceful restart active\s*$/.test(line)),
    restartTimer: timer(values.get('Restart timer'))[0],
    holdTimer,
    holdTime,
    keepaliveTimer,
    keepaliveTime,
  };
}

const PAIR = /^\s+([A-Z][A-Za-z0-9 ]*?):\s+(.*?)\s*$/;

/** Of BIRD 2 what follows each `Channel NAME`; of BIRD 1.6 the protocol's own lines. */
function channelsOf(body: readonly string[]): BgpChannel[] {
  const starts = body.flatMap((line, at) => (/^\s+Channel \S+\s*$/.test(line) ? [at] : []));
  if (starts.length === 0)
    return body.some((line) => /^\s+(Routes|Import limit):/.test(line)) ? [channel(null, body)] : [];
  return starts.map((start, at) => {
    const name = body[start]?.trim().slice('Channel '.length) ?? null;
    return channel(name, body.slice(start + 1, starts[at + 1]));
  });
}

const LIMIT = /^\s+(Import|Receive|Export) limit:\s+(\d+)( \[HIT\])?/;

function channel(name: string | null, lines: readonly string[]): BgpChannel {
  let state: string | null = null;
  let counts: readonly (number | null)[] = [];
  const limits: BgpLimit[] = [];
  lines.forEach((line, at) => {
    const [, key = '', value = ''] = PAIR.exec(line) ?? [];
    if (key === 'State') state = value;
    if (key === 'Routes')
      counts = COUNTED.map((word) => wholeNumber(new RegExp(`(\\d+) ${word}`).exec(value)?.[1]));
    const limit = LIMIT.exec(line);
    if (limit === null) return;
    const of = limit[1]?.toLowerCase();
    const action = /^\s+Action:\s+(\S+)/.exec(lines[at + 1] ?? '')?.[1] ?? null;
    if (of === 'import' || of === 'receive' || of === 'export')
      limits.push({ of, routes: Number(limit[2]), hit: limit[3] !== undefined, action });
  });
  const [imported = null, filtered = null, exported = null, preferred = null] = counts;
  return { name, state, imported, filtered, exported, preferred, limits };
}

const COUNTED = ['imported', 'filtered', 'exported', 'preferred'];

/** The lines below `heading` at the first depth: each capability's own details lie deeper. */
function capabilityList(body: readonly string[], heading: string): string[] {
  const start = body.findIndex((line) => line.trim() === heading);
  if (start === -1) return [];
  const depthOf = (line: string): number => line.length - line.trimStart().length;
  const outer = depthOf(body[start] ?? '');
  const found: string[] = [];
  for (const line of body.slice(start + 1)) {
    if (depthOf(line) <= outer) break;
    if (depthOf(line) === outer + 2) found.push(line.trim());
  }
  return found;
}

function words(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(/\s+/).filter((word) => word !== '');
}

function total(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
}

function wholeNumber(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** `118.997/-` or `228/240`: what is left before what was set. */
function timer(value: string | undefined): readonly [left: number | null, set: number | null] {
  const [left, set] = (value ?? '')
    .split('/')
    .map((part) => (/^\d+(\.\d+)?$/.test(part) ? Number(part) : null));
  return [left ?? null, set ?? null];
}
