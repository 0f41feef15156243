// How many channels stand open on one connection. sshd counts sessions (MaxSessions, 10 unless set): commands share
// four places and wait for one in turn; captures and terminals share what is left, and only a terminal waits, for a
// reading to end where the node allows few (ADR 10).
import { setMaxListeners } from 'node:events';
import { fail, ok, type Result } from '../../app/result.ts';
import type { ChannelFailure } from './transport.ts';

/** DESIGN §10: a node owns a small pool. */
const COMMAND_PLACES = 4;
/** What sshd's default of ten leaves beside the commands. */
const OTHER_PLACES = 6;
/** Of those: one capture in the node's own namespace, and the Pods at both ends of a path where one node has both. */
const CAPTURE_PLACES = 3;
/** Where the node allows fewer: what follows changes holds one for good, and what reads them needs another. */
const READING_PLACES = 2;
/** A reading takes a second or two; who opens a terminal sees that long that it is being opened. */
const TERMINAL_WAIT_MS = 5_000;

/** Given back when the channel is closed on both sides. */
export type ReleasePlace = () => void;
type PlaceResult = Result<ReleasePlace, ChannelFailure>;

interface OpenCapture {
  /** Readings need its place: closes it, with the reason. */
  readonly yieldPlace: (reason: ChannelFailure) => void;
  /** It was told so, and its channel is not closed yet. */
  leaving: boolean;
}

interface Wanted {
  /** They come before commands, each in its turn. */
  readonly isTerminal: boolean;
  /** Why it will get none, whatever reading ends; null: it may. */
  readonly inVain: () => ChannelFailure | null;
  readonly fits: () => boolean;
  readonly take: () => ReleasePlace;
  /** ms for which it is waited for; left out: as long as it takes. */
  readonly waitMs?: number;
  /** Why it got none when it is waited for no longer. */
  readonly abandoned: () => ChannelFailure;
}

interface Waiting extends Wanted {
  readonly settle: (outcome: PlaceResult) => void;
}

export class ChannelPool {
  readonly #label: string;
  readonly #waiting: Waiting[] = [];
  #commands = 0;
  #terminals = 0;
  /** The oldest first. */
  readonly #captures: OpenCapture[] = [];
  #limit: number | null = null;
  #closed: ChannelFailure | null = null;

  constructor(label: string) {
    this.#label = label;
  }

  /** MaxSessions of the node as far as it binds us; null while it does not. */
  get limit(): number | null {
    return this.#limit;
  }

  get terminals(): number {
    return this.#terminals;
  }

  get open(): number {
    return this.#commands + this.#terminals + this.#captures.length;
  }

