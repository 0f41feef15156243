// Most packets are alike: Ethernet (with a tag, perhaps) or LINUX_SLL2, then IPv4 without options or IPv6 without extensions, then
// TCP, UDP or an ICMP echo, all headers whole and at one with each other. These are read here in one straight line into their
// row, without telling every header to `PacketHeaders` first: several times as fast. Nothing is decided here: a packet with
// anything else about it is left to `readHeaders`, and common-packet.test.ts holds every row to what that makes of it.
import { AddressKind } from '../address.ts';
import type { AddressTable } from '../store/address-table.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentColumns } from '../store/segment-columns.ts';
import { EtherType } from './ether-type.ts';
import { IcmpType, Icmpv6Type } from './icmp.ts';
import { IpProtocol } from './ip-protocol.ts';
import { LinkType } from './link-types.ts';
import {
  FACTOR_STEP,
  LAYER_4_BYTES,
  MATCH_REACH,
  layer4Word,
  matchFactor,
  matchHash,
  matchTerm,
  timestampIn,
} from './match-key.ts';
import { isTunnelPort } from './udp.ts';

const ETHERNET_BYTES = 14;
const TAGGED_BYTES = 18;
const SLL2_BYTES = 20;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const TCP_BYTES = 20;
/** UDP's header, and ICMP's. */
const SHORT_BYTES = 8;
/** Ethernet, IPv4, UDP. */
const LEAST_BYTES = 42;
/** Version and header length of IPv4 without options; nothing else begins a common packet's IPv4. */
const PLAIN_IPV4 = 0x45;
/** More fragments, fragment offset. */
const FRAGMENT = 0x3fff;
/** Factors of the match key's words that lie before the transport header, and of what is behind IPv4's addresses. */
const PROTOCOL_FACTOR = matchFactor(0);
const SOURCE_FACTOR = matchFactor(1);
const DESTINATION_FACTOR = matchFactor(2);
const BEHIND_IPV4_FACTOR = matchFactor(3);

export class CommonPackets {
  readonly #view: DataView;
  readonly #addresses: AddressTable;
  readonly #columns: SegmentColumns;

  /** @param heap of the segment whose addresses and columns the others are */
  constructor(heap: DataView, addresses: AddressTable, columns: SegmentColumns) {
    this.#view = heap;
    this.#addresses = addresses;
    this.#columns = columns;
  }

