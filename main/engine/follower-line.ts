// One channel of long-lived commands, kept open for as long as its connection stands: streams that end are started
// again, a channel that ends is opened again, each after a rest that grows while it does not help.
import { setTimeout as sleep } from 'node:timers/promises';
import { follow, type Follower, type FollowStream } from '../node/follow.ts';
import type { NodeTransport } from '../ssh/transport.ts';

export interface LineOptions {
  readonly transport: NodeTransport;
  /** Through the root wrapper (tier 2). */
  readonly asRoot: boolean;
  readonly signal: AbortSignal;
  /** Streams that are started again when they end. Asked each time, since what may be run can change. */
  readonly lasting: () => readonly FollowStream[];
  /** A lasting stream (or the whole channel, stream null) runs, or why it does not. */
  readonly onUp: (stream: string | null, sentence: string | null) => void;
  readonly onTick: () => void;
  /** Awaited: a slow consumer slows the node's commands instead of filling memory. */
  readonly onLine: (stream: string, line: string) => void | Promise<void>;
  /** A stream of `add` ended; `said` is the last line of its stderr. */
  readonly onEnded: (stream: string, status: number, said: string) => void;
}

/** ms. A node that ends our commands again and again is not asked more often than this. */
const rest = { first: 1_000, longest: 30_000 };
/** A stream or channel that lived this long is well again, ms. */
const wellAfter = 2_000;

export class FollowerLine implements AsyncDisposable {
  readonly #options: LineOptions;
  readonly #added = new Map<string, string>();
  readonly #said = new Map<string, string>();
  readonly #rests = new Map<string, number>();
  /** How often each lasting stream has ended. */
  readonly #ends = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #follower: Follower | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: LineOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  get open(): boolean {
    return this.#follower !== null;
  }

  /** Resolves when the channel is open, or was refused for the first time. */
  start(): Promise<void> {
    return new Promise((tried) => {
      this.#running = this.#run(tried);
    });
  }

  /** Follows one more command; it is not started again when it ends. */
  add(name: string, command: string): void {
    if (this.#added.has(name)) return;
    this.#added.set(name, command);
    void this.#follower?.add({ name, command });
  }

  /** Ends such a command; nothing more comes from it. */
  remove(name: string): void {
    if (this.#added.delete(name)) void this.#follower?.remove(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const follower = this.#follower;
    this.#follower = null;
    await follower?.[Symbol.asyncDispose]();
    await this.#running;
  }

  async #run(tried: () => void): Promise<void> {
    const { transport, asRoot, onUp } = this.#options;
    while (!this.#signal.aborted) {
      const streams = [
        ...this.#options.lasting(),
        ...[...this.#added].map(([name, command]) => ({ name, command })),
      ];
      const opened = await follow(transport, streams, { signal: this.#signal, asRoot });
      if (opened.ok) {
        const follower = opened.value;
        this.#follower = follower;
        const started = new Set(streams.map(({ name }) => name));
        for (const [name, command] of this.#added)
          if (!started.has(name)) void follower.add({ name, command });
        onUp(null, null);
        tried();
        const began = performance.now();
        const sentence = await this.#consume(follower);
        this.#follower = null;
        await follower[Symbol.asyncDispose]();
        if (performance.now() - began > wellAfter) this.#rests.delete('');
        if (!this.#stopped()) onUp(null, sentence);
      } else if (!this.#stopped()) {
        onUp(null, opened.failure.sentence);
        tried();
      }
      await this.#pause('');
    }
    tried();
  }

  async #consume(follower: Follower): Promise<string> {
    const { onTick, onLine } = this.#options;
    for await (const event of follower.events) {
      switch (event.kind) {
        case 'tick':
          onTick();
          break;
        case 'line':
          if (event.source === 'stdout') await onLine(event.stream, event.line);
          else this.#said.set(event.stream, event.line);
          break;
        case 'exit':
          this.#exited(follower, event.stream, event.status);
          break;
        case 'end':
          return event.failure.sentence;
      }
    }
    return 'What is followed on this node ended';
  }

  #exited(follower: Follower, name: string, status: number): void {
    const said = this.#said.get(name) ?? '';
    this.#said.delete(name);
    if (this.#added.delete(name)) {
      this.#options.onEnded(name, status, said);
      return;
    }
    this.#ends.set(name, (this.#ends.get(name) ?? 0) + 1);
    this.#options.onUp(
      name,
      said === '' ? `a command that follows changes ended there (status ${status})` : said,
    );
    void this.#startAgain(follower, name);
  }

  async #startAgain(follower: Follower, name: string): Promise<void> {
    await this.#pause(name);
    const stream = this.#options.lasting().find((one) => one.name === name);
    if (this.#follower !== follower || stream === undefined) return;
    const ends = this.#ends.get(name);
    await follower.add(stream);
    await this.#wait(wellAfter);
    // It may have ended meanwhile, and then says so itself, with a longer rest.
    if (this.#follower !== follower || this.#ends.get(name) !== ends) return;
    this.#rests.delete(name);
    this.#options.onUp(name, null);
  }

  async #pause(what: string): Promise<void> {
    const ms = this.#rests.get(what) ?? rest.first;
    this.#rests.set(what, Math.min(ms * 2, rest.longest));
    await this.#wait(ms);
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#signal }).catch(() => undefined);
  }

  #stopped(): boolean {
    return this.#signal.aborted;
  }
}
