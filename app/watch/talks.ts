// With whom the watched Pod exchanges packets, and of whom a few are captured where all would be too much: those that were asked for, then
// the busiest that there is room for. Each under all addresses that one is seen by on the way: a Service's and those behind it.
import { talkFilter, TALK_FILTER_MAX } from './talk-filter.ts';

export interface Talk {
  /** Of one peer, the one that was asked for or is known best first. */
  readonly addresses: readonly string[];
  /** Packets a second. */
  readonly packets: number;
  readonly asked: boolean;
}

/** Names in a sentence that one still reads. */
const MOST = 6;

/** @param budget packets a second, of what all talks together make */
export function fewTalks(own: readonly string[], talks: readonly Talk[], budget: number): readonly string[] {
  const inOrder = [...talks].sort(
    (a, b) => Number(b.asked) - Number(a.asked) || b.packets - a.packets || compare(a, b),
  );
  let left = budget;
  const chosen: string[] = [];
  let count = 0;
  for (const { addresses, packets } of inOrder) {
    const fresh = addresses.filter((address) => !chosen.includes(address));
    if (count >= MOST) break;
    if (fresh.length === 0 || packets > left) continue;
    if (talkFilter(own, [...chosen, ...fresh], true).length > TALK_FILTER_MAX) continue;
    chosen.push(...fresh);
    left -= packets;
    count += 1;
  }
  return chosen;
}

function compare(a: Talk, b: Talk): number {
  const [one = '', other = ''] = [a.addresses[0], b.addresses[0]];
  return one < other ? -1 : 1;
}
