// Keeps one node connected: connects, notices silence, waits longer after each failure, and starts again. What only a
// person can mend (a wrong key, a changed host key) is not tried again until somebody says so; but of a login that has
// worked, only a host key, a configuration or algorithms that are wrong now are taken for that.
import type { ConnectFailure, Connector, NodeTarget, NodeTransport, Prompts } from './transport.ts';

/** `since` and `retryAt` in ms since the epoch. `attempt` counts from 1 since the connection last stood stably. */
export type ConnectionState =
  /** `failure`: why the attempt before this one, or the connection, ended. */
  | {
      readonly kind: 'connecting';
      readonly since: number;
      readonly attempt: number;
      readonly failure?: ConnectFailure;
    }
  | {
      readonly kind: 'connected';
      readonly since: number;
      readonly attempt: number;
      readonly transport: NodeTransport;
    }
  /** A keepalive's answer is overdue: what was read from the node may be out of date. */
  | {
      readonly kind: 'stale';
      readonly since: number;
      readonly attempt: number;
      readonly transport: NodeTransport;
    }
  | {
      readonly kind: 'waiting';
      readonly since: number;
      readonly attempt: number;
      readonly failure: ConnectFailure;
      readonly retryAt: number;
    }
  /** Ended for good until `retryNow()`. */
  | {
      readonly kind: 'failed';
      readonly since: number;
      readonly attempt: number;
      readonly failure: ConnectFailure;
    };

export interface ConnectionClock {
  /** ms. */
  now(): number;
  /** 0 ≤ x < 1. */
  random(): number;
  /** Calls back once after `ms`; what it returns calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export interface NodeConnectionOptions {
  readonly connector: Connector;
  readonly target: NodeTarget;
  readonly prompts: Prompts;
  /** The machine's own unless a test turns it. */
  readonly clock?: ConnectionClock;
}

export const MACHINE_CLOCK: ConnectionClock = {
  // oxlint-disable-next-line no-restricted-properties -- the default of an injected clock
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** ms. The first wait is short because a cut cable or a restarted sshd is mostly back at once. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** A connection that stood this long starts the waits anew; a flapping one does not. ms */
const STABLE_MS = 30_000;
const DISPOSE_MS = 2_000;

/**
 * What passes by itself where a login has worked before: a node that boots lets nobody in yet (pam_nologin, SSSD), an
 * agent is locked, a jump host restarts with forwarding still off.
 */
const MAY_PASS: ReadonlySet<ConnectFailure['kind']> = new Set([
  'auth',
  'key-unreadable',
  'not-ssh',
  'unreachable',
]);

/** Answers as nobody would. */
const unasked: Prompts = {
  unknownHostKey: () => Promise.resolve(null),
  passphrase: () => Promise.resolve(null),
};

/** Doubles from 1 s to 30 s, of which a random part up to the half is left out, so that nodes do not come back in step. ms */
export function waitBefore(attempt: number, random: number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(whole * (1 - random / 2));
}

export class NodeConnection implements AsyncDisposable {
  readonly target: NodeTarget;
  readonly #connector: Connector;
  readonly #prompts: Prompts;
  readonly #clock: ConnectionClock;
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  readonly #ending = new AbortController();
  #callOff: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  #started = false;
  #hasStood = false;
  #state: ConnectionState;

  constructor(options: NodeConnectionOptions) {
    this.#connector = options.connector;
    this.target = options.target;
    this.#prompts = options.prompts;
    this.#clock = options.clock ?? MACHINE_CLOCK;
    this.#state = { kind: 'connecting', since: this.#clock.now(), attempt: 1 };
  }

  /** Starts connecting; further calls do nothing. */
  start(): void {
    if (this.#started || this.#ending.signal.aborted) return;
    this.#started = true;
    this.#running = this.#attempt(1, this.#prompts);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The connection while there is one, stale or not. */
  get transport(): NodeTransport | null {
    return 'transport' in this.#state ? this.#state.transport : null;
  }

  /** Called after each change, with the new state. Returns what takes the listener away. */
  subscribe(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tries again now if it waits or has failed; while it connects or is connected it does nothing. */
  retryNow(): void {
    if (this.#ending.signal.aborted) return;
    if (this.#state.kind !== 'waiting' && this.#state.kind !== 'failed') return;
    this.#connectAgain(this.#state.kind === 'failed' ? 1 : this.#state.attempt + 1, this.#state.failure);
  }

  #connectAgain(attempt: number, failure: ConnectFailure, prompts = this.#prompts): void {
    this.#callOff();
    this.#become({ kind: 'connecting', since: this.#clock.now(), attempt, failure });
    this.#running = this.#attempt(attempt, prompts);
  }

  async #attempt(attempt: number, prompts: Prompts): Promise<void> {
    const { signal } = this.#ending;
    const connected = await this.#connector.connect(this.target, {
      signal,
      prompts,
      onSilence: (silent) => this.#onSilence(silent),
    });
    if (this.#isEnding()) {
      if (connected.ok) await connected.value[Symbol.asyncDispose]();
      return;
    }
    if (!connected.ok) {
      this.#rest(connected.failure, attempt);
      return;
    }
    const transport = connected.value;
    const since = this.#clock.now();
    this.#hasStood = true;
    this.#become({ kind: 'connected', since, attempt, transport });
    const failure = await transport.closed;
    await transport[Symbol.asyncDispose]();
    if (this.#isEnding()) return;
    this.#rest(failure, this.#clock.now() - since >= STABLE_MS ? 1 : attempt);
  }

  /** A method, because the compiler takes a property that was read before an await for unchanged. */
  #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  #onSilence(silent: boolean): void {
    const { state } = this;
    if (silent && state.kind === 'connected')
      this.#become({ ...state, kind: 'stale', since: this.#clock.now() });
    if (!silent && state.kind === 'stale')
      this.#become({ ...state, kind: 'connected', since: this.#clock.now() });
  }

  #rest(failure: ConnectFailure, attempt: number): void {
    const since = this.#clock.now();
    const mayPass = this.#hasStood && MAY_PASS.has(failure.kind);
    if (!failure.retry && !mayPass) {
      this.#become({ kind: 'failed', since, attempt, failure });
      return;
    }
    const wait = failure.retry ? waitBefore(attempt, this.#clock.random()) : LONGEST_WAIT_MS;
    // Nobody who has just been asked is asked again by the clock: a question left open would end the trying.
    const prompts = failure.retry ? this.#prompts : unasked;
    this.#callOff = this.#clock.after(wait, () => this.#connectAgain(attempt + 1, failure, prompts));
    this.#become({ kind: 'waiting', since, attempt, failure, retryAt: since + wait });
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }

  /** Ends everything within 2 s. No listener is called any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#callOff();
    const { transport } = this;
    this.#ending.abort();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => (timer = setTimeout(resolve, DISPOSE_MS)));
    await Promise.race([Promise.all([transport?.[Symbol.asyncDispose](), this.#running]), patience]);
    clearTimeout(timer);
  }
}
