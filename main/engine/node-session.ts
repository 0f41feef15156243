// One machine of the cluster file: its connection, its reader, and what the window is told about both.
import type { NodeStatus } from '../../app/contract/session.ts';
import type { ClockSync } from '../../app/probe/clock-sync.ts';
import { DISCOVERY_PARTS, TOPOLOGY_PARTS, type DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { fail, type Result } from '../../app/result.ts';
import { NodeConnection, type ConnectionClock } from '../ssh/reconnecting.ts';
import type {
  ChannelFailure,
  Connector,
  NodeTarget,
  NodeTransport,
  Prompts,
  TerminalChannel,
  TerminalSize,
} from '../ssh/transport.ts';
import {
  capture,
  type Capture,
  type CaptureFailure,
  type CaptureRequest,
  type SshConnection,
} from '../node/capture.ts';
import { readClockSync } from './clock-sync-reader.ts';
import type { Following } from './following.ts';
import type { CapturingNode } from './kept-capture.ts';
import { NodeReader, type Reading, type UnderstoodReading } from './node-reader.ts';

/** The guard ticks every second; past this the node is told stale before SSH's own keepalive notices (15 s). */
const silentAfterMs = 5_000;

/** A node that throttles or restarts lets one in at the second or third attempt, 3 s later at most; a dead one says so by then. */
const enoughAttempts = 3;
/** One that swallows all takes a whole time-out an attempt: the first says enough. */
const enoughMs = 5_000;

export interface NodeSessionOptions {
  readonly label: string;
  readonly target: NodeTarget;
  readonly sudo: boolean;
  readonly follow: Following;
  /** What is read where nothing is followed. */
  readonly once: readonly DiscoveryPart[];
  readonly connector: Connector;
  readonly prompts: Prompts;
  readonly clock: ConnectionClock;
  /** Processes of its Pods that somebody looks at. */
  readonly insides: () => readonly number[];
  readonly onStatus: () => void;
  readonly onReading: (reading: Reading) => Promise<UnderstoodReading>;
  /** A connection stands and the node was read, or could not be: others may use its channels. */
  readonly onReady: () => void;
  readonly onStreamLine: (stream: string, line: string) => void | Promise<void>;
  readonly onStreamEnded: (stream: string, status: number, said: string) => void;
}

type Topic = 'reading' | 'following' | 'terminals' | 'rights' | 'understanding';

export class NodeSession implements CapturingNode, AsyncDisposable {
  readonly label: string;
  readonly #options: NodeSessionOptions;
  readonly #connection: NodeConnection;
  readonly #unsubscribe: () => void;
  readonly #limits = new Map<Topic, readonly string[]>();
  #transport: NodeTransport | null = null;
  #reader: NodeReader | null = null;
  #ended: Promise<void> = Promise.resolve();
  #looking = false;
  /** Last sign of life while something is followed, ms; null when none is expected. */
  #heardAt: number | null = null;
  #silent: NodeJS.Timeout | undefined;
  #silentSince: number | null = null;
  #lastFactsAt: number | null = null;
  #nodeId: string | null = null;
  #closed = false;
  readonly #begun: number;
  #hadShell = false;
  /** Counts readers; a connection has one, or one after the other. */
  #standing = 0;
  /** The reader of now has read the node once: others may use its channels. */
  #ready = false;

  constructor(options: NodeSessionOptions) {
    this.#options = options;
    this.label = options.label;
    this.#begun = options.clock.now();
    const { connector, target, prompts, clock } = options;
    this.#connection = new NodeConnection({ connector, target, prompts, clock });
    this.#unsubscribe = this.#connection.subscribe(() => this.#moved());
    this.#connection.start();
  }

  get transport(): NodeTransport | null {
    return this.#transport;
  }

  get reader(): NodeReader | null {
    return this.#reader;
  }

  get standing(): number | null {
    return this.#ready ? this.#standing : null;
  }

  get sshConnections(): readonly SshConnection[] {
    const transport = this.#transport;
    if (transport === null) return [];
    const { local, remote } = transport;
    const seenHere = {
      client: local.address,
      clientPort: local.port,
      server: remote.address,
      serverPort: remote.port,
    };
    const seenThere = this.#reader?.rights?.sshConnection ?? null;
    return seenThere === null ? [seenHere] : [seenThere, seenHere];
  }

  async clockSync({ signal }: { readonly signal: AbortSignal }): Promise<ClockSync | null> {
    const transport = this.#transport;
    if (transport === null) return null;
    return readClockSync(transport, { label: this.label, now: () => this.#options.clock.now(), signal });
  }

  capture(
    request: CaptureRequest,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Result<Capture, CaptureFailure>> {
    const rights = this.#reader?.rights ?? null;
    if (this.#transport === null || rights === null) {
      const sentence = `${this.label} is not connected; it is captured as soon as it is.`;
      return Promise.resolve(fail({ kind: 'lost', sentence, detail: null }));
    }
    return capture(this.#transport, rights, request, { signal, label: this.label });
  }

  get status(): NodeStatus {
    const state = this.#connection.state;
    const { target, label } = this.#options;
    const silent = state.kind === 'connected' && this.#silentSince !== null;
    const failure = 'failure' in state ? state.failure : undefined;
    return {
      label,
      address: `${target.host}${target.port === null ? '' : `:${target.port}`}`,
      state: silent ? 'stale' : state.kind,
      since: silent ? (this.#silentSince ?? state.since) : state.since,
      sentence: silent
        ? `${label} has stopped answering; what you see is how it was then.`
        : (failure?.sentence ?? null),
      detail: failure?.detail ?? null,
      retryAt: 'retryAt' in state ? state.retryAt : null,
      rights: this.#reader?.rights?.tier ?? null,
      limits: [...this.#limits.values()].flat(),
      lastFactsAt: this.#lastFactsAt,
      nodeId: this.#nodeId,
    };
  }

  /** The node has been read once, or has said why it cannot be: more than once, if that may pass. */
  get settled(): boolean {
    const state = this.#connection.state;
    if (state.kind === 'failed') return true;
    if (
      state.kind === 'waiting' &&
      (state.attempt >= enoughAttempts || state.since - this.#begun >= enoughMs)
    )
      return true;
    return this.#reader?.settled === true;
  }

  /** Connects again now; on a connection that stands, reads all again. */
  retry(): void {
    const transport = this.#transport;
    if (transport === null) this.#connection.retryNow();
    // A reader's end is the end of the terminals that hang on it: only one that has not got as far is begun anew.
    else if (this.#reader === null || this.#reader.rights === null) this.#replaceReader(transport);
    else this.#reader.ring(DISCOVERY_PARTS);
  }

  ring(parts: Iterable<DiscoveryPart>, freshMs = 0): void {
    this.#reader?.ring(parts, freshMs);
  }

  lookAt(looking: boolean): void {
    this.#looking = looking;
    this.#reader?.lookAt(looking);
  }

  async openTerminal(
    command: (anchorPid: number) => string,
    { size, signal, what }: { size: TerminalSize; signal: AbortSignal; what: string },
  ): Promise<Result<TerminalChannel, ChannelFailure>> {
    const off = this.#limits.get('terminals')?.[0];
    if (off !== undefined) return fail({ kind: 'limit', sentence: off });
    const anchor = this.#reader?.anchorPid ?? null;
    if (this.#transport === null || anchor === null) {
      return fail({
        kind: 'lost',
        sentence:
          this.#transport === null
            ? `${this.label} is not connected; a terminal opens as soon as it is.`
            : `${this.label} is still being read; try again in a moment.`,
      });
    }
    return this.#transport.openTerminal(command(anchor), {
      size,
      signal,
      term: 'xterm-256color',
      about: { what, by: 'login' },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    clearInterval(this.#silent);
    const reader = this.#reader;
    this.#reader = null;
    await reader?.[Symbol.asyncDispose]();
    await this.#ended;
    await this.#connection[Symbol.asyncDispose]();
  }

  #moved(): void {
    if (this.#closed) return;
    const transport = this.#connection.transport;
    if (transport !== this.#transport) {
      this.#transport = transport;
      this.#replaceReader(transport);
    }
    this.#options.onStatus();
  }

  #replaceReader(transport: NodeTransport | null): void {
    const old = this.#reader;
    this.#reader = null;
    this.#ready = false;
    this.#limits.clear();
    clearInterval(this.#silent);
    this.#silentSince = null;
    if (old !== null)
      this.#ended = Promise.all([this.#ended, old[Symbol.asyncDispose]()]).then(() => undefined);
    if (transport !== null) this.#startReader(transport);
  }

  #startReader(transport: NodeTransport): void {
    const { label, sudo, follow, once, clock, insides } = this.#options;
    const { onStatus, onReading, onReady, onStreamLine, onStreamEnded } = this.#options;
    const limit = (topic: Topic, sentences: readonly string[]): void => {
      if (this.#reader !== reader) return;
      const before = this.#limits.get(topic) ?? [];
      if (before.length === sentences.length && before.every((s, i) => s === sentences[i])) return;
      if (sentences.length === 0) this.#limits.delete(topic);
      else this.#limits.set(topic, sentences);
      onStatus();
    };
    const heard = (): void => {
      if (this.#reader !== reader) return;
      this.#heardAt = clock.now();
      if (this.#silentSince === null) return;
      this.#silentSince = null;
      // It may have changed while it was silent.
      reader.ring(TOPOLOGY_PARTS);
      onStatus();
    };
    const reader: NodeReader = new NodeReader({
      label,
      transport,
      sudo,
      follow,
      once,
      hadShell: this.#hadShell,
      now: () => clock.now(),
      insides,
      onStreamLine,
      onStreamEnded,
      onReady: () => {
        onReady();
        if (this.#reader !== reader) return;
        this.#ready = true;
        onStatus();
      },
      onSettled: onStatus,
      onRights: (rights) => {
        this.#hadShell = true;
        limit('rights', rights.limits);
        onStatus();
      },
      onReading: async (reading) => {
        const understood = await onReading(reading);
        const { nodeId, sentence } = understood;
        if (this.#reader !== reader) return understood;
        if (sentence === null && nodeId !== null) {
          this.#nodeId = nodeId;
          this.#lastFactsAt = reading.seenAt;
          heard();
        }
        limit('understanding', sentence === null ? [] : [sentence]);
        onStatus();
        return understood;
      },
      onLimit: (topic, sentence) => limit(topic, sentence === null ? [] : [sentence]),
      onTick: heard,
    });
    this.#reader = reader;
    this.#standing++;
    this.#heardAt = null;
    this.#silent = setInterval(() => {
      // Only what is followed ticks: where that is given up or rests, nothing is heard of a healthy node.
      if (!reader.followed) this.#heardAt = null;
      const heardAt = this.#heardAt;
      if (heardAt === null || this.#silentSince !== null || clock.now() - heardAt < silentAfterMs) return;
      this.#silentSince = heardAt;
      onStatus();
    }, 1_000);
    reader.lookAt(this.#looking);
    reader.start();
  }
}