  /**
   * Writes the row of the packet that lies at `start` in the heap; false: it is no common one, and nothing was written.
   *
   * @param packetType unless the link header tells it
   */
  write(
    row: number,
    linkType: number,
    packetType: number,
    start: number,
    caplen: number,
    len: number,
  ): boolean {
    if (caplen < LEAST_BYTES) return false;
    const view = this.#view;

    let ifindex = 0;
    let layers: number = Layer.eth;
    let etherType: number;
    let ip: number;
    if (linkType === LinkType.ethernet) {
      etherType = view.getUint16(start + 12);
      ip = start + ETHERNET_BYTES;
      if (etherType === EtherType.customerTag) {
        layers = Layer.eth | Layer.vlan;
        etherType = view.getUint16(start + 16);
        ip = start + TAGGED_BYTES;
      }
    } else if (linkType === LinkType.linuxSll2) {
      layers = Layer.sll;
      ifindex = view.getUint32(start + 4);
      packetType = view.getUint8(start + 10);
      etherType = view.getUint16(start);
      ip = start + SLL2_BYTES;
    } else return false;

    const addresses = this.#addresses;
    // Ids in it; 0: not found yet.
    let source = 0;
    let destination = 0;
    let family: number;
    let protocol: number;
    let transport: number;
    // Of the IP packet, what is behind is padding: where it ends on the wire, and where what was captured of it does.
    let wireEnd = start + (len > caplen ? len : caplen);
    let end = start + caplen;
    // Of the match key (match-key.ts), as far as it is the same for all protocols: how many words, the next one's factor, the sum.
    let count: number;
    let factor: number;
    let sum: number;
    if (etherType === EtherType.ipv4) {
      transport = ip + IPV4_BYTES;
      if (transport + SHORT_BYTES > end) return false;
      const first = view.getInt32(ip);
      if (first >>> 24 !== PLAIN_IPV4 || (view.getUint16(ip + 6) & FRAGMENT) !== 0) return false;
      family = 4;
      layers |= Layer.ip;
      protocol = view.getUint8(ip + 9);
      const packetEnd = ip + (first & 0xffff);
      if (packetEnd < wireEnd) wireEnd = packetEnd;
      const sourceWord = view.getInt32(ip + 12);
      const destinationWord = view.getInt32(ip + 16);
      source = addresses.glanceIpv4(sourceWord);
      destination = addresses.glanceIpv4(destinationWord);
      sum = (matchTerm(sourceWord, SOURCE_FACTOR) + matchTerm(destinationWord, DESTINATION_FACTOR)) | 0;
      count = 3;
      factor = BEHIND_IPV4_FACTOR;
    } else if (etherType === EtherType.ipv6) {
      transport = ip + IPV6_BYTES;
      if (transport + SHORT_BYTES > end) return false;
      const payload = view.getUint16(ip + 4);
      if (view.getUint8(ip) >> 4 !== 6 || payload === 0) return false;
      family = 6;
      layers |= Layer.ipv6;
      protocol = view.getUint8(ip + 6);
      const packetEnd = transport + payload;
      if (packetEnd < wireEnd) wireEnd = packetEnd;
      sum = 0;
      factor = SOURCE_FACTOR;
      for (let at = ip + 8; at < transport; at += 4) {
        sum = (sum + matchTerm(view.getInt32(at), factor)) | 0;
        factor = (factor + FACTOR_STEP) | 0;
      }
      count = 9;
    } else return false;
    if (wireEnd < end) end = wireEnd;
    if (transport + SHORT_BYTES > end) return false;
    const reach = end < ip + MATCH_REACH ? end : ip + MATCH_REACH;
    sum = (sum + matchTerm((family << 8) | protocol, PROTOCOL_FACTOR)) | 0;

    let sourcePort = 0;
    let destinationPort = 0;
    let flags = 0;
    let sequence = 0;
    let payloadLength: number;
    if (protocol === IpProtocol.tcp) {
      if (transport + TCP_BYTES > end) return false;
      const lengthAndFlags = view.getUint16(transport + 12);
      const headerLength = (lengthAndFlags >> 12) * 4;
      payloadLength = wireEnd - transport - headerLength;
      if (headerLength < TCP_BYTES || payloadLength < 0) return false;
      const ports = view.getInt32(transport);
      sourcePort = ports >>> 16;
      destinationPort = ports & 0xffff;
      flags = lengthAndFlags & 0x0fff;
      sequence = view.getUint32(transport + 4);
      layers |= Layer.tcp;
      sum = (sum + matchTerm(ports, factor)) | 0;
      count += 1;
      if (payloadLength === 0) {
        sum = (sum + matchTerm(sequence, (factor + FACTOR_STEP) | 0)) | 0;
        sum = (sum + matchTerm(view.getInt32(transport + 8), (factor + 2 * FACTOR_STEP) | 0)) | 0;
        sum = (sum + matchTerm(flags, (factor + 3 * FACTOR_STEP) | 0)) | 0;
        sum = (sum + matchTerm(timestampIn(view, transport, reach), (factor + 4 * FACTOR_STEP) | 0)) | 0;
        count += 4;
      }
    } else {
      let checksum: number;
      if (protocol === IpProtocol.udp) {
        sourcePort = view.getUint16(transport);
        destinationPort = view.getUint16(transport + 2);
        const length = view.getUint16(transport + 4);
        if (length < SHORT_BYTES || transport + length > wireEnd) return false;
        if (isTunnelPort(sourcePort) || isTunnelPort(destinationPort)) return false;
        payloadLength = length - SHORT_BYTES;
        layers |= Layer.udp;
        checksum = transport + 4;
      } else {
        const type = view.getUint8(transport);
        if (family === 4 && protocol === IpProtocol.icmp) {
          if (type !== IcmpType.echoRequest && type !== IcmpType.echoReply) return false;
          layers |= Layer.icmp;
        } else if (family === 6 && protocol === IpProtocol.icmpv6) {
          if (type !== Icmpv6Type.echoRequest && type !== Icmpv6Type.echoReply) return false;
          layers |= Layer.icmpv6;
        } else return false;
        flags = view.getUint16(transport);
        sequence = view.getUint32(transport + 4);
        payloadLength = wireEnd - transport - SHORT_BYTES;
        checksum = transport;
      }
      if (family === 4) {
        sum = (sum + matchTerm(view.getUint16(ip + 4) << 16, factor)) | 0;
        sum = (sum + matchTerm(view.getUint16(ip + 2), (factor + FACTOR_STEP) | 0)) | 0;
      } else sum = (sum + matchTerm(view.getUint16(ip + 4), (factor + FACTOR_STEP) | 0)) | 0;
      sum = (sum + layer4Sum(view, transport, reach, checksum, (factor + 2 * FACTOR_STEP) | 0)) | 0;
      count += 2 + LAYER_4_BYTES / 4;
    }

    const kind = family === 4 ? AddressKind.ipv4 : AddressKind.ipv6;
    if (source === 0) source = addresses.idOf(kind, family === 4 ? ip + 12 : ip + 8);
    if (destination === 0) destination = addresses.idOf(kind, family === 4 ? ip + 16 : ip + 24);
    const key = matchHash((sum + count) | 0);
    this.#columns.writeHeaders(
      row,
      ifindex,
      sequence,
      payloadLength,
      start,
      layers,
      key,
      source,
      destination,
      sourcePort,
      destinationPort,
      flags,
      transport - start,
      packetType,
      family,
      protocol,
      0,
    );
    return true;
  }
}

/** The terms of what lies at `transport` that is not TCP, the first with `factor`; of the word at `checksum` the lower half is 0. */
function layer4Sum(
  view: DataView,
  transport: number,
  reach: number,
  checksum: number,
  factor: number,
): number {
  const last = transport + LAYER_4_BYTES;
  let sum = 0;
  for (let at = transport; at < last; at += 4) {
    const word = layer4Word(view, at, reach);
    sum = (sum + matchTerm(at === checksum ? word & ~0xffff : word, factor)) | 0;
    factor = (factor + FACTOR_STEP) | 0;
  }
  return sum;
}
