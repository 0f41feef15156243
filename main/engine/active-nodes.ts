// What a probe or a scope runs on nodes: each script under its guard, with its line in the audit, and what it said or why nothing.
import { randomBytes } from 'node:crypto';
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';
import {
  flowTraceScript,
  LISTEN_S,
  PROBE_PORTS,
  READY,
  type TracedFlow,
} from '../../app/probe/flow-trace.ts';
import { shotCommand, shotsScript, type Shot } from '../../app/probe/active-shots.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { Said } from '../../app/trace/probe-understood.ts';
import type { TierOf } from '../../app/trace/probe-plan.ts';
import { runDiscovery, type Rights } from '../node/rights.ts';
import { runScript } from '../node/run-probe.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import type { NodeSession } from './node-session.ts';

/** A node that is connected and has said who its login is. */
export interface ActiveNode {
  readonly transport: NodeTransport;
  readonly rights: Rights;
}

/** Null: not connected yet, or nobody knows what its login may do. */
export function activeNode(
  session: Pick<NodeSession, 'transport' | 'reader'> | undefined,
): ActiveNode | null {
  const { transport = null, reader = null } = session ?? {};
  const rights = reader?.rights ?? null;
  return transport === null || rights === null ? null : { transport, rights };
}

export interface ActiveContext {
  /** Of a node by its label; null while it is not connected. */
  readonly node: (label: string) => ActiveNode | null;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

const DEADLINE_MS = 20_000;
/** Of what shots say. */
const SHOT_BYTES = 256 * 1024;
const TRACE_BYTES = 1024 * 1024;
const COUNTED: readonly DiscoveryPart[] = ['counters', 'firewall'];

export function tiersOf({ node }: ActiveContext): TierOf {
  return (label) => node(label)?.rights.tier ?? null;
}

/** A node's counters and filters as they are now. */
export async function readCounted(label: string, context: ActiveContext): Promise<Said> {
  const node = context.node(label);
  if (node === null) return notConnected(label);
  const nonce = newNonce();
  const request = { nonce, parts: COUNTED };
  const options = { request, deadlineMs: DEADLINE_MS, inTurn: true, signal: context.signal };
  const ran = await runDiscovery(node.transport, node.rights, options);
  return ran.ok ? ok({ nonce, stdout: ran.value.stdout, seenAt: context.now() }) : fail(ran.failure.sentence);
}

/** Sends them all at once. */
export async function fire(label: string, shots: readonly Shot[], context: ActiveContext): Promise<Said> {
  const nonce = newNonce();
  const what = `probe: ${[...new Set(shots.map(shotCommand))].join('; ')}`;
  return said(label, nonce, shotsScript(nonce, shots.map(withPort)), { what, maxBytes: SHOT_BYTES }, context);
}

/** Another with each try: a closed connection keeps its own for a minute. */
function withPort(shot: Shot): Shot {
  const { first, last } = PROBE_PORTS;
  const port = first + (randomBytes(2).readUInt16BE() % (last - first + 1));
  return shot.kind === 'echo' ? shot : { ...shot, sourcePort: port };
}

export interface RuleTrace {
  /** Packets are marked from now on, or never will be. */
  readonly begun: Promise<void>;
  readonly said: Promise<Said>;
}

/** Traces the rules that this flow meets for some seconds. */
export function traceFlow(label: string, flow: TracedFlow, context: ActiveContext): RuleTrace {
  const nonce = newNonce();
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const what = `rule trace: nft table inet hopscope_trace_… for ${flow.source} → ${flow.destination}, ${String(LISTEN_S)} s; nft monitor trace`;
  const reached = { mark: `#${nonce} ${READY}`, tell: () => begin() };
  const script = flowTraceScript(nonce, flow);
  const ended = said(label, nonce, script, { what, maxBytes: TRACE_BYTES, reached }, context);
  void ended.then(() => begin());
  return { begun, said: ended };
}

interface Run {
  readonly what: string;
  readonly maxBytes: number;
  readonly reached?: { readonly mark: string; readonly tell: () => void };
}

async function said(
  label: string,
  nonce: string,
  script: Result<string, string>,
  run: Run,
  { node, now, signal }: ActiveContext,
): Promise<Said> {
  if (!script.ok) return script;
  const at = node(label);
  if (at === null) return notConnected(label);
  const options = { ...run, script: script.value, deadlineMs: DEADLINE_MS, inTurn: true, signal };
  const ran = await runScript(at.transport, options);
  return ran.ok ? ok({ nonce, stdout: ran.value.stdout, seenAt: now() }) : fail(ran.failure.sentence);
}

function notConnected(label: string): Said {
  return fail(`${label} is not connected; try again as soon as it is.`);
}

function newNonce(): string {
  return randomBytes(16).toString('hex');
}
