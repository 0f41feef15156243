// What IP received and nothing more was counted of, and nobody can tell whether it was dropped (silent-drops.ts): no row, a sentence.
import type { Ledger } from './ledger.ts';
import { secondsBetween } from './seconds-between.ts';

/** Namespaces that are named. */
const MOST_PLACES = 3;

/** Of the last `seconds`; null where nothing is undecided. */
export function undecidedSentence(
  { intervals, silence, last }: Ledger,
  seconds: number,
  nameOf: (namespace: number | null) => string,
): string | null {
  const decided = intervals.filter(({ to }) => secondsBetween(to, last.at) < seconds);
  const left = decided.flatMap(({ entries }) => entries.filter(({ reason }) => reason === 'silent-in'));
  const entries = [...left, ...silence.waiting];
  if (entries.length === 0) return null;
  const packets = entries.reduce((sum, one) => sum + one.packets, 0);
  const places = [...new Set(entries.map(({ namespace }) => namespace))];
  const named = places.slice(0, MOST_PLACES).map(nameOf).join(', ');
  const more = places.length > MOST_PLACES ? ` and ${String(places.length - MOST_PLACES)} more` : '';
  return `Whether ${named}${more} dropped up to ${String(packets)} packets is not known: they may have been multicast to groups that nobody there has joined (mDNS, SSDP, VRRP), which the kernel counts as it counts what a rule drops before delivery. The rules’ own counters tell.`;
}
