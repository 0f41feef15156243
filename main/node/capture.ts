// One guarded tcpdump and its pcap stream (DESIGN §10).
import { fail, type Result } from '../../app/result.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import type { Capture, CaptureFailure, CaptureRequest } from './capture-events.ts';
import type { GuardOptions } from './guard.ts';
import type { Rights } from './rights.ts';

export type {
  Capture,
  CaptureEvent,
  CaptureFailure,
  CaptureRequest,
  CaptureTotals,
  SshConnection,
} from './capture-events.ts';
export { SNAP_MIN } from './capture-events.ts';

export interface CaptureOptions extends GuardOptions {
  /** What sentences call the node. */
  readonly label: string;
}

/** Starts tcpdump on the node. Resolves when its channel is open; whether tcpdump runs shows in the events. */
export function capture(
  _transport: NodeTransport,
  _rights: Rights,
  _request: CaptureRequest,
  options: CaptureOptions,
): Promise<Result<Capture, CaptureFailure>> {
  const sentence = `Nothing can be captured on ${options.label} yet.`;
  return Promise.resolve(fail({ kind: 'failed', sentence, detail: null }));
}
