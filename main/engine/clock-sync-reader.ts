// Asks a node how right its clock is by its own account, while packets are watched: one round trip.
import { randomBytes } from 'node:crypto';
import { parseClockSync, type ClockSync } from '../../app/probe/clock-sync.ts';
import { clockSyncScript } from '../../app/probe/clock-sync-script.ts';
import { runScript } from '../node/run-probe.ts';
import type { NodeTransport } from '../ssh/transport.ts';

const deadlineMs = 10_000;
const mostBytes = 64 * 1024;

/** Null: nothing there tells, or it could not be asked. */
export async function readClockSync(
  transport: NodeTransport,
  {
    label,
    now,
    signal,
  }: { readonly label: string; readonly now: () => number; readonly signal: AbortSignal },
): Promise<ClockSync | null> {
  const nonce = randomBytes(16).toString('hex');
  const what = 'chronyc tracking, ntpq rv: how right the clock is';
  const options = { what, deadlineMs, maxBytes: mostBytes, inTurn: true, signal };
  const ran = await runScript(transport, { script: clockSyncScript(nonce), ...options });
  return ran.ok ? parseClockSync(ran.value.stdout, { nonce, nodeLabel: label, seenAt: now() }) : null;
}
