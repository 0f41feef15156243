// Keeps one planned capture running: starts it, starts it again after a rest when it ends, and says why when it cannot run.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockSync } from '../../app/probe/clock-sync.ts';
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';
import type { Result } from '../../app/result.ts';
import type { PlannedCapture } from '../../app/watch/capture-plan.ts';
import type { Capture, CaptureFailure, CaptureRequest, SshConnection } from '../node/capture.ts';
import type { CaptureRecord } from './capture-record.ts';
import type { OnProgress, PacketInput } from './packet-host.ts';
import type { CaptureProgress } from './packet-protocol.ts';

/** A node as captures need it. */
export interface CapturingNode {
  readonly label: string;
  /** Another number with every connection; null while there is none that captures may use. */
  readonly standing: number | null;
  /** Our own connections that may cross any node's interfaces. */
  readonly sshConnections: readonly SshConnection[];
  capture(
    request: CaptureRequest,
    options: { readonly signal: AbortSignal },
  ): Promise<Result<Capture, CaptureFailure>>;
  /** How right its clock is, as it says itself; null: it does not. */
  clockSync(options: { readonly signal: AbortSignal }): Promise<ClockSync | null>;
  /** Reads these parts of the node again soon. */
  ring(parts: Iterable<DiscoveryPart>): void;
}

export interface KeptCaptureOptions {
  readonly plan: PlannedCapture;
  readonly node: CapturingNode;
  readonly request: (record: CaptureRecord) => CaptureRequest;
  readonly input: (captureId: number, onProgress: OnProgress, deviceMac: string | null) => PacketInput;
  /** A record with an id that none had before; it takes the place of `before`. */
  readonly record: (before: CaptureRecord | null) => CaptureRecord;
  readonly now: () => number;
  /** `view` of a record is another one. */
  readonly onChange: () => void;
  readonly onProgress: (record: CaptureRecord, progress: CaptureProgress) => void;
  /** What the one whose place it takes left open; null: nothing. */
  readonly gap: OpenGap | null;
  /** It runs again: nothing was captured between `from` and `to` (ms, our clock), for a reason. */
  readonly onGap: (gap: Gap) => void;
  /** This node's tcpdump cannot tell interfaces apart: the plan has to change. */
  readonly onInterfacesUntold: () => void;
}

export interface Gap {
  readonly where: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** It lasts. */
export type OpenGap = Omit<Gap, 'to'>;

/** ms; doubling. A killed tcpdump is back at once; one that dies each time is no load. */
const restMs = { first: 500, longest: 30_000 };
/** One that ran this long starts the rests anew. ms */
const stableMs = 30_000;
/** Ends in a row, none of which ran stably. */
const mostAttempts = 10;

type Kind = CaptureFailure['kind'];
/** What is as it is until the node is another one, or the operator has mended it and starts again. */
const lasting: ReadonlySet<Kind> = new Set<Kind>([
  'missing-tool',
  'not-permitted',
  'filter-refused',
  'namespace-gone',
  'no-sll2',
]);

/** It listens to a connection that was not there when it began. */
export const connectionAdded: CaptureFailure = {
  kind: 'failed',
  sentence: 'A connection of Hopscope’s own is new; it was begun anew to leave that out.',
  detail: null,
};

/** Less of it, or more again, is captured. */
export const sparedNode: CaptureFailure = {
  kind: 'failed',
  sentence: 'What is captured there changed, to spare the node or because it can spare more again.',
  detail: null,
};

/** What the Pod says is seen there as somebody else's, too. */
export const masqueraded: CaptureFailure = {
  kind: 'failed',
  sentence: 'What the Pod says is masqueraded there; it was begun anew to capture that, too.',
  detail: null,
};

/** With whom alone packets are captured has an address that its filter does not know. */
export const otherAddresses: CaptureFailure = {
  kind: 'failed',
  sentence: 'With whom alone packets are captured has another address now; it was begun anew for that.',
  detail: null,
};

/** Ends of our own, after which it is begun anew at once. */
const begunAnew: ReadonlySet<CaptureFailure> = new Set([
  connectionAdded,
  sparedNode,
  masqueraded,
  otherAddresses,
]);

export const decoderGone: CaptureFailure = {
  kind: 'failed',
  sentence: 'The part that decodes packets broke off, and this capture with it.',
  detail: null,
};

export class KeptCapture implements AsyncDisposable {
  readonly plan: PlannedCapture;
  readonly #options: KeptCaptureOptions;
  readonly #stop = new AbortController();
  readonly #live: Promise<void>;
  #record: CaptureRecord;
  #wake: () => void = () => undefined;
  #startOver: (why: CaptureFailure) => void = () => undefined;
  /** Since when nothing is captured that was before, and why. */
  #gap: OpenGap | null;

  constructor(options: KeptCaptureOptions) {
    this.#options = options;
    this.plan = options.plan;
    this.#gap = options.gap;
    this.#record = options.record(null);
    this.#live = this.#keep();
  }

  /** The node's connection came, went or is another one. */
  wake(): void {
    this.#wake();
  }

  get record(): CaptureRecord {
    return this.#record;
  }

  /** Null: it runs, or has not run yet. */
  get gap(): OpenGap | null {
    return this.#gap;
  }

  /** Ends the present one, if any, and begins another. */
  startOver(why: CaptureFailure): void {
    this.#startOver(why);
  }

  /** Ends it on the node as well, without waiting. */
  abort(): void {
    this.#stop.abort();
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    await this.#live;
  }

