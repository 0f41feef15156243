// One guarded tcpdump and its pcap stream (DESIGN §10, ADR 10).
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok, type Result } from '../../app/result.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import type {
  Capture,
  CaptureEvent,
  CaptureFailure,
  CaptureRequest,
  CaptureTime,
  CaptureTotals,
} from './capture-events.ts';
import {
  cancelledCapture,
  frozen,
  fromExit,
  fromNodeFailure,
  fromWord,
  insideNotPermitted,
  notPcap,
  oldTcpdump,
  type Where,
} from './capture-failure.ts';
import { captureParameters } from './capture-parameters.ts';
import { CaptureStderr, type StderrItem } from './capture-stderr.ts';
import { CaptureTally, type Tally } from './capture-tally.ts';
import { runGuarded, type Guarded, type GuardOptions, type Payload } from './guard.ts';
import { PcapStream } from './pcap-stream.ts';
import { CAPTURE_PATH, type Rights } from './rights.ts';

export type {
  Capture,
  CaptureEvent,
  CaptureFailure,
  CaptureRequest,
  CaptureTotals,
  SshConnection,
} from './capture-events.ts';

/** Ticks kept for a reader that does not come; the oldest go, for a later one says more. */
const TICKS_KEPT = 32;
/** How long after the end stderr may still be on its way, where something holds it open. */
const STDERR_GRACE_MS = 500;

/**
 * Seconds of the node's without an answer or a byte of tcpdump's, after which it will not come: longer than a loaded node makes it wait, and
 * shorter than anybody waits for what became of the others' packets.
 */
const ANSWERS_WITHIN_S = 10;

export interface CaptureOptions extends GuardOptions {
  /** What sentences call the node. */
  readonly label: string;
  /** Seconds of silence after which tcpdump is taken for frozen. */
  readonly answersWithinS?: number;
}

class RunningCapture implements Capture {
  readonly #guard: Guarded;
  readonly #where: Where;
  readonly #answersWithinS: number;
  readonly #pcap: PcapStream;
  readonly #stderr: CaptureStderr;
  readonly #tally = new CaptureTally();
  readonly #ticks: Tally[] = [];
  #totals: CaptureTotals | null = null;
  /** The last word of the node's half. */
  #word: string | null = null;
  #stopped: boolean;
  /** The guard's seconds since tcpdump was last heard, while its bytes were waited for. */
  #unanswered = 0;
  /** We wait for its bytes. */
  #waits = false;
  #wake: () => void = () => undefined;
  readonly #stderrRead: Promise<void>;
  readonly events: AsyncIterable<CaptureEvent>;

  constructor(
    guard: Guarded,
    where: Where,
    { signal, answersWithinS = ANSWERS_WITHIN_S }: Pick<CaptureOptions, 'signal' | 'answersWithinS'>,
  ) {
    this.#guard = guard;
    this.#where = where;
    this.#answersWithinS = answersWithinS;
    this.#pcap = new PcapStream(guard.nonce);
    this.#stderr = new CaptureStderr(guard.nonce);
    this.#stopped = signal.aborted;
    const stop = (): void => this.#stop();
    signal.addEventListener('abort', stop, { once: true });
    void guard.channel.exit.then(() => signal.removeEventListener('abort', stop));
    this.#stderrRead = this.#readStderr();
    this.events = this.#read();
  }

  get guardId(): string {
    return this.#guard.id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#guard[Symbol.asyncDispose]();
  }

  async *#read(): AsyncGenerator<CaptureEvent> {
    const source = this.#guard.channel.stdout[Symbol.asyncIterator]();
    let asked = false;
    let came: Uint8Array | 'end' | null = null;
    const take = (next: Uint8Array | 'end'): void => {
      came = next;
      this.#waits = false;
      this.#unanswered = 0;
      this.#wake();
    };
    while (!this.#isOver()) {
      if (!asked) {
        asked = true;
        this.#waits = true;
        // A stream that breaks has ended: the channel's exit tells why.
        void source.next().then(
          (next) => take(next.done === true ? 'end' : next.value),
          () => take('end'),
        );
      }
      await this.#until(() => came !== null || this.#isOver() || this.#ticks.length > 0);
      yield* this.#ticksSoFar();
      const taken = came as Uint8Array | 'end' | null;
      if (taken === 'end') break;
      if (taken === null) continue;
      came = null;
      asked = false;
      const bytes = this.#pcap.push(taken);
      if (bytes.length > 0) yield { kind: 'bytes', bytes };
    }
    this.#pcap.end();
    const failure = await this.#failure();
    yield* this.#ticksSoFar();
    void this.#guard[Symbol.asyncDispose]();
    yield { kind: 'end', failure, totals: this.#totals };
  }

