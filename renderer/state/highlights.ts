// Counts for the highlights go past React: whoever draws them listens, and the sums are there for who asks.
import type { Highlight, HighlightsFromPage, HighlightsMessage } from '../../app/contract/watch.ts';

type Listener = (items: readonly Highlight[]) => void;

export interface Passed {
  readonly inbound: number;
  readonly outbound: number;
}

/** The contract's bound. */
const MOST_VISIBLE = 20_000;

const listeners = new Set<Listener>();
const wishListeners = new Set<() => void>();
let sums = new Map<string, Passed>();
let run = 0;
let visible: readonly string[] | null = null;

export function takeHighlights(messages: readonly HighlightsMessage[]): boolean {
  const items = messages.flatMap((message) => {
    if (message.run !== run) {
      run = message.run;
      sums = new Map();
    }
    for (const { interfaceId, inbound, outbound } of message.items) {
      const before = sums.get(interfaceId);
      sums.set(interfaceId, {
        inbound: (before?.inbound ?? 0) + inbound,
        outbound: (before?.outbound ?? 0) + outbound,
      });
    }
    return message.items;
  });
  for (const listener of listeners) listener(items);
  return true;
}

export function onHighlights(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Packets at an interface that this page was told of in the given run. */
export function passedAt(interfaceId: string, ofRun: number): Passed | null {
  return run === ofRun ? (sums.get(interfaceId) ?? null) : null;
}

/** The interfaces that the picture can light up; the most telling first, since there is a bound. */
export function showInterfaces(ids: Iterable<string>): void {
  const next = [...new Set(ids)].slice(0, MOST_VISIBLE);
  if (visible !== null && sameSet(visible, next)) return;
  visible = next;
  for (const listener of wishListeners) listener();
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const inA = new Set(a);
  return b.every((id) => inA.has(id));
}

export const visibleWish = {
  current: (): HighlightsFromPage | null =>
    visible === null ? null : { type: 'visible', interfaces: [...visible] },
  subscribe(listener: () => void): () => void {
    wishListeners.add(listener);
    return () => {
      wishListeners.delete(listener);
    };
  },
};
