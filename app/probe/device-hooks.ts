// Rules of nftables that drop at a device, before IP sees a packet or after it let go of it (family netdev, and since Linux 5.10 the
// ingress hook of family inet; nft(8)). From `nft -a -t list table FAMILY NAME`, in text: its JSON leaves devices out (1.0.6).

export type HookDirection = 'ingress' | 'egress';

export interface DeviceHookRule {
  /** Family and name: `netdev filter`. */
  readonly table: string;
  readonly chain: string;
  /** The kernel's number of the rule; null is the chain's policy. */
  readonly handle: number | null;
  /** As nft prints it, without its counters. */
  readonly text: string;
  readonly direction: HookDirection;
  readonly devices: readonly string[];
  /** Dropped by it since it was made; null where it drops without counting, or counts more than it drops. */
  readonly dropped: number | null;
}

interface Chain {
  readonly table: string;
  readonly name: string;
  /** `ip`: one of those that IP's packets meet, whose drops IP counts. Null: it is only jumped to. */
  hook: HookDirection | 'ip' | null;
  devices: readonly string[];
  /** Other chains of the table that its packets may go on to. */
  readonly next: string[];
  /** What it looks up in a map is not in the text: any other chain of the table may follow. */
  mapped: boolean;
  readonly rules: Pick<DeviceHookRule, 'handle' | 'text' | 'dropped'>[];
}

/** Real ones have a handful. */
const MOST_LINES = 5000;
const MOST_TEXT = 160;

/** The script's own word of tables beyond its bound, or of names that it does not hand to a shell. */
const LEFT_OUT = /^left out \d+$/;
const ELSEWHERE = /^type \w+ hook \w+ priority /;
const BASE =
  /^type filter hook (ingress|egress) (?:device "([^"]*)"|devices = \{ ([^}]*) \}) priority [^;]*;(?: policy (\w+);)?(?: |$)/;

export function parseDeviceHooks(text: string): {
  readonly rules: DeviceHookRule[];
  readonly unread: number;
  /** Tables were left out, or the listing ends within one. */
  readonly cut: boolean;
} {
  const chains: Chain[] = [];
  let table: string | null = null;
  let chain: Chain | null = null;
  /** A set, map, flow table, counter: it is not told what is in it. */
  let aside = false;
  let unread = 0;
  let cut = false;
  for (const line of text.split('\n', MOST_LINES)) {
    const said = line.trim();
    if (LEFT_OUT.test(said)) {
      cut = true;
      continue;
    }
    const [, kind = '', name = ''] =
      /^(\w+) ((?:(?:netdev|inet) )?\S+) \{(?: # handle \d+)?$/.exec(said) ?? [];
    if (said === '') continue;
    if (said === '}') {
      if (aside) aside = false;
      else if (chain !== null) chain = null;
      else table = null;
    } else if (aside) continue;
    else if (table === null) {
      if (kind === 'table') table = name;
      else unread += 1;
    } else if (chain === null) {
      if (kind === 'chain') {
        chain = { table, name, hook: null, devices: [], next: [], mapped: false, rules: [] };
        chains.push(chain);
      } else if (kind !== '') aside = true;
      // A table's flags and comment.
      else if (!/^(?:flags|comment) /.test(said)) unread += 1;
    } else readLine(chain, said);
  }
  return { rules: chains.flatMap((one) => rulesOf(one, chains)), unread, cut: cut || table !== null };
}

function readLine(chain: Chain, said: string): void {
  const base = BASE.exec(said);
  if (base !== null) {
    const [, direction, device, several = '', policy] = base;
    chain.hook = direction === 'ingress' ? 'ingress' : 'egress';
    chain.devices =
      device === undefined ? several.split(/, ?/).map((one) => one.replaceAll('"', '')) : [device];
    if (policy === 'drop') chain.rules.push({ handle: null, text: 'policy drop', dropped: null });
    return;
  }
  if (ELSEWHERE.test(said)) {
    chain.hook = 'ip';
    return;
  }
  const [, rule = said, number] = /^(.*) # handle (\d+)$/.exec(said) ?? [];
  // What stands in quotes is a name or a comment.
  const words = rule.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replace(/ comment ""$/, '');
  for (const [, target = ''] of words.matchAll(/\b(?:jump|goto) (\w[\w.-]*)/g)) chain.next.push(target);
  const mapped = / vmap @/.test(words);
  chain.mapped ||= mapped;
  if (!mapped && !/(?:^|[ :])(?:drop|reject)\b/.test(words)) return;
  const counted = COUNTED.exec(words);
  chain.rules.push({
    handle: number === undefined ? null : Number(number),
    text: rule
      .replaceAll(/ ?counter packets \d+ bytes \d+ ?/g, ' ')
      .trim()
      .slice(0, MOST_TEXT),
    dropped: counted === null ? null : Number(counted[1]),
  });
}

/** The counter stands behind all that may let a packet pass: what it counts is what is dropped. */
const COUNTED =
  /(?:^| )counter packets (\d+) bytes \d+(?: log(?: (?:prefix|level|group|snaplen|queue-threshold|flags) \S+)*)? (?:drop|reject(?: with .*)?)$/;

/** Once for each direction from which the chain is reached; where there are several, or IP's own, its counter does not tell from which. */
function rulesOf(chain: Chain, all: readonly Chain[]): DeviceHookRule[] {
  if (chain.rules.length === 0) return [];
  const bases = all.filter((one) => one.hook !== null && leadsTo(one, chain, all));
  const hooks = new Set(bases.map(({ hook }) => hook));
  const directions = (['ingress', 'egress'] as const).filter((direction) => hooks.has(direction));
  return directions.flatMap((direction) => {
    const devices = new Set(bases.filter(({ hook }) => hook === direction).flatMap((one) => one.devices));
    return chain.rules.map((rule) => ({
      ...rule,
      table: chain.table,
      chain: chain.name,
      direction,
      devices: [...devices],
      dropped: hooks.size === 1 ? rule.dropped : null,
    }));
  });
}

function leadsTo(from: Chain, to: Chain, all: readonly Chain[]): boolean {
  const seen = new Set([from]);
  for (const one of seen) {
    if (one === to) return true;
    for (const next of all) {
      const follows = one.next.includes(next.name) || (one.mapped && next.hook === null);
      if (next.table === from.table && follows) seen.add(next);
    }
  }
  return false;
}