  *#ticksSoFar(): Generator<CaptureEvent> {
    for (const tally of this.#ticks.splice(0)) yield { kind: 'tick', ...tally };
  }

  #isOver(): boolean {
    return this.#stopped || this.#isFrozen || this.#pcap.trouble !== null;
  }

  get #isFrozen(): boolean {
    return this.#unanswered >= this.#answersWithinS;
  }

  #stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** One may wait at a time. Nothing of a wait is left with what it waited for: a quiet Pod wakes us for hours. */
  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        if (holds()) resolve();
      };
      this.#wake();
    });
  }

  /** Also while nobody reads the packets, for both have one window; what it says is short. */
  async #readStderr(): Promise<void> {
    try {
      for await (const chunk of this.#guard.channel.stderr) this.#take(this.#stderr.push(chunk));
    } catch {
      // stdout and the channel's exit tell the same, with the reason
    }
    this.#take(this.#stderr.end());
  }

  #take(items: readonly StderrItem[]): void {
    for (const item of items) {
      if (item.kind === 'tick') this.#second(item.time);
      else if (item.kind === 'end') this.#word = item.word;
      else {
        this.#totals = item.totals;
        this.#unanswered = 0;
        const tally = this.#tally.totals(item.totals, item.ticksBefore);
        if (tally !== null) this.#ticks.push(tally);
        if (this.#ticks.length > TICKS_KEPT) this.#ticks.shift();
        this.#wake();
      }
    }
  }

  #second(time: CaptureTime): void {
    this.#tally.tick(time);
    // Where we have not asked for more it may be waiting for us; and before its first word it is still being started.
    if (!this.#waits || this.#isFrozen || this.#totals === null) return;
    this.#unanswered += 1;
    this.#wake();
  }

  async #failure(): Promise<CaptureFailure> {
    if (this.#stopped) return cancelledCapture;
    if (this.#isFrozen) return frozen(this.#where, this.#answersWithinS);
    if (this.#pcap.trouble === 'sll') return oldTcpdump(this.#where);
    if (this.#pcap.trouble === 'not-pcap') return notPcap(this.#where, this.#pcap.insteadOfPcap);
    const exit = await this.#orStopped(this.#guard.channel.exit);
    if (exit === null) return cancelledCapture;
    await this.#orStopped(Promise.race([this.#stderrRead, sleep(STDERR_GRACE_MS)]));
    const { words, began, noise } = this.#stderr;
    if (this.#word !== null) return fromWord(this.#where, this.#word, words);
    return fromExit(this.#where, exit, began || this.#pcap.began, `${this.#pcap.noise}\n${noise}\n${words}`);
  }

  /** null when we are stopped first: a frozen peer would never answer. */
  async #orStopped<T>(promise: Promise<T>): Promise<T | null> {
    let settled: { readonly value: T } | null = null;
    void promise.then((value) => {
      settled = { value };
      this.#wake();
    });
    await this.#until(() => settled !== null || this.#stopped);
    return (settled as { readonly value: T } | null)?.value ?? null;
  }
}

function payloadFor(rights: Rights, parameters: string): Payload {
  if (rights.tier === 2) return { kind: 'verb', verb: 'capture', parameters };
  return { kind: 'capture', tool: rights.tier === 1 ? CAPTURE_PATH : 'tcpdump', parameters };
}

/** Starts tcpdump on the node. Resolves when its channel is open; whether tcpdump runs shows in the events. */
export async function capture(
  transport: NodeTransport,
  rights: Rights,
  request: CaptureRequest,
  options: CaptureOptions,
): Promise<Result<Capture, CaptureFailure>> {
  const where: Where = { label: options.label, request, rights };
  if (request.namespace !== null && rights.tier < 2) return fail(insideNotPermitted(where));
  const parameters = captureParameters(request);
  if (!parameters.ok) return parameters;
  const guarded = await runGuarded(transport, payloadFor(rights, parameters.value), options);
  if (!guarded.ok) return fail(fromNodeFailure(guarded.failure));
  return ok(new RunningCapture(guarded.value, where, options));
}
