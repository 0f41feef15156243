// A rule trace whose node lost us and its own watchdog as well leaves a table behind, inert, since its addresses have expired in the
// kernel. The next reading of that node's filters shows it, and it is taken out: only ours, and only when its time is over.
import { randomBytes } from 'node:crypto';
import { sweepScript, TRACE_TABLE } from '../../app/probe/flow-trace.ts';
import { runScript } from '../node/run-probe.ts';
import type { ActiveContext } from './active-nodes.ts';
import type { Reading } from './node-reader.ts';

const DEADLINE_MS = 10_000;
const MOST_BYTES = 64 * 1024;

export function tellsLeftover({ parts, stdout }: Pick<Reading, 'parts' | 'stdout'>): boolean {
  const { buffer, byteOffset, byteLength } = stdout;
  return parts.includes('firewall') && Buffer.from(buffer, byteOffset, byteLength).includes(TRACE_TABLE);
}

/** Root's: another login could not have put one there. */
export async function sweepLeftovers(label: string, { node, signal }: ActiveContext): Promise<void> {
  const at = node(label);
  if (at?.rights.tier !== 3) return;
  const script = sweepScript(randomBytes(16).toString('hex'));
  const what = `nft delete table inet ${TRACE_TABLE}…: what an earlier rule trace left, if its time is over`;
  await runScript(at.transport, {
    script,
    what,
    deadlineMs: DEADLINE_MS,
    maxBytes: MOST_BYTES,
    inTurn: true,
    signal,
  });
}
