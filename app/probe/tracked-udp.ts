// Connections of UDP whose destination was translated, as tracked-udp-script.ts has them: one of each destination and endpoint.
import { parseConntrackEntries, type ConntrackEntry } from './conntrack-entries.ts';
import { MOST_TRANSLATIONS } from './tracked-udp-script.ts';
import { EntryList, type Unread } from './unread.ts';

export interface TranslatedUdp {
  /** Of those between its destination and its endpoint the one that was used last. */
  readonly entry: ConntrackEntry;
  /** How many there are. */
  readonly count: number;
  /** s since its last packet; null: it lives longer than the kernel's settings say, so that nobody knows. */
  readonly quietS: number | null;
  /** Packets of the one that began it, and of the one that answers; null where conntrack does not count (nf_conntrack_acct). */
  readonly packets: { readonly sent: number; readonly answered: number } | null;
}

export interface TrackedUdp {
  readonly translated: readonly TranslatedUdp[];
  /** Connections of destinations beyond `MOST_TRANSLATIONS`. */
  readonly beyond: number;
  readonly unread: readonly Unread[];
  readonly unreadCount: number;
}

export function parseTrackedUdp(text: string): TrackedUdp {
  const list = new EntryList<TranslatedUdp>();
  let timeouts: readonly [plain: number, stream: number] | null = null;
  let beyond = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const printed = line.trim();
    if (printed === '') continue;
    const [, plain, stream] = /^timeouts (\d{1,9}) (\d{1,9})$/.exec(printed) ?? [];
    const [, left] = /^beyond (\d{1,9})$/.exec(printed) ?? [];
    const [, count] = / entries=(\d{1,9})$/.exec(printed) ?? [];
    if (plain !== undefined && stream !== undefined) timeouts = [Number(plain), Number(stream)];
    else if (left !== undefined) beyond = Number(left);
    else {
      const [entry] = parseConntrackEntries(printed).entries;
      if (entry === undefined || count === undefined)
        list.notUnderstood(`line ${String(index + 1)}`, printed);
      else if (list.entries.length < MOST_TRANSLATIONS)
        list.entries.push({
          entry,
          count: Number(count),
          quietS: quietOf(entry, timeouts?.[printed.includes('[ASSURED]') ? 1 : 0]),
          packets: packetsOf(printed),
        });
    }
  }
  return { translated: list.entries, beyond, unread: list.unread, unreadCount: list.unreadCount };
}

function quietOf({ timeout }: ConntrackEntry, lives: number | undefined): number | null {
  return timeout === null || lives === undefined || timeout > lives ? null : lives - timeout;
}

function packetsOf(printed: string): TranslatedUdp['packets'] {
  const [sent, answered] = [...printed.matchAll(/ packets=(\d{1,15})\b/g)].map(([, count]) => Number(count));
  return sent === undefined || answered === undefined ? null : { sent, answered };
}
