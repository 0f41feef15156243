// Which flows are to be forgotten: those of connections that nothing was seen of for a while.
import type { Connections } from './connections.ts';
import { MOST_FLOWS, type FlowTable } from './flow-table.ts';

/** s; of a table that is nearly full, and of what conntrack alone has told. Longer than a packet waits to be settled. */
const IDLE = 60;
const IDLE_WHEN_FULL = 10;
const NEARLY_FULL = 0.6 * MOST_FLOWS;

/** @param now s, session time up to which everything was seen */
export function idleFlows(flows: FlowTable, connections: Connections, now: number): ReadonlySet<number> {
  const limit = now - (flows.size > NEARLY_FULL ? IDLE_WHEN_FULL : IDLE);
  const idle: number[] = [];
  const living = new Set<number>();
  flows.seen((flow, second) => {
    if (second < limit) idle.push(flow);
    else living.add(connections.of(flow));
  });
  // Addresses before and behind a translation are of use together only.
  return new Set(idle.filter((flow) => !living.has(connections.of(flow))));
}
