// With whom the watched Pod exchanges packets, and of whom a few are captured where all would be too much: those that were asked for, then
// the busiest that there is room for. Each under all addresses that it is seen by on the way – a Service's and those behind it –, or not at
// all; of those that were asked for as many as a filter holds.
import { fitsOneFilter } from './capture-filter.ts';

export interface Talk {
  /** Of one peer, the one that was asked for or is known best first. */
  readonly addresses: readonly string[];
  /** Packets a second. */
  readonly packets: number;
  readonly asked: boolean;
}

/** Talks that nobody asked for: as many as one still reads of in a sentence. */
const MOST = 6;

/** @param budget packets a second, of what all talks together make */
export function fewTalks(own: readonly string[], talks: readonly Talk[], budget: number): readonly string[] {
  const inOrder = [...talks].sort(
    (a, b) => Number(b.asked) - Number(a.asked) || b.packets - a.packets || compare(a, b),
  );
  let left = budget;
  const chosen: string[] = [];
  let count = 0;
  for (const { addresses, packets, asked } of inOrder) {
    const fresh = [...new Set(addresses)].filter((address) => !chosen.includes(address));
    if (!asked && count >= MOST) break;
    if (fresh.length === 0 || packets > left) continue;
    const fits = (more: readonly string[]): boolean => fitsOneFilter(own, [...chosen, ...more]);
    if (fits(fresh)) chosen.push(...fresh);
    else if (asked) for (const address of fresh) if (fits([address])) chosen.push(address);
    if (!fresh.some((address) => chosen.includes(address))) continue;
    left -= packets;
    count += 1;
  }
  return chosen;
}

function compare(a: Talk, b: Talk): number {
  const [one = '', other = ''] = [a.addresses[0], b.addresses[0]];
  return one < other ? -1 : 1;
}
