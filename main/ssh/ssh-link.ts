// One SSH connection over a byte stream: handshake, host key, login, keepalive, end. What stands on it (channels, the
// next hop) is not its business.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { AuthenticationType, Client, ClientErrorExtensions, NextAuthHandler } from 'ssh2';
import { fail, ok, type Result } from '../../app/result.ts';
import { algorithmsFor } from './algorithms.ts';
import type { Authentication } from './authentication.ts';
import { Deadline } from './deadline.ts';
import { Ending } from './ending.ts';
import {
  cancelled,
  closedBeforeHello,
  lost,
  lostWith,
  noCommonAlgorithm,
  notSsh,
  silent,
  silentAtStart,
  slowLogin,
  turnedAway,
} from './failures.ts';
import { fingerprintOf, type HostKeyCheck } from './host-key.ts';
import { watchSilence } from './silence.ts';
import type { ConnectFailure, Prompts } from './transport.ts';

export interface LinkTimings {
  /** ms a TCP connection, and each step of a handshake, may take. */
  readonly connectTimeoutMs: number;
  /** ms between keepalives. */
  readonly keepaliveMs: number;
  /** Keepalive intervals without any answer after which the connection is given up. */
  readonly keepaliveCount: number;
}

/** 5 s × 3: a frozen node is given up after 15 s, so within the 20 s that the window promises. */
export const DEFAULT_TIMINGS: LinkTimings = {
  connectTimeoutMs: 10_000,
  keepaliveMs: 5_000,
  keepaliveCount: 3,
};

export interface SshLink {
  readonly client: Client;
  readonly label: string;
  /** Who is logged in. */
  readonly user: string;
  readonly hostKeyFingerprint: string;
  readonly closed: Ending<ConnectFailure>;
  /** The TCP connection under it: its own, or its first jump host's. */
  readonly socket: Socket;
  /** Says goodbye, waits at most half a second, then cuts. */
  close(): Promise<void>;
}

export interface LinkSettings {
  readonly label: string;
  readonly user: string;
  readonly timings: LinkTimings;
  readonly hostKey: HostKeyCheck;
  /**
   * `signal` ends with the link, and with it what the login still asks. `whileAsking` holds the link's time limit while
   * an agent signs, since it may ask a person.
   */
  readonly authentication: (
    signal: AbortSignal,
    whileAsking: (answer: Promise<unknown>) => void,
  ) => Authentication;
  readonly prompts: Prompts;
  readonly signal: AbortSignal;
  /** The connection that this one runs through, if it does. */
  readonly carrier: SshLink | undefined;
  /** The TCP connection under all of it. */
  readonly socket: Socket;
  readonly onSilence: (silent: boolean) => void;
  readonly onNotice: (sentence: string) => void;
}

/** Bytes kept to say what spoke instead of SSH. */
const FIRST_BYTES = 256;
const GOODBYE_MS = 500;

export function openLink(stream: Duplex, settings: LinkSettings): Promise<Result<SshLink, ConnectFailure>> {
  return new Promise((resolve) => {
    new LinkInTheMaking(stream, settings, resolve).start();
  });
}

class LinkInTheMaking {
  readonly #stream: Duplex;
  readonly #settings: LinkSettings;
  readonly #client = new ssh2.Client();
  readonly #deadline: Deadline;
  #resolve: ((outcome: Result<SshLink, ConnectFailure>) => void) | null;
  readonly #closed = new Ending<ConnectFailure>();
  /** A question of this link ends with it: the next attempt asks its own, and an answer reaches who waits. */
  readonly #questions = new AbortController();
  readonly #authentication: Authentication;
  #phase: 'hello' | 'login' | 'open' | 'over' = 'hello';
  #firstBytes = Buffer.alloc(0);
  #hostKey: Buffer | null = null;
  #verdict: ConnectFailure | null = null;

