// The header of a pcap file (draft-ietf-opsawg-pcap; pcap-savefile(5)) and what the programs that wrote others than
// today's made of it: libpcap and Wireshark read those, and so do we. What they do was seen by trying them.

/** How the records of one file are to be read. */
export interface PcapFormat {
  readonly little: boolean;
  readonly nanosecondsATick: 1 | 1000;
  /** Of a record, before the packet's bytes. */
  readonly recordHeaderBytes: number;
  /** The lengths on the wire and captured are the other way round: in files before version 2.3, and in some of 2.3. */
  readonly lengths: 'usual' | 'swapped' | 'swapped when they must be';
  /** LINKTYPE_… */
  readonly linkType: number;
  readonly snaplen: number;
}

interface Magic {
  /** As a little-endian reader finds the bytes of a little-endian writer. */
  readonly word: number;
  readonly nanosecondsATick: 1 | 1000;
  readonly headerBytes: number;
  readonly recordHeaderBytes: number;
}

const STANDARD: readonly Magic[] = [
  { word: 0xa1b2c3d4, nanosecondsATick: 1000, headerBytes: 24, recordHeaderBytes: 16 },
  { word: 0xa1b23c4d, nanosecondsATick: 1, headerBytes: 24, recordHeaderBytes: 16 },
];
const OTHERS: readonly Magic[] = [
  // Alexey Kuznetzov's: a record goes on with interface, protocol and packet type.
  { word: 0xa1b2cd34, nanosecondsATick: 1000, headerBytes: 24, recordHeaderBytes: 24 },
  // IXIA's, of hardware and software: the header goes on with the length of all records.
  { word: 0x1c0001ac, nanosecondsATick: 1000, headerBytes: 28, recordHeaderBytes: 16 },
  { word: 0x1c0001ab, nanosecondsATick: 1000, headerBytes: 28, recordHeaderBytes: 16 },
];

/** A live stream is tcpdump's of today; what else it might be is noise before it. */
export type PcapMode = 'live' | 'file';

interface Begun {
  readonly magic: Magic;
  readonly little: boolean;
}

/** What may begin with the bytes at hand, up to four; null: no pcap. Undecided while they are fewer, then the first. */
export function pcapMagic(stream: DataView, at: number, length: number, mode: PcapMode): Begun | null {
  for (const magic of mode === 'live' ? STANDARD : [...STANDARD, ...OTHERS])
    for (const little of [true, false])
      if (begins(stream, at, Math.min(length, 4), magic.word, little)) return { magic, little };
  return null;
}

function begins(stream: DataView, at: number, length: number, word: number, little: boolean): boolean {
  for (let index = 0; index < length; index += 1)
    if (stream.getUint8(at + index) !== ((word >>> (little ? index * 8 : 24 - index * 8)) & 0xff))
      return false;
  return true;
}

/** AIX wrote nanoseconds and the kernel's own interface types, as version 2.2: by type, LINKTYPE_… */
const AIX_TYPES: Readonly<Record<number, number>> = { 6: 1, 9: 6, 15: 10 };

const LINK_TYPE_BITS = 0x0000_ffff;
/** Above them the length of a frame check sequence, and these, which nobody may set. */
const RESERVED_BITS = 0x03ff_0000;

/** The format, or what is wrong with it and where: bytes into the header. */
export function readPcapHeader(
  stream: DataView,
  at: number,
  { magic, little }: Begun,
  mode: PcapMode,
): PcapFormat | { readonly into: number; readonly sentence: string } {
  const major = stream.getUint16(at + 4, little);
  const minor = stream.getUint16(at + 6, little);
  const network = stream.getUint32(at + 20, little);
  if (mode === 'live' ? major !== 2 : major < 2)
    return { into: 4, sentence: `This is pcap of version ${major}; only version 2 can be read.` };
  if (mode === 'file' && (network & RESERVED_BITS) !== 0)
    return { into: 20, sentence: `The header gives the link type as ${network}, which none can be.` };
  const old = mode === 'file' && major === 2;
  const ofAix = old && minor === 2 ? AIX_TYPES[network & LINK_TYPE_BITS] : undefined;
  return {
    little,
    nanosecondsATick: ofAix === undefined ? magic.nanosecondsATick : 1,
    recordHeaderBytes: magic.recordHeaderBytes,
    lengths: !old || minor > 3 ? 'usual' : minor < 3 ? 'swapped' : 'swapped when they must be',
    linkType: ofAix ?? network & LINK_TYPE_BITS,
    snaplen: stream.getUint32(at + 16, little),
  };
}
