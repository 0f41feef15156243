// Writes pcapng (draft-ietf-opsawg-pcapng), little-endian: one section, one interface a vantage point, nanoseconds.
import { plainText } from '../../plain-text.ts';
import { PACKET_TYPE_UNKNOWN, type PacketSegment } from '../store/packet-segment.ts';
import { packetTimeOf } from '../store/packet-time.ts';
import { PcapngBlocks } from './pcapng-blocks.ts';

/** What the file needs of packet segments. None of it may be used anew while it is written. */
export type PacketColumns = Pick<PacketSegment, 'raw' | 'payloadOffset' | 'comment'> & {
  readonly [
    Column in 'seconds' | 'nanoseconds' | 'captureId' | 'ifindex' | 'packetType' | 'linkType' | 'len'
  ]: ArrayLike<number>;
};

/** Packets of one segment, wherever it lies. */
export interface PacketStretch {
  /** May grow. */
  readonly count: number;
  /** Null: they have left meanwhile, or cannot be read. Not kept longer than until the next is opened. */
  open(): PacketColumns | null;
}

/** Packets are told apart by capture, ifindex and link type, and `among`; each such place is an interface of the file. */
export interface PcapngInterface {
  readonly captureId: number;
  readonly ifindex: number;
  /** LINKTYPE_…: SLL2 276, Ethernet 1. */
  readonly linkType: number;
  /** `node/interface`, inside a Pod `node/pod/interface`. */
  readonly name: string;
  /** The capture filter (pcap-filter(7)); null when there was none or it is not known. */
  readonly filter: string | null;
  /** Bytes that were kept of a packet at most; 0: no limit. */
  readonly snaplen: number;
  /** Packets of this interface that passed the filter, and those of them that the kernel dropped; null: not known. */
  readonly received: number | null;
  readonly dropped: number | null;
}

export interface PcapngOptions {
  /** `Hopscope 0.1.0` */
  readonly application: string;
  readonly interfaces: readonly PcapngInterface[];
  /** Describes a place that `interfaces` does not name: its first packet came after the list was made. */
  readonly describe: (captureId: number, ifindex: number, linkType: number) => PcapngInterface;
  /** Which of `interfaces` a packet is of where several are at its place: devices with one number, one after the other. */
  readonly among: (
    captureId: number,
    ifindex: number,
    seconds: number,
    nanoseconds: number,
  ) => PcapngInterface | null;
  /** Names of IPv4 (4 bytes) and IPv6 (16 bytes) addresses, for name resolution blocks. */
  readonly names: Iterable<{ readonly address: Uint8Array; readonly name: string }>;
  /** In the order in which they are written. */
  readonly segments: readonly PacketStretch[];
  /** False: each packet ends with its last header; its length on the wire stays true. */
  readonly payload: boolean;
}

/** What is in a file that has been written; `interfaces` in the file's order, with what they hold. */
export interface PcapngContents {
  readonly packets: number;
  /** Packets that were to be in it, and could not be read any more. */
  readonly missing: number;
  readonly interfaces: readonly { readonly description: PcapngInterface; readonly packets: number }[];
}

/** With its hash, a chunk of this size holds the event loop for 5 ms; of 1 MiB, for 20 (measured). */
const chunkBytes = 256 * 1024;

/**
 * The file in chunks of about 256 KiB, each its own buffer, and what is in it as the generator's return value. What
 * segments gain after the first chunk was asked for is not in the file.
 */