  constructor(
    stream: Duplex,
    settings: LinkSettings,
    resolve: (outcome: Result<SshLink, ConnectFailure>) => void,
  ) {
    this.#stream = stream;
    this.#settings = settings;
    this.#resolve = resolve;
    this.#deadline = new Deadline(settings.timings.connectTimeoutMs, () => this.#end(this.#tooSlow()));
    this.#authentication = settings.authentication(
      this.#questions.signal,
      (answer) => void this.#deadline.holdFor(answer),
    );
  }

  start(): void {
    const settings = this.#settings;
    if (settings.signal.aborted) {
      this.#end(cancelled(settings.label));
      return;
    }
    settings.signal.addEventListener('abort', this.#abandon, { once: true });
    const { carrier } = settings;
    if (carrier !== undefined) {
      this.#closed.listen(carrier.closed.listen((failure) => this.#end(lostWith(settings.label, failure))));
    }
    if (this.#isOver()) return;
    this.#client.on('error', (error) => this.#onError(error));
    this.#client.on('close', () => this.#end(this.#afterClose(undefined)));
    this.#client.on('end', () => this.#end(this.#afterClose(undefined)));
    this.#client.on('handshake', () => this.#onHandshake());
    this.#client.on('ready', () => this.#onReady());
    try {
      this.#stream.on('data', this.#keepFirstBytes);
      this.#client.connect({
        sock: this.#stream,
        username: settings.user,
        algorithms: algorithmsFor(settings.hostKey.knownTypes),
        hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => void this.#verifyHost(key, verify),
        authHandler: (accepted, partial, next) => void this.#authenticate(accepted, partial, next),
        keepaliveInterval: settings.timings.keepaliveMs,
        // ssh2 gives up at the interval after the last unanswered one; three intervals of silence are two sends.
        keepaliveCountMax: settings.timings.keepaliveCount - 1,
        readyTimeout: 0, // ours knows when a person is asked
      });
    } catch (error) {
      this.#end(lost(settings.label, (error as Error).message, 'login'));
    }
  }

  #onHandshake(): void {
    if (this.#phase !== 'hello') return; // re-keying
    this.#phase = 'login';
    this.#deadline.renew();
    void this.#settings.hostKey.remember().then((trouble) => {
      if (trouble !== null) this.#settings.onNotice(trouble);
    });
  }

  readonly #abandon = (): void => {
    if (this.#phase !== 'open') this.#end(cancelled(this.#settings.label));
  };

  readonly #keepFirstBytes = (chunk: Buffer): void => {
    if (this.#firstBytes.length === 0) this.#deadline.renew();
    if (this.#firstBytes.length < FIRST_BYTES) {
      this.#firstBytes = Buffer.concat([this.#firstBytes, chunk.subarray(0, FIRST_BYTES)]);
    }
  };

  async #verifyHost(key: Buffer, verify: (valid: boolean) => void): Promise<void> {
    // Every re-keying shows the key again: it must stay the same one.
    if (this.#hostKey !== null) {
      verify(this.#hostKey.equals(key));
      return;
    }
    const shown = Buffer.from(key);
    const { hostKey, prompts, signal } = this.#settings;
    const judging = hostKey.judge(shown, prompts, this.#questions.signal);
    const judged = await this.#deadline.holdFor(judging);
    if (this.#isOver()) return;
    if (judged.ok) {
      this.#hostKey = shown;
    } else {
      this.#verdict = signal.aborted ? cancelled(this.#settings.label) : judged.failure;
    }
    verify(judged.ok);
  }

  async #authenticate(
    accepted: readonly AuthenticationType[] | null,
    partial: boolean,
    next: NextAuthHandler,
  ): Promise<void> {
    const method = await this.#deadline.holdFor(this.#authentication.next(accepted, partial));
    if (this.#isOver()) return;
    // ssh2 takes false for "nothing left", which its types do not say.
    next((method ?? false) as never);
  }

  #onReady(): void {
    if (this.#isOver()) return;
    this.#phase = 'open';
    this.#deadline.end();
    this.#stream.off('data', this.#keepFirstBytes);
    this.#firstBytes = Buffer.alloc(0);
    this.#settings.signal.removeEventListener('abort', this.#abandon);
    this.#closed.listen(
      watchSilence(this.#stream, this.#settings.timings.keepaliveMs, this.#settings.onSilence),
    );
    this.#resolve?.(
      ok({
        client: this.#client,
        label: this.#settings.label,
        user: this.#settings.user,
        hostKeyFingerprint: fingerprintOf(this.#hostKey ?? Buffer.alloc(0)),
        closed: this.#closed,
        socket: this.#settings.socket,
        close: () => this.#close(),
      }),
    );
    this.#resolve = null;
  }

  async #close(): Promise<void> {
    if (this.#isOver()) return;
    this.#verdict = {
      ...cancelled(this.#settings.label),
      sentence: `The connection to ${this.#settings.label} was closed.`,
    };
    const gone = setTimeout(() => this.#end(this.#afterClose(undefined)), GOODBYE_MS);
    this.#client.end();
    await this.#closed.promise;
    clearTimeout(gone);
  }

  #onError(error: Error & ClientErrorExtensions): void {
    // An agent's or one key's trouble is followed by the next offer; only the end of all offers is fatal.
    if (error.level === 'agent') return;
    if (error.level === 'client-authentication') {
      if (error.message === 'All configured authentication methods failed') this.#endLogin();
      return;
    }
    this.#end(this.#explain(error));
  }

  #endLogin(detail?: string): void {
    const { label, signal } = this.#settings;
    this.#end(signal.aborted ? cancelled(label) : this.#authentication.failure(label, detail));
  }

  #explain(error: Error & ClientErrorExtensions): ConnectFailure {
    const { label, timings } = this.#settings;
    if (this.#verdict !== null) return this.#verdict;
    if (this.#phase === 'open') {
      return error.level === 'client-timeout'
        ? silent(label, (timings.keepaliveMs * timings.keepaliveCount) / 1000)
        : lost(label, error.message, 'session');
    }
    if (error.message.includes('no matching')) return noCommonAlgorithm(label, error);
    if (/Too many authentication failures/i.test(error.message))
      return this.#authentication.failure(label, error.message);
    return this.#afterClose(error.message);
  }

  /** The stream ended or broke without a better reason. */
  #afterClose(detail: string | undefined): ConnectFailure {
    const { label } = this.#settings;
    if (this.#verdict !== null) return this.#verdict;
    if (this.#phase === 'open') return lost(label, detail, 'session');
    if (this.#phase === 'login') return lost(label, detail, 'login');
    if (this.#firstBytes.length === 0) return closedBeforeHello(label);
    if (spokeSsh(this.#firstBytes)) return lost(label, detail, 'login');
    return wasTurnedAway(this.#firstBytes)
      ? turnedAway(label, this.#firstBytes)
      : notSsh(label, this.#firstBytes);
  }

  #tooSlow(): ConnectFailure {
    const { label, timings } = this.#settings;
    const seconds = timings.connectTimeoutMs / 1000;
    if (this.#firstBytes.length === 0) return silentAtStart(label, seconds);
    return spokeSsh(this.#firstBytes) ? slowLogin(label, seconds) : notSsh(label, this.#firstBytes);
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }

  #end(failure: ConnectFailure): void {
    if (this.#isOver()) return;
    this.#phase = 'over';
    this.#questions.abort();
    this.#deadline.end();
    this.#settings.signal.removeEventListener('abort', this.#abandon);
    this.#stream.destroy();
    this.#resolve?.(fail(failure));
    this.#closed.settle(failure);
  }
}

/** RFC 4253 §4.2: lines may come before the version line. */
function spokeSsh(firstBytes: Buffer): boolean {
  return /(^|\n)SSH-/.test(firstBytes.toString('latin1'));
}

/** sshd(8) beyond MaxStartups; from OpenSSH 9.8 on it says the other, also of PerSourcePenalties. */
function wasTurnedAway(firstBytes: Buffer): boolean {
  return /^(Exceeded MaxStartups|Not allowed at this time)\r?\n/.test(firstBytes.toString('latin1'));
}
