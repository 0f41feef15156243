// The engine, put together from the real parts: SSH, the guard, the worker.
import { CHANGING_PARTS, type DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { SshConnector } from '../ssh/ssh-connector.ts';
import { MACHINE_CLOCK } from '../ssh/reconnecting.ts';
import type { Connector } from '../ssh/transport.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import type { Following } from './following.ts';
import { Session } from './session.ts';

export interface EngineOptions {
  /** Somebody can answer questions (a window, a terminal). Without, unknown host keys are refused. */
  readonly attended?: boolean;
  readonly connector?: Connector;
  /** Told of all that runs on nodes. */
  readonly audit?: AuditTrail;
  /** Default: everything. */
  readonly follow?: Following;
  /** What is read of each node where nothing is followed; default: all that tells how it is now. */
  readonly once?: readonly DiscoveryPart[];
}

/** An engine without a session; `open` gives it one. */
export function createEngine(options: EngineOptions): Session {
  const audit = options.audit ?? new AuditTrail();
  const session: Session = new Session({
    audit,
    attended: options.attended ?? true,
    workerFile: new URL('./topology-worker.ts', import.meta.url),
    packetWorkerFile: new URL('./packet-worker.ts', import.meta.url),
    trailWorkerFile: new URL('./trail-worker.ts', import.meta.url),
    connector:
      options.connector ??
      new SshConnector({ audit, onNotice: (sentence) => session.notice('info', sentence) }),
    clock: MACHINE_CLOCK,
    follow: options.follow ?? 'everything',
    // Who reads once sees no time line.
    once: options.once ?? CHANGING_PARTS,
  });
  audit.onTrouble((sentence) => session.notice('error', sentence));
  return session;
}
