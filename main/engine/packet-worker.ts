// The worker that decodes captures: hostile bytes in, columns in shared memory out, and windows of rows.
import { parentPort } from 'node:worker_threads';
import type { PacketWindow } from '../../app/contract/watch.ts';
import { macBytes } from '../../app/packet/address.ts';
import { detailNodes } from '../../app/packet/dissect/detail.ts';
import { dissect } from '../../app/packet/dissect/dissect.ts';
import { Dissection } from '../../app/packet/dissect/dissection.ts';
import { rowPacket } from '../../app/packet/dissect/row.ts';
import type { CaptureDecoder } from '../../app/packet/file/capture-decoder.ts';
import { followedStream } from '../../app/packet/follow/followed-stream.ts';
import { FlowCounts, type SoughtFlow } from '../../app/packet/store/flow-counts.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { PacketStore } from '../../app/packet/store/packet-store.ts';
import { Spill, type SpilledSegment } from '../../app/packet/store/spill.ts';
import { PacketView } from '../../app/packet/store/packet-view.ts';
import { parseDisplayFilter } from '../../app/packet/filter/display-filter.ts';
import { WindowSummaries } from '../../app/packet/summary/window-summaries.ts';
import { knowVxlanPorts } from '../../app/packet/tunnel-ports.ts';
import { assertNever } from '../../app/result.ts';
import { PacketPeers, type TalkCount } from './packet-peers.ts';
import type {
  CaptureProgress,
  InterfaceTally,
  PacketReply,
  PacketRequest,
  StreamChunk,
} from './packet-protocol.ts';
import { SpillWriter } from './spill-file.ts';

/** Filters whose rows are kept counted: what a person goes back and forth between. */
const viewsKept = 4;

/** A filter looks at packets so long, ms, and then says how far it came: meanwhile captures wait, and so does a person. */
const scanMs = 40;

/** ms between two tellings of how many packets there were with whom. */
const talksEveryMs = 1_000;

/** A window's rows are read from the disk so long, ms; what is left is read when it is asked for again. */
const readMs = 200;

/** Segments on each side of a spilled packet that its stream is looked for in, and before those in memory: 70 MiB at most. */
const spilledAround = 8;

/** Buffers to be used again; a ring has about as many segments. */
const mostSpare = 100;
let spare: readonly SharedArrayBuffer[] = [];

/** A zeroed one of that size; null when there is none. */
function used(bytes: number): SharedArrayBuffer | null {
  const found = spare.find(({ byteLength }) => byteLength === bytes);
  if (found === undefined) return null;
  spare = spare.filter((one) => one !== found);
  new Uint8Array(found).fill(0);
  return found;
}

interface Stream {
  readonly decoder: CaptureDecoder;
  /** Bytes of it that were decoded. */
  offset: number;
}

class Run {
  readonly #store: PacketStore;
  #peers: PacketPeers;
  #talksToldAt = -Infinity;
  readonly #streams = new Map<number, Stream>();
  readonly #views = new Map<string, PacketView>();
  readonly #summaries = new WindowSummaries();
  readonly #spill: { readonly writer: SpillWriter; readonly segments: Spill } | null;
  /** Ordinal of the first spilled segment that was not told. */
  #untold: number;
  #begun: SharedArrayBuffer[] = [];
  /** Of what was asked for last. */
  #counted: { readonly asked: string; readonly counts: FlowCounts } | null = null;