export function* writePcapng(options: PcapngOptions): Generator<Uint8Array<ArrayBuffer>, PcapngContents> {
  const blocks = new PcapngBlocks(chunkBytes);
  const counts = options.segments.map((segment) => segment.count);
  const places = new Places(options, blocks);

  blocks.sectionHeader(options.application);
  for (const description of options.interfaces) places.add(description);
  for (const { address, name } of options.names) {
    blocks.name(address, plainText(name));
    if (blocks.full) yield blocks.take();
  }
  blocks.endNames();

  let packets = 0;
  let missing = 0;
  const latest = { seconds: 0, nanoseconds: 0 };
  for (const [index, stretch] of options.segments.entries()) {
    const count = counts[index] ?? 0;
    const segment = stretch.open();
    if (segment === null) {
      missing += count;
      continue;
    }
    for (let row = 0; row < count; row++) {
      const raw = segment.raw(row);
      const headers = Math.min(raw.length, segment.payloadOffset(row));
      const { s: seconds, ns: nanoseconds } = packetTimeOf(segment, row);
      blocks.packet({
        interfaceId: places.of(segment, row),
        seconds,
        nanoseconds,
        bytes: raw,
        captured: options.payload ? raw.length : headers,
        length: segment.len[row] ?? 0,
        comment: segment.comment(row),
        flags: flagsOf(segment.packetType[row] ?? PACKET_TYPE_UNKNOWN),
      });
      packets++;
      if (seconds > latest.seconds || (seconds === latest.seconds && nanoseconds > latest.nanoseconds)) {
        latest.seconds = seconds;
        latest.nanoseconds = nanoseconds;
      }
      if (blocks.full) yield blocks.take();
    }
  }

  for (const { id, description, written } of places.all) {
    blocks.statistics(id, {
      ...latest,
      received: description.received,
      dropped: description.dropped,
      written,
    });
  }
  const rest = blocks.take();
  if (rest.length > 0) yield rest;
  return {
    packets,
    missing,
    interfaces: places.all.map(({ description, written }) => ({ description, packets: written })),
  };
}

interface Place {
  readonly id: number;
  readonly description: PcapngInterface;
  written: number;
}

/** Which interface of the file a packet belongs to; one that is met for the first time is described then. */
class Places {
  readonly all: Place[] = [];
  readonly #options: PcapngOptions;
  readonly #blocks: PcapngBlocks;
  /** By capture and ifindex in one number (16 and 32 bits); nearly always one link type each. */
  readonly #byInterface = new Map<number, Place[]>();

  constructor(options: PcapngOptions, blocks: PcapngBlocks) {
    this.#options = options;
    this.#blocks = blocks;
  }

  add(description: PcapngInterface): Place {
    const place: Place = { id: this.all.length, description, written: 0 };
    this.all.push(place);
    this.#blocks.interface({
      linkType: description.linkType,
      snaplen: description.snaplen,
      name: plainText(description.name),
      filter: description.filter,
    });
    const key = description.captureId * 2 ** 32 + description.ifindex;
    const others = this.#byInterface.get(key);
    if (others === undefined) this.#byInterface.set(key, [place]);
    else others.push(place);
    return place;
  }

  of(segment: PacketColumns, row: number): number {
    const captureId = segment.captureId[row] ?? 0;
    const ifindex = segment.ifindex[row] ?? 0;
    const linkType = segment.linkType[row] ?? 0;
    const known = this.#byInterface.get(captureId * 2 ** 32 + ifindex) ?? [];
    const place =
      (known.length > 1 ? this.#among(known, segment, row) : undefined) ??
      known.find(({ description }) => description.linkType === linkType) ??
      this.add({ ...this.#options.describe(captureId, ifindex, linkType), captureId, ifindex, linkType });
    place.written++;
    return place.id;
  }

  #among(known: readonly Place[], segment: PacketColumns, row: number): Place | undefined {
    const then = this.#options.among(
      segment.captureId[row] ?? 0,
      segment.ifindex[row] ?? 0,
      segment.seconds[row] ?? 0,
      segment.nanoseconds[row] ?? 0,
    );
    const linkType = segment.linkType[row] ?? 0;
    return known.find(({ description }) => description === then && description.linkType === linkType);
  }
}

/** epb_flags: bits 0–1 the direction (1 in, 2 out), bits 2–4 how it was received (1 unicast, 2 multicast, 3 broadcast, 4 promiscuous). */
function flagsOf(packetType: number): number {
  switch (packetType) {
    case 0:
      return 1 | (1 << 2);
    case 1:
      return 1 | (3 << 2);
    case 2:
      return 1 | (2 << 2);
    case 3:
      return 1 | (4 << 2);
    case 4:
      return 2;
    default:
      return 0;
  }
}
