// Packets a second of each flow over the last minute: kept by the page from the totals that it is told. Pure.
import type { FlowView } from '../../app/contract/trails.ts';

export const RATE_SECONDS = 60;
/** Seconds of which a rate is the mean: one packet every now and then does not make it jump. */
const MEAN_OF = 5;
/** ms: a flow first told of later than this after its beginning has run before, and is no burst of this moment. */
const JUST_BEGUN_MS = 2_000;

export interface FlowRate {
  readonly total: number;
  /** s since the epoch, of the last of `seconds`. */
  readonly second: number;
  /** Oldest first; at most a minute's. */
  readonly seconds: readonly number[];
}

export type FlowRates = ReadonlyMap<number, FlowRate>;

export function packetsOf({ counts }: Pick<FlowView, 'counts'>): number {
  const { delivered, dropped, rejected, inFlight, notCaptured, ambiguous } = counts;
  return delivered + dropped + rejected + inFlight + notCaptured + ambiguous;
}

/** @param now ms since the epoch, of this page's clock */
export function withTotals(rates: FlowRates, flows: readonly FlowView[], now: number): FlowRates {
  const second = Math.floor(now / 1000);
  return new Map(
    flows.map((flow) => {
      const total = packetsOf(flow);
      const known = rates.get(flow.id);
      if (known === undefined) {
        const isFresh = flow.last - flow.first <= JUST_BEGUN_MS;
        return [flow.id, { total, second, seconds: [isFresh ? total : 0] }];
      }
      const seconds = [...secondsUntil(known, second)];
      // What was told too early is taken back: no second has fewer than none.
      seconds.push(Math.max(0, (seconds.pop() ?? 0) + total - known.total));
      return [flow.id, { total, second: Math.max(second, known.second), seconds }];
    }),
  );
}

/** Its last minute, as of now: seconds in which nothing was told of it are empty. */
export function secondsUntil(rate: FlowRate, second: number): readonly number[] {
  const passed = Math.min(RATE_SECONDS, Math.max(0, second - rate.second));
  return [...rate.seconds, ...Array.from({ length: passed }, () => 0)].slice(-RATE_SECONDS);
}

/** Packets a second, of the last whole seconds. */
export function meanRate(rate: FlowRate, second: number): number {
  const whole = secondsUntil(rate, second).slice(-MEAN_OF - 1, -1);
  return whole.length === 0 ? 0 : whole.reduce((sum, each) => sum + each, 0) / whole.length;
}