  constructor(request: Extract<PacketRequest, { kind: 'begin' }>) {
    const { maxBytes, watched, segments, spill } = request;
    const allocate = (bytes: number): SharedArrayBuffer => {
      const buffer = used(bytes) ?? new SharedArrayBuffer(bytes);
      this.#begun.push(buffer);
      return buffer;
    };
    if (spill === null) this.#spill = null;
    else {
      const writer = new SpillWriter(spill.share, spill.run, spill.kept);
      this.#spill = { writer, segments: new Spill(writer, spill.kept, writer.first) };
    }
    this.#untold = (spill?.kept.at(-1)?.ordinal ?? -1) + 1;
    this.#store = new PacketStore({
      maxBytes,
      allocate,
      segments,
      ...(this.#spill === null ? {} : { spill: this.#spill.segments }),
    });
    this.#peers = new PacketPeers(watched, this.#store.total + 1);
  }

  watch(watched: readonly string[]): PacketReply {
    this.#peers = new PacketPeers(watched, this.#store.total + 1);
    return { kind: 'begun' };
  }

  take(chunks: readonly StreamChunk[]): PacketReply {
    const lost = chunks.filter((chunk) => !this.#decode(chunk)).map(({ captureId }) => captureId);
    const tallies = new Map<number, InterfaceTally[]>();
    this.#store.takeArrivals((captureId, ifindex, inbound, outbound, refused) => {
      const tally = { ifindex, inbound, outbound, refused };
      const known = tallies.get(captureId);
      if (known === undefined) tallies.set(captureId, [tally]);
      else known.push(tally);
    });
    const { peers, newest } = this.#peers.look(this.#store);
    const captures = chunks.map(({ captureId, last }): CaptureProgress => {
      const decoder = this.#streams.get(captureId)?.decoder;
      const progress = {
        captureId,
        lost: lost.includes(captureId),
        records: decoder?.records ?? 0,
        linkType: decoder?.linkType ?? null,
        broken: decoder?.broken?.sentence ?? null,
        tallies: tallies.get(captureId) ?? [],
        at: newest.get(captureId) ?? null,
      };
      if (last) this.#streams.delete(captureId);
      return progress;
    });
    // A view that nobody looks at would keep what has left the store.
    for (const view of this.#views.values()) view.leave();
    const begun = this.#begun;
    this.#begun = [];
    const { firstNumber, firstInMemory, total, kept, bytes } = this.#store;
    return {
      kind: 'taken',
      captures,
      begun,
      firstKept: firstNumber,
      firstInMemory,
      spilled: this.#newlySpilled(),
      spillSentence: this.#spill?.writer.sentence ?? null,
      total,
      kept,
      bytes,
      peers,
      talks: this.#talks(),
    };
  }

  #talks(): readonly TalkCount[] | null {
    const now = performance.now();
    if (now - this.#talksToldAt < talksEveryMs) return null;
    this.#talksToldAt = now;
    return this.#peers.talks();
  }

  rows({ from, count, filter, until }: PacketWindow): PacketReply {
    const view = this.#view(filter);
    if (typeof view === 'string') {
      return { kind: 'rows', first: 0, end: 0, from: 0, rows: [], filterError: view, scanned: 0, toScan: 0 };
    }
    const deadline = performance.now() + scanMs;
    view.update(() => performance.now() < deadline);
    const { places, ...window } = view.rows(from, count, until);
    const readUntil = performance.now() + readMs;
    const { rows, left } = this.#summaries.of(places, () => performance.now() < readUntil);
    const search = left > 0 && window.toScan === 0 ? this.#searching(left) : {};
    return { kind: 'rows', ...window, ...search, rows, filterError: null };
  }

  /** All was looked at, yet `left` rows are not shown: whoever asks is to ask again. */
  #searching(left: number): { readonly toScan: number; readonly scanned: number } {
    const toScan = this.#store.kept;
    return { toScan, scanned: toScan - left };
  }

  detail(number: number): PacketReply {
    const place = this.#store.locate(number);
    if (place === null) return { kind: 'detail', detail: null };
    const packet = rowPacket(place.segment, place.row);
    const dissection = new Dissection();
    dissect(packet, dissection);
    const nodes = detailNodes(dissection);
    return { kind: 'detail', detail: { bytes: new Uint8Array(packet.bytes), length: packet.len, nodes } };
  }

  follow(number: number): PacketReply {
    const segments = this.#around(number);
    const segment = segments.find((one) => number >= one.firstNumber && number < one.endNumber);
    if (segment === undefined) return { kind: 'follow', kept: false, stream: null };
    const stream = followedStream(segments, { segment, row: number - segment.firstNumber });
    return { kind: 'follow', kept: true, stream };
  }

  count(flows: readonly SoughtFlow[], from: number): PacketReply {
    const asked = JSON.stringify([flows, from]);
    if (this.#counted?.asked !== asked) this.#counted = { asked, counts: new FlowCounts(flows, from) };
    const { counts } = this.#counted;
    const deadline = performance.now() + scanMs;
    const all = counts.look(this.#store, () => performance.now() < deadline);
    return { kind: 'count', counts: counts.counts, caughtUp: all && !counts.full, gaps: counts.gaps };
  }

  /** Where a stream is looked for: in all that is in memory and what was spilled last, or around a packet that was spilled. */
  #around(number: number): readonly PacketSegment[] {
    const { stretches, firstInMemory } = this.#store;
    const inMemory = number >= firstInMemory;
    const asked = inMemory ? firstInMemory : number;
    const at = stretches.findIndex((one) => asked < one.firstNumber + one.count);
    if (at < 0) return [];
    return stretches
      .slice(Math.max(0, at - spilledAround), inMemory ? undefined : at + spilledAround + 1)
      .flatMap((stretch) => stretch.open() ?? []);
  }

  #newlySpilled(): readonly SpilledSegment[] {
    const told: SpilledSegment[] = [];
    const stretches = this.#spill?.segments.stretches ?? [];
    for (let at = stretches.length - 1; at >= 0; at -= 1) {
      const place = stretches[at]?.place;
      if (place === undefined || place.ordinal < this.#untold) break;
      told.unshift(place);
    }
    this.#untold = (told.at(-1)?.ordinal ?? this.#untold - 1) + 1;
    return told;
  }

  /** False when this worker has not seen what came before: another one died of it. */
  #decode({ captureId, offset, bytes, last, deviceMac }: StreamChunk): boolean {
    let stream = this.#streams.get(captureId);
    if (stream === undefined && offset === 0) {
      stream = { decoder: this.#store.decoder(captureId, macBytes(deviceMac ?? '')), offset };
      this.#streams.set(captureId, stream);
    }
    if (stream?.offset !== offset) return false;
    stream.decoder.push(bytes);
    stream.offset += bytes.length;
    if (last) stream.decoder.end();
    return true;
  }

  /** Of a filter, or what is wrong with it. */
  #view(text: string): PacketView | string {
    let view = this.#views.get(text);
    this.#views.delete(text);
    if (view === undefined) {
      const filter = parseDisplayFilter(text);
      if (!filter.ok) return filter.failure.sentence;
      view = new PacketView(this.#store, filter.value);
    }
    this.#views.set(text, view);
    for (const oldest of this.#views.keys()) {
      if (this.#views.size <= viewsKept) break;
      this.#views.delete(oldest);
    }
    return view;
  }
}

let run = new Run({ kind: 'begin', maxBytes: 0, watched: [], segments: [], spill: null });

function answer(request: PacketRequest): PacketReply {
  switch (request.kind) {
    case 'begin':
      run = new Run(request);
      return { kind: 'begun' };
    case 'watch':
      return run.watch(request.watched);
    case 'ports':
      knowVxlanPorts(request.vxlan);
      return { kind: 'begun' };
    case 'take':
      spare = [...spare, ...request.spare].slice(-mostSpare);
      return run.take(request.chunks);
    case 'rows':
      return run.rows(request.window);
    case 'detail':
      return run.detail(request.number);
    case 'follow':
      return run.follow(request.number);
    case 'count':
      return run.count(request.flows, request.from);
    default:
      return assertNever(request);
  }
}

if (parentPort === null) throw new Error('packet-worker is a worker thread');
const port = parentPort;
port.on('message', (request: PacketRequest) => port.postMessage(answer(request)));
