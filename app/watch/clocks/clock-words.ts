// What is told of clocks, in sentences.
import { estimateOf } from './bounds.ts';
import type { ClockStep } from './clock-steps.ts';
import type { SyncContradiction } from './node-clocks.ts';

/** @param nameOf a node's name */
export function stepSentence({ node, nodes, by }: ClockStep, nameOf: (node: number) => string): string {
  const exact = estimateOf(by);
  // At least, where more is not known.
  const least = by.atLeast > 0 ? by.atLeast : by.atMost;
  const size =
    exact === null
      ? `at least ${inMs(Math.abs(least))} ms`
      : `${inMs(Math.abs(exact.ns))} ms (± ${inMs(exact.plusMinusNs)} ms)`;
  const isAhead = (exact?.ns ?? least) > 0;
  if (node !== null)
    return `The clock of ${nameOf(node)} was set ${isAhead ? 'forward' : 'back'} by ${size}.`;
  const [first, second] = nodes.map(nameOf);
  return `The clock of ${first ?? ''} or that of ${second ?? ''} was set: ${second ?? ''} is ${size} further ${isAhead ? 'ahead' : 'behind'} since.`;
}

/** @param from the node that is compared with @param to the one whose clock is said to be ahead */
export function contradictionSentence({ seen, saidNs }: SyncContradiction, from: string, to: string): string {
  const isAhead = seen.ns > 0;
  return `Packets show the clock of ${to} ${inMs(Math.abs(seen.ns))} ms ${isAhead ? 'ahead of' : 'behind'} that of ${from} (± ${inMs(seen.plusMinusNs)} ms), while both nodes’ clock synchronisation says that they are at most ${inMs(saidNs)} ms apart.`;
}

/** No digit more than is worth it: three of what is below a second. */
function inMs(ns: number): string {
  const ms = ns / 1e6;
  return ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(1) : ms.toFixed(3);
}
