// Connections that a node's conntrack has, as tracked-script.ts has them: of UDP those whose destination was translated, of TCP those that began
// and have not come about, one of each destination and endpoint, and between whom others ended meanwhile.
import { parseConntrackEntries, type ConntrackEntry } from './conntrack-entries.ts';
import { MOST_CLOSED, MOST_OPENING, MOST_TRANSLATIONS } from './tracked-script.ts';
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

export interface OpeningTcp {
  /** SYN_SENT: no answer came by. SYN_RECV: one did, and was not acknowledged. Of those of one client and endpoint that were lately sent the one that has been quiet for longest. */
  readonly entry: ConntrackEntry;
  /** How many were sent last so long ago that an answer would have come, and lately enough that somebody waits for it. */
  readonly count: number;
  readonly quietS: number | null;
}

/** Between two addresses connections were closed by both, so that packets came through both ways. */
export interface ClosedTcp {
  /** As the one that was connected to and the other see themselves. */
  readonly ends: readonly [string, string];
  /** s since the last packet of the latest. */
  readonly quietS: number;
}

export interface TrackedFlows {
  readonly translated: readonly TranslatedUdp[];
  /** Connections of destinations beyond `MOST_TRANSLATIONS`. */
  readonly beyond: number;
  readonly opening: readonly OpeningTcp[];
  /** Those of clients and endpoints beyond `MOST_OPENING`. */
  readonly unopened: number;
  /** Of lately, with an address of one that is opening. */
  readonly closed: readonly ClosedTcp[];
  readonly unread: readonly Unread[];
  readonly unreadCount: number;
}

const [TCP, UDP] = [6, 17];

export function parseTracked(text: string): TrackedFlows {
  const list = new EntryList<TranslatedUdp>();
  const opening: OpeningTcp[] = [];
  const closed: ClosedTcp[] = [];
  let timeouts: readonly (number | undefined)[] = [];
  let beyond = 0;
  let unopened = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const printed = line.trim();
    if (printed === '') continue;
    const [, times] = /^timeouts((?: \d{1,9}){2,4})$/.exec(printed) ?? [];
    const [, which, left] = /^(beyond|unopened) (\d{1,9})$/.exec(printed) ?? [];
    const [, quiet, one, other] =
      /^closed (\d{1,2}) ([\d.]{7,15}|[\da-f:.]{2,45}) ([\d.]{7,15}|[\da-f:.]{2,45})$/.exec(printed) ?? [];
    const [, count] = / entries=(\d{1,9})$/.exec(printed) ?? [];
    if (times !== undefined) timeouts = times.trim().split(' ').map(Number);
    else if (which === 'beyond') beyond = Number(left);
    else if (which === 'unopened') unopened = Number(left);
    else if (one !== undefined && other !== undefined) {
      if (closed.length < MOST_CLOSED) closed.push({ ends: [one, other], quietS: Number(quiet) });
    } else {
      const [entry] = parseConntrackEntries(printed).entries;
      if (entry === undefined || count === undefined || ![TCP, UDP].includes(entry.protocol))
        list.notUnderstood(`line ${String(index + 1)}`, printed);
      else if (entry.protocol === TCP) {
        const quietS = quietOf(entry, timeouts[entry.state === 'SYN_SENT' ? 2 : 3]);
        if (opening.length < MOST_OPENING) opening.push({ entry, count: Number(count), quietS });
      } else if (list.entries.length < MOST_TRANSLATIONS)
        list.entries.push({
          entry,
          count: Number(count),
          quietS: quietOf(entry, timeouts[printed.includes('[ASSURED]') ? 1 : 0]),
          packets: packetsOf(printed),
        });
    }
  }
  const { unread, unreadCount } = list;
  return { translated: list.entries, beyond, opening, unopened, closed, unread, unreadCount };
}

function quietOf({ timeout }: ConntrackEntry, lives: number | undefined): number | null {
  return timeout === null || lives === undefined || timeout > lives ? null : lives - timeout;
}

function packetsOf(printed: string): TranslatedUdp['packets'] {
  const [sent, answered] = [...printed.matchAll(/ packets=(\d{1,15})\b/g)].map(([, count]) => Number(count));
  return sent === undefined || answered === undefined ? null : { sent, answered };
}
