// Long-lived commands of one node over one channel (sshd allows ten): `ip monitor`, kubectl watches. Streams are
// started and stopped by orders to the guard, without touching the others.
import type { NodeTime } from '../../app/probe/facts.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { AuditRun } from '../audit/audit-trail.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import { FrameDecoder, type Frame } from './framing.ts';
import { runGuarded, type Guarded, type GuardOptions } from './guard.ts';
import { cancelled, endFailure, type NodeFailure } from './node-failure.ts';

/** A command for /bin/sh, as the login; null: the root wrapper's own command of that name (tier 2). */
export interface FollowStream {
  /** Letters, digits and dashes. */
  readonly name: string;
  readonly command: string | null;
}

export type FollowEvent =
  | {
      readonly kind: 'line';
      readonly stream: string;
      readonly source: 'stdout' | 'stderr';
      /** Without its newline; invalid UTF-8 as U+FFFD. */
      readonly line: string;
      /** The line was longer than `maxLineBytes`; its end is missing. */
      readonly truncated: boolean;
      /** The node's last tick before this arrived: the line is not much older than that. null before the first. */
      readonly nodeTime: NodeTime | null;
    }
  | {
      readonly kind: 'exit';
      readonly stream: string;
      /** As the shell says it: 128 + n when signal n ended it. */
      readonly status: number;
      readonly nodeTime: NodeTime | null;
    }
  /** Once a second: the node lives, and its clock (whole seconds where its date(1) knows no %N). */
  | { readonly kind: 'tick'; readonly nodeTime: NodeTime }
  /** The last event: nothing runs any more. `cancelled` when that was asked for. */
  | { readonly kind: 'end'; readonly failure: NodeFailure };

export interface FollowOptions extends GuardOptions {
  /** Through the root wrapper: all streams must have `command: null`. */
  readonly asRoot?: boolean;
  /** Longer lines are cut there, default 4 MiB (an object of Kubernetes is ≤ 1.5 MiB in etcd). */
  readonly maxLineBytes?: number;
}

const STREAM_NAME = /^[A-Za-z0-9-]{1,40}$/;
const STDERR_KEPT = 4096;

/** Follows streams until disposed, aborted, or cut. Reading slowly slows the node's commands, never loses lines. */
export class Follower implements AsyncDisposable {
  readonly #guard: Guarded;
  readonly #decoder: FrameDecoder;
  readonly #asRoot: boolean;
  readonly #names = new Map<number, string>();
  readonly #ids = new Map<string, number>();
  #nextId = 1;
  #stopped = false;
  #onStop: () => void = () => undefined;
  #nodeTime: NodeTime | null = null;
  #stderr = '';
  /** By stream id. */
  readonly #audited = new Map<number, AuditRun>();
  /** One consumer only. Ends after the event `end`. */
  readonly events: AsyncIterable<FollowEvent>;

