// The TCP headers of a packet in the store: from its columns, or, where they do not tell all, from its full decode.
import { u16, u32, u8 } from '../bytes.ts';
import { ipv4Text, ipv6Text } from '../address.ts';
import { fieldNamed } from '../dissect/catalogue.ts';
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import type { FieldValue } from '../dissect/field.ts';
import { rowPacket } from '../dissect/row.ts';
import { Mark } from '../store/marks.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import type { PairDirection, StreamHeader } from './stream-numbers.ts';

const TCP = 6;
const HEADER_BYTES = 20;
const IPV4_MORE_FRAGMENTS = 0x2000;
const IPV4_FRAGMENT_OFFSET = 0x1fff;

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface TcpHeader extends StreamHeader {
  readonly source: End;
  readonly destination: End;
  /** The header was captured whole and is none that is quoted: it is a segment of its stream. */
  readonly whole: boolean;
  /** The payload, as much as was captured. A view, not a copy. */
  readonly bytes: Uint8Array;
  /** Bytes of payload on the wire. */
  readonly wireLength: number;
}

/**
 * From the outermost to the innermost; of a fragment none, as if the others were awaited. (An IPv4 packet's first fragment
 * that was cut nothing can complete: tshark takes its header, but not for a segment.)
 */
export function tcpHeaders(segment: PacketSegment, row: number): readonly TcpHeader[] {
  const marks = segment.marks[row] ?? 0;
  if ((marks & Mark.laterFragment) !== 0) return [];
  const tcp = segment.family[row] !== 0 && segment.protocol[row] === TCP;
  const unsure = Mark.truncated | Mark.broken | Mark.firstFragment;
  if ((marks & Mark.deeper) !== 0 || (tcp && (marks & unsure) !== 0)) return decodedHeaders(segment, row);
  if (!tcp) return [];
  const source = {
    address: segment.address(segment.source[row] ?? 0),
    port: segment.sourcePort[row] ?? 0,
  };
  const destination = {
    address: segment.address(segment.destination[row] ?? 0),
    port: segment.destinationPort[row] ?? 0,
  };
  const packet = segment.raw(row);
  const at = segment.transportOffset[row] ?? 0;
  return [headerAt(packet, at, segment.payloadLength[row] ?? 0, { source, destination })];
}

/** @param wireLength of the payload; null: the header does not fit in its packet, or is quoted */
function headerAt(
  packet: Uint8Array,
  at: number,
  wireLength: number | null,
  ends: { readonly source: End; readonly destination: End },
): TcpHeader {
  const headerLength = (u8(packet, at + 12) >> 4) * 4;
  const payloadAt = at + headerLength;
  return {
    ...ends,
    sequence: u32(packet, at + 4),
    acknowledgement: u32(packet, at + 8),
    flags: u16(packet, at + 12) & 0x0fff,
    counts: wireLength !== null,
    whole: wireLength !== null && headerLength >= HEADER_BYTES && payloadAt <= packet.length,
    bytes: packet.subarray(payloadAt, payloadAt + (wireLength ?? 0)),
    wireLength: wireLength ?? 0,
  };
}

// Of a header that was captured up to its window tshark tells the stream; `tcp.hdr_len` is told of the same.
const wanted = ['ip', 'ipv6', 'ipv6.fraghdr.more', 'icmp', 'icmpv6', 'tcp.len', 'tcp.hdr_len'];
const decode = new Dissection(new Set(wanted.flatMap((name) => fieldNamed(name) ?? [])));

function decodedHeaders(segment: PacketSegment, row: number): readonly TcpHeader[] {
  const packet = rowPacket(segment, row);
  dissect(packet, decode);
  const headers: TcpHeader[] = [];
  let addresses: readonly [string, string] = ['', ''];
  let quoted = false;
  /** Told before the header's length, of a header that fits in its packet. */
  let length: FieldValue = null;
  for (const [index, { name }] of decode.fields.entries()) {
    const at = decode.starts[index] ?? 0;
    if (name === 'ip') {
      const fragment = (u16(packet.bytes, at + 6) & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) !== 0;
      if (fragment && at + u16(packet.bytes, at + 2) <= packet.bytes.length) break;
      addresses = [ipv4Text(packet.bytes, at + 12), ipv4Text(packet.bytes, at + 16)];
    } else if (name === 'ipv6.fraghdr.more') {
      if (decode.values[index] === 1) break;
    } else if (name === 'ipv6') addresses = [ipv6Text(packet.bytes, at + 8), ipv6Text(packet.bytes, at + 24)];
    else if (name === 'icmp' || name === 'icmpv6') quoted = true;
    else if (name === 'tcp.len') length = decode.values[index] ?? null;
    else if (name === 'tcp.hdr_len') {
      const header = at - 12;
      const source = { address: addresses[0], port: u16(packet.bytes, header) };
      const destination = { address: addresses[1], port: u16(packet.bytes, header + 2) };
      const wireLength = !quoted && typeof length === 'number' ? length : null;
      headers.push(headerAt(packet.bytes, header, wireLength, { source, destination }));
      length = null;
    }
  }
  return headers;
}

/** Of a header's two ends: their name, the same for both directions, and which direction it is. */
export function pairOf({ source, destination }: TcpHeader): {
  readonly key: string;
  readonly direction: PairDirection;
} {
  const direction: PairDirection = isBefore(destination, source) ? 1 : 0;
  const [first, second] = direction === 0 ? [source, destination] : [destination, source];
  return { key: `${first.address} ${first.port} ${second.address} ${second.port}`, direction };
}

function isBefore(a: End, b: End): boolean {
  return a.address < b.address || (a.address === b.address && a.port < b.port);
}