  /** First come, first served. */
  async takeForCommand(signal: AbortSignal): Promise<PlaceResult> {
    if (this.#closed !== null) return fail(this.#closed);
    if (signal.aborted) return fail(this.#cancelled());
    if (this.#waiting.length === 0 && this.#hasCommandPlace()) return ok(this.#takeCommand());
    return this.#waitFor(signal, {
      isTerminal: false,
      inVain: () => null,
      fits: () => this.#hasCommandPlace(),
      take: () => this.#takeCommand(),
      abandoned: () => {
        // Where the node's limit binds us, that is why there was no place.
        const limit = this.#limit;
        return limit === null
          ? this.#cancelled()
          : { kind: 'limit', sentence: commandLimitSentence(this.#label, limit) };
      },
    });
  }

  /** Comes before commands, and waits for one to end where only they are in its way, not where that helps nothing. */
  async takeForTerminal(signal: AbortSignal): Promise<PlaceResult> {
    if (this.#closed !== null) return fail(this.#closed);
    const never = this.#noTerminal();
    if (never !== null) return fail(never);
    if (this.#others >= OTHER_PLACES) {
      return fail({
        kind: 'limit',
        sentence: `${this.#inUse()}, and more would use up its channels: close one first.`,
      });
    }
    if (signal.aborted) return fail(this.#cancelled('A terminal'));
    if (this.#hasTerminalPlace()) return ok(this.#takeTerminal());
    return this.#waitFor(signal, {
      isTerminal: true,
      waitMs: TERMINAL_WAIT_MS,
      inVain: () => this.#noTerminal(),
      fits: () => this.#hasTerminalPlace(),
      take: () => this.#takeTerminal(),
      abandoned: () =>
        this.#limit === null || signal.aborted
          ? this.#cancelled('A terminal')
          : this.#terminalLimit(this.#limit),
    });
  }

  /** @param yieldPlace called at most once, when readings of a node with few channels need this one. */
  takeForCapture(yieldPlace: OpenCapture['yieldPlace']): PlaceResult {
    if (this.#closed !== null) return fail(this.#closed);
    if (this.#limit !== null && this.#others + Math.max(this.#commands, READING_PLACES) + 1 > this.#limit) {
      return fail(this.#captureLimit(this.#limit));
    }
    if (this.#captures.length >= CAPTURE_PLACES || this.#others >= OTHER_PLACES) {
      const sentence = `${this.#inUse()}, and one more capture would use up its channels: close a terminal, or watch fewer Pods of that node.`;
      return fail({ kind: 'limit', sentence });
    }
    const open: OpenCapture = { yieldPlace, leaving: false };
    this.#captures.push(open);
    return ok(
      once(() => {
        this.#give(() => {
          const at = this.#captures.indexOf(open);
          if (at >= 0) this.#captures.splice(at, 1);
        });
      }),
    );
  }

  /** The node refused a channel while `others` of ours were open. */
  learnLimit(others: number): void {
    const limit = this.#limit === null ? others : Math.min(this.#limit, others);
    this.#limit = limit;
    // The latest goes first. They stay in the list, and hold their places, until their channels are closed.
    const tooMany = this.open - this.#commands + READING_PLACES - limit;
    if (tooMany <= 0) return;
    for (const one of this.#captures.slice(-tooMany)) {
      if (one.leaving) continue;
      one.leaving = true;
      one.yieldPlace(this.#captureLimit(limit));
    }
  }

  /** Places come free in a moment: captures are being closed for readings. */
  get yielding(): boolean {
    return this.#captures.some(({ leaving }) => leaving);
  }

  /** The connection is gone: nobody waits on. */
  close(failure: ChannelFailure): void {
    this.#closed = failure;
    for (const { settle } of this.#waiting.splice(0)) settle(fail(failure));
  }

  /** Beside the commands. */
  get #others(): number {
    return this.#terminals + this.#captures.length;
  }

  #inUse(): string {
    const terminals = `${this.#terminals} ${this.#terminals === 1 ? 'terminal' : 'terminals'}`;
    const captures = `${this.#captures.length} ${this.#captures.length === 1 ? 'capture' : 'captures'}`;
    return `${terminals} and ${captures} are open on ${this.#label}`;
  }

  #captureLimit(limit: number): ChannelFailure {
    return { kind: 'limit', sentence: captureLimitSentence(this.#label, limit) };
  }

  #terminalLimit(limit: number): ChannelFailure {
    return { kind: 'limit', sentence: terminalLimitSentence(this.#label, limit) };
  }

  /** Null: when readings end there is a place for one. */
  #noTerminal(): ChannelFailure | null {
    // One place stays for commands: without it nothing else works on the node.
    return this.#limit !== null && this.#others + 2 > this.#limit ? this.#terminalLimit(this.#limit) : null;
  }

  #waitFor(signal: AbortSignal, wanted: Wanted): Promise<PlaceResult> {
    // Many may wait under the one signal of their session: that is no leak, and Node need not warn of it.
    setMaxListeners(0, signal);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        ...wanted,
        settle: (outcome) => {
          signal.removeEventListener('abort', abandon);
          clearTimeout(timer);
          resolve(outcome);
        },
      };
      const abandon = (): void => {
        const at = this.#waiting.indexOf(waiting);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        waiting.settle(fail(wanted.abandoned()));
        // Who stood behind it may have a place.
        this.#serve();
      };
      signal.addEventListener('abort', abandon, { once: true });
      // By hand: AbortSignal.any holds its sources weakly, and a timeout could be collected.
      const timer = wanted.waitMs === undefined ? undefined : setTimeout(abandon, wanted.waitMs);
      const commands = this.#waiting.findIndex(({ isTerminal }) => !isTerminal);
      this.#waiting.splice(wanted.isTerminal && commands >= 0 ? commands : this.#waiting.length, 0, waiting);
    });
  }

  #hasTerminalPlace(): boolean {
    return this.#limit === null || this.#others + Math.max(this.#commands, 1) + 1 <= this.#limit;
  }

  #takeTerminal(): ReleasePlace {
    this.#terminals++;
    return once(() => this.#give(() => this.#terminals--));
  }

  #hasCommandPlace(): boolean {
    if (this.#commands >= COMMAND_PLACES) return false;
    // A node that refused even a single channel is asked again each time: something else may have been in the way.
    return this.#limit === null || this.open < Math.max(this.#limit, 1);
  }

  #takeCommand(): ReleasePlace {
    this.#commands++;
    return once(() => this.#give(() => this.#commands--));
  }

  #give(back: () => void): void {
    back();
    this.#serve();
  }

  #serve(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const never = first.inVain();
      if (never === null && !first.fits()) return;
      this.#waiting.shift();
      first.settle(never === null ? ok(first.take()) : fail(never));
    }
  }

  #cancelled(what = 'A command'): ChannelFailure {
    return {
      kind: 'cancelled',
      sentence: `${what} for ${this.#label} was cancelled while it waited for a free channel.`,
    };
  }
}

/** What sshd's refusal means to the operator: which number, where, and what does not work. */
export function commandLimitSentence(label: string, limit: number): string {
  if (limit === 0)
    return `${label} allows no session at all (MaxSessions 0 in its sshd_config?): nothing can be read there.`;
  return `MaxSessions is ${limit} at ${label}: only ${limit === 1 ? 'one command runs' : `${limit} commands run`} at a time, so live following and terminals are off or slow; set MaxSessions 10 in its sshd_config.`;
}

export function terminalLimitSentence(label: string, limit: number): string {
  return `MaxSessions is ${limit} at ${label}, and every channel is in use, so terminals are off there: set MaxSessions 10 in its sshd_config.`;
}

export function captureLimitSentence(label: string, limit: number): string {
  return `MaxSessions is ${limit} at ${label}, and reading its state comes first, so packets are not captured there: set MaxSessions 10 in its sshd_config.`;
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
