// One script, once, under the guard: the way every fact is read.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DiscoveryRequest } from '../../app/probe/discovery-script.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { Channel, NodeTransport } from '../ssh/transport.ts';
import { runGuarded, type GuardOptions, type Payload } from './guard.ts';
import { MarkedReader } from './marked-output.ts';
import { cancelled, deadlineFailure, endFailure, type NodeFailure } from './node-failure.ts';

/** A whole node's facts with 10,000 routes are a few MiB; more than this is a mistake or an attack. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_STDERR_BYTES = 256 * 1024;
/** Each refusal teaches the connection's pool that the node has a session fewer than it thought; four is all it ever tries. */
const MOST_TRIES = 4;
/** How long after the end stderr may still be on its way, where something holds it open. */
const STDERR_GRACE_MS = 200;

export interface ProbeOutput {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** As the node's shell says it (128 + n: ended by signal n); null when reading stopped at `maxBytes`. */
  readonly exitStatus: number | null;
  /** From opening the channel to the last byte, ms. */
  readonly durationMs: number;
  /** stdout had more than `maxBytes`: the rest was not read, and the script was ended. */
  readonly truncated: boolean;
  /** Bytes a login printed before our script began (a greeting, a profile). */
  readonly noiseBytes: number;
}

export interface ProbeOptions extends GuardOptions {
  readonly deadlineMs: number;
  readonly maxBytes?: number;
  /** Where the node allows fewer sessions than run now: waits for one until the deadline, instead of failing with 'limit'. */
  readonly inTurn?: boolean;
  /** Called once, as soon as these bytes stand in stdout: the script has come so far. */
  readonly reached?: { readonly mark: string; readonly tell: () => void };
}

/** Runs `script` (POSIX sh, stdin empty, no here-documents: bash writes them to files) as the login itself. */
export function runScript(
  transport: NodeTransport,
  options: ProbeOptions & { readonly script: string },
): Promise<Result<ProbeOutput, NodeFailure>> {
  return run(transport, { kind: 'script', script: options.script, deadlineMs: options.deadlineMs }, options);
}

/** Runs the installed wrapper's fixed discovery script as root (DESIGN §5, tier 2). */
export function runDiscoverVerb(
  transport: NodeTransport,
  options: ProbeOptions & { readonly request: DiscoveryRequest },
): Promise<Result<ProbeOutput, NodeFailure>> {
  return run(transport, { kind: 'verb', verb: 'discover', request: options.request }, options);
}

/** Aborts with `signal` or after `ms`. By hand: AbortSignal.any holds its sources weakly, a timeout could be collected. */
function limited(signal: AbortSignal, ms: number): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, ms);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

async function run(
  transport: NodeTransport,
  payload: Payload,
  options: ProbeOptions,
): Promise<Result<ProbeOutput, NodeFailure>> {
  const { deadlineMs, maxBytes = MAX_BYTES, signal } = options;
  const started = performance.now();
  // The deadline covers waiting for a free channel too.
  using limit = limited(signal, deadlineMs);
  const either = limit.signal;
  const gaveUp = (): NodeFailure => (signal.aborted ? cancelled : deadlineFailure(deadlineMs));

  let guarded = await runGuarded(transport, payload, { ...options, signal: either });
  for (let tries = 1; options.inTurn === true && tries < MOST_TRIES; tries++) {
    if (guarded.ok || guarded.failure.kind !== 'limit' || either.aborted) break;
    guarded = await runGuarded(transport, payload, { ...options, signal: either });
  }
  if (!guarded.ok) {
    // It never got a channel: that is not the node's slowness.
    const waited = guarded.failure.kind === 'limit' && !signal.aborted;
    return fail(either.aborted && !waited ? gaveUp() : guarded.failure);
  }
  const guard = guarded.value;
  const stdout = new MarkedReader(guard.nonce, maxBytes);
  const stderr = new MarkedReader(guard.nonce, MAX_STDERR_BYTES);
  try {
    const aborted = new Promise<void>((resolve) => {
      either.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([read(watched(guard.channel, options.reached), stdout, stderr), aborted]);
    if (either.aborted) return fail(gaveUp());
    const out = stdout.output();
    const errors = stderr.output();
    if (stdout.status === null && !out.truncated) {
      const exit = await Promise.race([guard.channel.exit, aborted]);
      if (exit === undefined) return fail(gaveUp());
      return fail(endFailure(exit, stdout.began, `${stdout.noise}\n${stderr.noise}`));
    }
    if (stdout.status !== null) guard.channel.audit?.concluded(stdout.status);
    return ok({
      stdout: out.bytes,
      stderr: errors.bytes,
      exitStatus: stdout.status,
      durationMs: performance.now() - started,
      truncated: out.truncated,
      noiseBytes: stdout.noiseBytes + stderr.noiseBytes,
    });
  } finally {
    // Not awaited: a frozen peer would keep the answer from the caller.
    void guard[Symbol.asyncDispose]();
  }
}

/** The channel, whose stdout is looked through on its way for what the caller waits for. */
function watched(
  channel: Channel,
  reached: ProbeOptions['reached'],
): Pick<Channel, 'stdout' | 'stderr' | 'exit'> {
  if (reached === undefined) return channel;
  const { mark, tell } = reached;
  async function* looked(): AsyncGenerator<Uint8Array> {
    let told = false;
    // A mark may come in two chunks.
    let tail = '';
    for await (const chunk of channel.stdout) {
      if (!told) {
        const text = tail + Buffer.from(chunk).toString('latin1');
        told = text.includes(mark);
        if (told) tell();
        tail = text.slice(-mark.length);
      }
      yield chunk;
    }
  }
  return { stdout: looked(), stderr: channel.stderr, exit: channel.exit };
}

/** Until stdout's end mark (stderr's came before it on the node), or until there is nothing to read any more. */
async function read(
  channel: Pick<Channel, 'stdout' | 'stderr' | 'exit'>,
  stdout: MarkedReader,
  stderr: MarkedReader,
): Promise<void> {
  // stderr beyond its bound is read and dropped, so that a chatty script does not block on it.
  const errors = feed(stderr, channel.stderr, () => stderr.status !== null);
  await feed(stdout, channel.stdout, () => stdout.done);
  if (stdout.truncated) return;
  const over = new AbortController();
  const late = channel.exit
    .then(() => sleep(STDERR_GRACE_MS, undefined, { signal: over.signal }))
    .catch(() => undefined);
  await Promise.race([errors, late]);
  // A wait that nobody needs any more would keep a program that is done.
  over.abort();
}

/** A stream that breaks has ended: the channel's exit tells why. */
async function feed(
  reader: MarkedReader,
  stream: AsyncIterable<Uint8Array>,
  enough: () => boolean,
): Promise<void> {
  try {
    for await (const chunk of stream) {
      reader.push(chunk);
      if (enough()) return;
    }
  } catch {
    return;
  }
}