  async #keep(): Promise<void> {
    const { node, now, onInterfacesUntold } = this.#options;
    const over = (): boolean => this.#stop.signal.aborted;
    let rest = restMs.first;
    let attempts = 0;
    while (!over()) {
      const { standing } = node;
      if (standing === null) {
        this.#tell(
          'waiting',
          `${node.label} is not connected, or not read yet; it is captured as soon as it is.`,
        );
        await this.#moved(null);
        continue;
      }
      if (this.#record.began) this.#replaceRecord();
      const record = this.#record;
      record.begin(now());
      const began = now();
      const failure = await this.#run(record);
      const stable = now() - began >= stableMs;
      if (over()) break;
      const { kind, sentence } = failure;
      // That it is over may be noticed long after a connection was cut, or a tcpdump was frozen.
      const from = Math.min(now(), record.knownUntil ?? Infinity);
      this.#gap ??= { where: this.#where, from, reason: sentence };
      if (begunAnew.has(failure)) continue;
      if (stable) [rest, attempts] = [restMs.first, 0];
      attempts++;
      // What killed it may come again with the next packets: at once only the first time.
      if (failure === decoderGone && attempts === 1) continue;
      if (kind === 'no-sll2') onInterfacesUntold();
      // A channel may be free again at any time: asked for ever, and ever less often.
      if (lasting.has(kind) || (attempts >= mostAttempts && kind !== 'limit')) {
        this.#tell('off', attempts >= mostAttempts ? `${sentence} ${again}` : sentence);
        await this.#moved(standing);
        [rest, attempts] = [restMs.first, 0];
        continue;
      }
      // A connection that is gone says so before its node does.
      if (kind === 'lost' && node.standing === standing) await this.#moved(standing, restMs.first);
      if (kind === 'lost' && node.standing !== standing) continue;
      this.#tell('waiting', sentence);
      await this.#moved(standing, rest);
      rest = Math.min(rest * 2, restMs.longest);
    }
    this.#tell('off', null);
  }

  get #where(): string {
    const { nodeLabel, pod, device } = this.plan;
    const place = pod === null ? nodeLabel : `${nodeLabel}/${pod.name}`;
    return device === null ? place : `${place}/${device.name}`;
  }

  /** Resolves with why it ended. */
  async #run(record: CaptureRecord): Promise<CaptureFailure> {
    const { node, request, input, onChange } = this.#options;
    const own = new AbortController();
    const end: { failure: CaptureFailure | null } = { failure: null };
    const give = (why: CaptureFailure): void => {
      end.failure ??= why;
      own.abort();
    };
    this.#startOver = give;
    const signal = AbortSignal.any([this.#stop.signal, own.signal]);
    signal.addEventListener('abort', () => record.toldToEnd(), { once: true });
    const started = await node.capture(request(record), { signal });
    if (!started.ok) {
      record.end(null);
      return end.failure ?? started.failure;
    }
    await using running = started.value;
    const onProgress: OnProgress = (progress) => {
      if (progress === null) give(decoderGone);
      else {
        this.#progress(record, progress);
        if (progress.broken !== null && !signal.aborted) give(brokenStream(node.label, progress.broken));
      }
    };
    const packets = input(record.id, onProgress, this.plan.device?.mac ?? null);
    for await (const event of running.events) {
      if (event.kind === 'end') {
        // A stream that ends early is cut as well: that is not why.
        end.failure ??= event.failure ?? ended;
        await packets.end();
        record.end(event.totals);
      } else {
        if (!signal.aborted) this.#runs(record);
        if (event.kind === 'tick') record.tick(event, this.#options.now());
        else {
          record.took(event.bytes.length);
          await packets.push(event.bytes);
        }
      }
      onChange();
    }
    record.end(null);
    return end.failure ?? ended;
  }

  #runs(record: CaptureRecord): void {
    const { now, onGap } = this.#options;
    if (!record.tell('running', null, now()) || this.#gap === null) return;
    onGap({ ...this.#gap, to: now() });
    this.#gap = null;
  }

  #progress(record: CaptureRecord, progress: CaptureProgress): void {
    record.progress(progress);
    this.#options.onProgress(record, progress);
  }

  /** Why the one before ended is said with the gap. */
  #replaceRecord(): void {
    this.#tell('off', null);
    this.#record = this.#options.record(this.#record);
  }

  #tell(state: 'waiting' | 'off', sentence: string | null): void {
    if (this.#record.tell(state, sentence, this.#options.now())) this.#options.onChange();
  }

  /** Resolves when the node's connection is not the one of `standing` any more, after `ms`, or at the end. */
  async #moved(standing: number | null, ms?: number): Promise<void> {
    const over = new AbortController();
    const { signal } = over;
    const woken = new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#stop.signal.aborted || this.#options.node.standing !== standing) resolve();
      };
      this.#wake = look;
      look();
    });
    const rested = ms === undefined ? [] : [sleep(ms, undefined, { signal }).catch(() => undefined)];
    await Promise.race([woken, ...rested]);
    over.abort();
  }
}

const again = 'It is tried again once the node is connected anew; start the watch anew to try at once.';

const ended: CaptureFailure = {
  kind: 'killed',
  sentence: 'Its tcpdump ended; it is started again.',
  detail: null,
};

function brokenStream(label: string, why: string | null): CaptureFailure {
  return {
    kind: 'failed',
    sentence: `What tcpdump sends from ${label} stopped to make sense (${why ?? 'unknown'}); it is started again.`,
    detail: null,
  };
}
