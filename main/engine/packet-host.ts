// The engine's side of the packet worker: hands bytes over, one stretch of each capture at a time, and keeps the segments,
// so that packets outlive the worker. What a worker that died was decoding cannot be gone on with: those captures are told.
import type { PacketWindow } from '../../app/contract/watch.ts';
import type { PacketStretch } from '../../app/packet/file/pcapng-writer.ts';
import { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import type { SoughtFlow } from '../../app/packet/store/flow-counts.ts';
import type { SpilledSegment } from '../../app/packet/store/spill.ts';
import type { CaptureProgress, DecodedDetail, PacketReply, PacketRequest } from './packet-protocol.ts';
import { SpillFile } from './spill-file.ts';
import { SupervisedWorker } from './supervised-worker.ts';

/** About 1.7 million packets with their first 90 bytes (60 B of columns each): an hour of a busy Pod, and no machine's memory. */
const storeBytes = 256 * 1024 * 1024;
/** A stretch of bytes is decoded in milliseconds, and a filter looks for its rows tenths of a second at a time: this is a hang. */
const deadlineMs = 10_000;

export type Taken = Extract<PacketReply, { kind: 'taken' }>;
export type FollowReply = Extract<PacketReply, { kind: 'follow' }>;
type CountReply = Extract<PacketReply, { kind: 'count' }>;
export type WindowRows = Extract<PacketReply, { kind: 'rows' }>;

export interface PacketHostOptions {
  readonly workerFile: URL;
  readonly storeBytes?: number;
  /** Where packets go that leave memory, and how many bytes of them at most; null: nowhere. Default: SpillFile's own. */
  readonly spill?: { readonly folders: readonly string[]; readonly maxBytes: number } | null;
  /** Number of the first packet that somebody beside the packet worker has still to read; left out: nobody has. */
  readonly unread?: () => number;
  /** Bytes were decoded: what came of it. */
  readonly onTaken: (taken: Taken) => void;
  /** Another worker took the place of one that died: the packets are kept, no stream goes on. */
  readonly onRestart: (sentence: string) => void;
}

/** One capture's way into the worker. */
export interface PacketInput {
  /** Resolves when more may come: soon as long as the worker keeps up, else when it has taken what waits. */
  push(bytes: Uint8Array): Promise<void>;
  /** Nothing follows. Resolves when all is decoded. */
  end(): Promise<void>;
}

/** Null: the worker died, or the run is over; its stream has no beginning any more. */
export type OnProgress = (progress: CaptureProgress | null) => void;

/** What a capture may have waiting for the worker, bytes: the worker decodes as much in about 2 ms. */
const mostWaiting = 256 * 1024;

/** Of one capture, not yet with the worker. */
interface Waiting {
  readonly captureId: number;
  readonly offset: number;
  readonly parts: Uint8Array[];
  size: number;
  last: boolean;
  readonly deviceMac: string | null;
  readonly onProgress: OnProgress;
  readonly settled: (() => void)[];
}

interface Kept {
  readonly segment: PacketSegment;
  readonly buffer: SharedArrayBuffer;
  /** Somebody outside reads it, perhaps still. */
  lent: boolean;
}

export class PacketHost implements AsyncDisposable {
  readonly #options: PacketHostOptions;
  readonly #worker: SupervisedWorker<PacketRequest, PacketReply>;
  #run = 0;
  #watched: readonly string[] = [];
  #vxlanPorts: readonly number[] = [];
  #segments: Kept[] = [];
  /** Opened with the first run; a sentence: why there is none. Each run tries anew. */
  #spill: SpillFile | string | null = null;
  #spillTrouble: string | null = null;
  /** Segments of this run that are there, oldest first. */
  #spilled: readonly SpilledSegment[] = [];
  /**
   * Of segments that have left. No collector of garbage knows how large a shared buffer is: at 50,000 packets a second
   * those that had left took more than a GiB (measured) before one ran.
   */
  #spare: SharedArrayBuffer[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #taking = false;

  constructor(options: PacketHostOptions) {
    this.#options = options;
    this.#worker = new SupervisedWorker<PacketRequest, PacketReply>({
      file: options.workerFile,
      name: 'The part that decodes packets',
      deadlineMs,
      seed: () => [{ kind: 'ports', vxlan: this.#vxlanPorts }, this.#begin()],
      // Half of the bytes may be in the store already, and they may be what killed it.
      // Nor is a packet decoded in full again that may have.
      again: ({ kind }) => kind !== 'take' && kind !== 'detail' && kind !== 'follow',
      onRestart: ({ sentence }) => options.onRestart(sentence),
    });
  }

  /** Loads the worker before it is needed. */
  warm(): void {
    this.#worker.warm();
  }

  /** The packets that are kept, oldest first. They grow while captures run. */
  get stretches(): readonly PacketStretch[] {
    const run = this.#run;
    const spill = this.#spill;
    const spilled = this.#spilled.map((place) => ({
      count: place.count,
      open: () => (spill instanceof SpillFile ? spill.read(run, place) : null),
    }));
    const inMemory = this.#segments.map((kept) => {
      // Nobody says when they have been read: their buffers are not used again.
      kept.lent = true;
      return kept.segment;
    });
    return [...spilled, ...inMemory];
  }

  /** Those of them that are in memory, for whoever says how far it has read (`unread`). */
  get buffers(): readonly SharedArrayBuffer[] {
    return this.#segments.map(({ buffer }) => buffer);
  }

  /** Why older packets leave with memory, or sooner than they should; null: they do not. */
  get spillSentence(): string | null {
    return typeof this.#spill === 'string' ? this.#spill : this.#spillTrouble;
  }

  /** Forgets all packets; what other runs still hand over is no longer taken. */
  begin(watched: readonly string[]): void {
    this.#run++;
    this.#watched = watched;
    this.#leave(this.#segments.length);
    this.#spilled = [];
    this.#spillTrouble = null;
    this.#openSpill();
    this.#drop();
    void this.#worker.request(this.#begin());
  }

  /** The watched Pod has other addresses now: its peers are those of packets with one of these. */
  watch(watched: readonly string[]): void {
    this.#watched = watched;
    void this.#worker.request({ kind: 'watch', watched });
  }

  /** Ports that VXLAN has here, beside the usual ones: of packets that come from now on. */
  knowVxlanPorts(ports: readonly number[]): void {
    this.#vxlanPorts = ports;
    void this.#worker.request({ kind: 'ports', vxlan: ports });
  }

  /** @param deviceMac of the one device that is captured; null: of all, or it has none */
  input(captureId: number, onProgress: OnProgress, deviceMac: string | null = null): PacketInput {
    const run = this.#run;
    let offset = 0;
    const add = (bytes: Uint8Array, last: boolean): Waiting | null => {
      if (run !== this.#run) {
        onProgress(null);
        return null;
      }
      let waiting = this.#waiting.get(captureId);
      if (waiting === undefined) {
        waiting = { captureId, offset, parts: [], size: 0, last: false, deviceMac, onProgress, settled: [] };
        this.#waiting.set(captureId, waiting);
      }
      waiting.parts.push(bytes);
      waiting.size += bytes.length;
      waiting.last = last;
      offset += bytes.length;
      void this.#next();
      return waiting;
    };
    const decoded = (waiting: Waiting): Promise<void> =>
      new Promise((settle) => waiting.settled.push(settle));
    return {
      push: async (bytes) => {
        const waiting = add(bytes, false);
        if (waiting !== null && waiting.size >= mostWaiting) await decoded(waiting);
      },
      end: async () => {
        const waiting = add(new Uint8Array(0), true);
        if (waiting !== null) await decoded(waiting);
      },
    };
  }

  /** Null when the session is closed, or two workers died of it. */
  async rows(window: PacketWindow): Promise<WindowRows | null> {
    const result = await this.#worker.request({ kind: 'rows', window });
    return result.ok && result.value.kind === 'rows' ? result.value : null;
  }

  /** Null when the packet is not kept any more. */
  async detail(number: number): Promise<DecodedDetail | null> {
    const result = await this.#worker.request({ kind: 'detail', number });
    return result.ok && result.value.kind === 'detail' ? result.value.detail : null;
  }

  /** Null when the session is closed, or the worker died of it. */
  async follow(number: number): Promise<FollowReply | null> {
    const result = await this.#worker.request({ kind: 'follow', number });
    return result.ok && result.value.kind === 'follow' ? result.value : null;
  }

  /** Null when the session is closed, or two workers died of it. */
  async count(flows: readonly SoughtFlow[], from: number): Promise<CountReply | null> {
    const result = await this.#worker.request({ kind: 'count', flows, from });
    return result.ok && result.value.kind === 'count' ? result.value : null;
  }

  async killWorkerForTest(): Promise<void> {
    await this.#worker.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#run++;
    this.#drop();
    await this.#worker[Symbol.asyncDispose]();
    if (this.#spill instanceof SpillFile) this.#spill[Symbol.dispose]();
    this.#spill = null;
  }

  #drop(): void {
    const dropped = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { onProgress, settled } of dropped) {
      onProgress(null);
      for (const settle of settled) settle();
    }
  }

  #begin(): PacketRequest {
    const maxBytes = this.#options.storeBytes ?? storeBytes;
    const segments = this.#segments.map(({ buffer }) => buffer);
    return { kind: 'begin', maxBytes, watched: this.#watched, segments, spill: this.#spillOfRun() };
  }

  #openSpill(): void {
    if (this.#options.spill === null) return;
    if (this.#spill instanceof SpillFile) this.#spill.measure();
    else this.#spill = SpillFile.open(this.#options.spill?.folders, this.#options.spill?.maxBytes);
  }

  #spillOfRun(): Extract<PacketRequest, { kind: 'begin' }>['spill'] {
    if (!(this.#spill instanceof SpillFile)) return null;
    const run = this.#run;
    // The worker before may have written over some before it died.
    this.#spilled = this.#spill.stillThere(run, this.#spilled);
    return { share: this.#spill.share, run, kept: this.#spilled };
  }

  /** All that waits, together; while the worker decodes it, more gathers. */
  async #next(): Promise<void> {
    if (this.#taking) return;
    this.#taking = true;
    // What else arrives in this turn goes along.
    await new Promise(setImmediate);
    while (this.#waiting.size > 0) {
      const taken = [...this.#waiting.values()];
      this.#waiting.clear();
      const run = this.#run;
      const chunks = taken.map(({ captureId, offset, parts, size, last, deviceMac }) => ({
        captureId,
        offset,
        bytes: joined(parts, size),
        last,
        deviceMac,
      }));
      const result = await this.#worker.request({ kind: 'take', chunks, spare: this.#spare.splice(0) });
      const reply = result.ok && result.value.kind === 'taken' && run === this.#run ? result.value : null;
      if (reply !== null) this.#keep(reply);
      for (const { captureId, onProgress, settled } of taken) {
        const progress = reply?.captures.find((one) => one.captureId === captureId);
        onProgress(progress === undefined || progress.lost ? null : progress);
        for (const settle of settled) settle();
      }
    }
    this.#taking = false;
  }

  #keep(taken: Taken): void {
    for (const buffer of taken.begun) {
      this.#segments.push({ segment: new PacketSegment(buffer), buffer, lent: false });
    }
    const { firstKept, firstInMemory, spilled, spillSentence } = taken;
    this.#spilled = [...this.#spilled, ...spilled].filter(({ firstNumber }) => firstNumber >= firstKept);
    this.#spillTrouble = spillSentence;
    const first = this.#segments.findLastIndex(({ segment }) => segment.firstNumber <= firstInMemory);
    if (first > 0) this.#leave(first);
    this.#options.onTaken(taken);
  }

  /** The oldest `count` of them. */
  #leave(count: number): void {
    const unread = this.#options.unread?.() ?? Infinity;
    for (const { buffer, lent, segment } of this.#segments.splice(0, count))
      if (!lent && segment.endNumber <= unread) this.#spare.push(buffer);
  }
}

/** Of a view into a larger buffer all of that would be copied to the worker. */
function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