  /** Use `follow`. */
  constructor(guard: Guarded, options: FollowOptions) {
    this.#guard = guard;
    this.#asRoot = options.asRoot ?? false;
    this.#decoder = new FrameDecoder(guard.nonce, options.maxLineBytes);
    const { signal } = options;
    this.#stopped = signal.aborted;
    const stop = (): void => this.#stop();
    signal.addEventListener('abort', stop, { once: true });
    void guard.channel.exit.then(() => {
      signal.removeEventListener('abort', stop);
      for (const run of this.#audited.values()) run.ended('ended with its channel');
      this.#audited.clear();
    });
    this.events = this.#read();
  }

  /** Bytes that were not ours: a login's greeting. */
  get noiseBytes(): number {
    return this.#decoder.noiseBytes;
  }

  /** `HOPSCOPE_GUARD=<id>` marks every process of this guard on the node (as the login). */
  get id(): string {
    return this.#guard.id;
  }

  /** Starts a stream. A name may be used again once its stream ended or was removed; else this throws at once. */
  add(stream: FollowStream): Promise<void> {
    const { name, command } = stream;
    if (!STREAM_NAME.test(name)) throw new Error(`not a stream's name: ${JSON.stringify(name)}`);
    if (this.#ids.has(name)) throw new Error(`stream ${name} is running`);
    if ((command === null) !== this.#asRoot)
      throw new Error(`stream ${name}: wrong kind of command for this guard`);
    if (command?.includes('\0') === true) throw new Error(`stream ${name}: NUL in its command`);
    const id = this.#nextId++;
    this.#ids.set(name, id);
    this.#names.set(id, name);
    this.#decoder.expect(id);
    const run = this.#guard.channel.audit?.stream(command ?? name);
    if (run !== undefined) this.#audited.set(id, run);
    const order =
      command === null
        ? `=${String(id)} ${name}\n`
        : `+${String(id)} ${String(command.split('\n').length)}\n${command}\n`;
    return this.#guard.order(order);
  }

  /** Ends a stream's processes on the node. Nothing more comes from it, not even its exit. */
  async remove(name: string): Promise<void> {
    const id = this.#ids.get(name);
    if (id === undefined) return;
    this.#release(id, name, 'ended by us');
    await this.#guard.order(`-${String(id)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#guard[Symbol.asyncDispose]();
  }

  #release(id: number, name: string, outcome: string): void {
    this.#audited.get(id)?.ended(outcome);
    this.#audited.delete(id);
    this.#names.delete(id);
    this.#ids.delete(name);
    this.#decoder.forget(id);
  }

  async *#read(): AsyncGenerator<FollowEvent> {
    const { channel } = this.#guard;
    void this.#readStderr();
    const source = channel.stdout[Symbol.asyncIterator]();
    while (!this.#stopped) {
      const chunk = await this.#next(source);
      if (chunk === null) break;
      for (const frame of this.#decoder.push(chunk)) {
        const event = this.#event(frame);
        if (event !== null) yield event;
      }
    }
    this.#decoder.end();
    const exit = this.#stopped ? null : await this.#orStopped(channel.exit);
    if (exit === null) {
      yield { kind: 'end', failure: cancelled };
      return;
    }
    const printed = `${this.#decoder.noise}\n${this.#stderr}`;
    yield { kind: 'end', failure: endFailure(exit, this.#decoder.began, printed) };
  }

  /** null at the end. A stream that breaks has ended: the channel's exit tells why. */
  async #next(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
    try {
      const next = await this.#orStopped(source.next());
      return next === null || next.done === true ? null : next.value;
    } catch {
      return null;
    }
  }

  /** null when we are stopped first: a frozen peer would never answer. Unlike a race it keeps nothing of past calls. */
  #orStopped<T>(promise: Promise<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      this.#onStop = () => resolve(null);
      if (this.#stopped) resolve(null);
      promise.then(resolve, reject);
    });
  }

  #stop(): void {
    this.#stopped = true;
    this.#onStop();
  }

  #event(frame: Frame): FollowEvent | null {
    if (frame.kind === 'tick') {
      this.#nodeTime = frame.time;
      return { kind: 'tick', nodeTime: frame.time };
    }
    const stream = this.#names.get(frame.id);
    if (stream === undefined) return null; // of a stream that was removed while this chunk's events were read
    const nodeTime = this.#nodeTime;
    if (frame.kind === 'exit') {
      this.#release(frame.id, stream, `exit ${String(frame.status)}`);
      return { kind: 'exit', stream, status: frame.status, nodeTime };
    }
    const { source, line, truncated } = frame;
    return { kind: 'line', stream, source, line, truncated, nodeTime };
  }

  /** Only a login's or sudo's own words come here; the streams' stderr comes in frames. */
  async #readStderr(): Promise<void> {
    try {
      for await (const chunk of this.#guard.channel.stderr) {
        if (this.#stderr.length < STDERR_KEPT) this.#stderr += Buffer.from(chunk).toString('utf8');
      }
    } catch {
      // stdout and the channel's exit tell the same, with the reason
    }
  }
}

/** Opens the one channel and starts `streams` on it. */
export async function follow(
  transport: NodeTransport,
  streams: readonly FollowStream[],
  options: FollowOptions,
): Promise<Result<Follower, NodeFailure>> {
  const payload =
    options.asRoot === true ? ({ kind: 'verb', verb: 'follow' } as const) : ({ kind: 'streams' } as const);
  const guarded = await runGuarded(transport, payload, options);
  if (!guarded.ok) return fail(guarded.failure);
  const follower = new Follower(guarded.value, options);
  // Orders wait behind the script in the channel; nobody needs to wait for them.
  for (const stream of streams) void follower.add(stream);
  return ok(follower);
}
