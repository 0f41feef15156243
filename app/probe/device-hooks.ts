// Rules of nftables that drop at a device, before IP sees a packet or after it let go of it (family netdev; nft(8), Documentation/
// networking/nftables of the kernel's hooks). From `nft -a -t list table netdev NAME`, in text: its JSON leaves devices out (1.0.6).

export type HookDirection = 'ingress' | 'egress';

export interface DeviceHookRule {
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
  direction: HookDirection | null;
  devices: readonly string[];
  /** Other chains of the table that its packets may go on to. */
  readonly next: string[];
  readonly rules: Pick<DeviceHookRule, 'handle' | 'text' | 'dropped'>[];
}

/** Real ones have a handful. */
const MOST_LINES = 5000;
const MOST_TEXT = 160;

const BASE =
  /^type filter hook (ingress|egress) (?:device "([^"]*)"|devices = \{ ([^}]*) \}) priority [^;]*;(?: policy (\w+);)?$/;

export function parseDeviceHooks(text: string): {
  readonly rules: DeviceHookRule[];
  readonly unread: number;
} {
  const chains: Chain[] = [];
  let table: string | null = null;
  let chain: Chain | null = null;
  /** A set, map, flow table, counter: nothing in it drops. */
  let aside = false;
  let unread = 0;
  for (const line of text.split('\n', MOST_LINES)) {
    const said = line.trim();
    const [, kind = '', name = ''] = /^(\w+) (?:netdev )?(\S+) \{(?: # handle \d+)?$/.exec(said) ?? [];
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
        chain = { table, name, direction: null, devices: [], next: [], rules: [] };
        chains.push(chain);
      } else if (kind !== '') aside = true;
      // A table's flags and comment.
      else if (!/^(?:flags|comment) /.test(said)) unread += 1;
    } else readLine(chain, said);
  }
  return { rules: chains.flatMap((one) => rulesOf(one, chains)), unread };
}

function readLine(chain: Chain, said: string): void {
  const base = BASE.exec(said);
  if (base !== null) {
    const [, direction, device, several = '', policy] = base;
    chain.direction = direction === 'ingress' ? 'ingress' : 'egress';
    chain.devices =
      device === undefined ? several.split(/, ?/).map((one) => one.replaceAll('"', '')) : [device];
    if (policy === 'drop') chain.rules.push({ handle: null, text: 'policy drop', dropped: null });
    return;
  }
  const [, rule = said, number] = /^(.*) # handle (\d+)$/.exec(said) ?? [];
  // What stands in quotes is a name or a comment.
  const words = rule.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replace(/ comment ""$/, '');
  for (const [, target = ''] of words.matchAll(/\b(?:jump|goto) (\w[\w.-]*)/g)) chain.next.push(target);
  if (!/(?:^|[ :])(?:drop|reject)\b/.test(words)) return;
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

/** Once for each direction from which the chain is reached; then its counter does not tell from which. */
function rulesOf(chain: Chain, all: readonly Chain[]): DeviceHookRule[] {
  if (chain.rules.length === 0) return [];
  const bases = all.filter((one) => one.direction !== null && leadsTo(one, chain, all));
  const directions = (['ingress', 'egress'] as const).filter((direction) =>
    bases.some((one) => one.direction === direction),
  );
  return directions.flatMap((direction) => {
    const devices = new Set(bases.filter((one) => one.direction === direction).flatMap((one) => one.devices));
    return chain.rules.map((rule) => ({
      ...rule,
      table: chain.table,
      chain: chain.name,
      direction,
      devices: [...devices],
      dropped: directions.length === 1 ? rule.dropped : null,
    }));
  });
}

function leadsTo(from: Chain, to: Chain, all: readonly Chain[]): boolean {
  const seen = new Set([from]);
  for (const one of seen) {
    if (one === to) return true;
    for (const next of all) {
      if (next.table === from.table && one.next.includes(next.name)) seen.add(next);
    }
  }
  return false;
}
