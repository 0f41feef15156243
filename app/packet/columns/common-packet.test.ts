// What is read of a common packet in one line is what header after header would have told.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { AddressTable } from '../store/address-table.ts';
import { PacketSegment } from '../store/packet-segment.ts';
import { SegmentColumns } from '../store/segment-columns.ts';
import { COLUMN_BYTES, HEADER_BYTES } from '../store/segment-layout.ts';
import type { BuiltPacket } from '../testing/packets/built.ts';
import { everyPacket } from '../testing/packets/every-packet.ts';
import { EtherType, ethernet, LinkType, sll2, vlanTag } from '../testing/packets/link.ts';
import { icmp, icmpv6, ipv4, ipv6, tcp, udp } from '../testing/packets/network.ts';
import { join, u16, u32, zeros } from '../testing/packets/parts.ts';
import { CommonPackets } from './common-packet.ts';
import { matchKey } from './match-key.ts';
import { NOWHERE, PacketHeaders } from './packet-headers.ts';
import { readHeaders } from './read-headers.ts';

const timestamps = [1, 1, 8, 10, ...u32(0xdeadbeef), ...u32(7)];
const ping = join(u16(7), u16(9), 'a ping');
const inIp = {
  'TCP with payload': [6, tcp(40_000, 80, 'GET /')],
  'TCP without': [6, tcp(40_000, 80, '', { flags: 0x10, sequence: 0xfffffff0 })],
  'TCP, timestamps': [6, tcp(40_000, 80, '', { options: join(timestamps) })],
  'TCP, timestamps second': [6, tcp(40_000, 80, '', { options: join([2, 4, 5, 0xb4], timestamps) })],
  UDP: [17, udp(40_000, 53, zeros(61).fill(7))],
  'UDP of few bytes': [17, udp(53, 40_000, 'abc')],
} as const;
const packets4 = { ...inIp, 'an echo': [1, icmp(8, 0, ping)], 'a reply': [1, icmp(0, 0, ping)] } as const;
const packets6 = {
  ...inIp,
  'an echo': [58, icmpv6(128, 0, ping)],
  'a reply': [58, icmpv6(129, 0, ping)],
} as const;

/** Each in Ethernet, padded, tagged, and from `-i any`. */
function linked(type: number, name: string, packet: Uint8Array): readonly BuiltPacket[] {
  const tagged = vlanTag(5, type, packet);
  return [
    { name, linkType: LinkType.ethernet, bytes: ethernet(type, packet) },
    {
      name: `${name}, padded`,
      linkType: LinkType.ethernet,
      bytes: ethernet(type, join(packet, zeros(17).fill(0xee))),
    },
    { name: `${name}, tagged`, linkType: LinkType.ethernet, bytes: ethernet(EtherType.vlan, tagged) },
    { name: `${name}, SLL2`, linkType: LinkType.linuxSll2, bytes: sll2(type, packet, { packetType: 4 }) },
  ];
}

const common = [
  ...Object.entries(packets4).flatMap(([name, [protocol, bytes]]) =>
    linked(EtherType.ipv4, `${name}, IPv4`, ipv4(protocol, bytes)),
  ),
  ...Object.entries(packets6).flatMap(([name, [protocol, bytes]]) =>
    linked(EtherType.ipv6, `${name}, IPv6`, ipv6(protocol, bytes)),
  ),
];

/** The packet lies in a heap whose every other byte is `around`. */
function heapWith(
  bytes: Uint8Array,
  around: number,
): { readonly segment: PacketSegment; readonly start: number } {
  const length = HEADER_BYTES + COLUMN_BYTES + bytes.length + 200;
  const segment = PacketSegment.format(new ArrayBuffer(length), 1, 1);
  const start = 13;
  segment.heap.fill(around);
  segment.heap.set(bytes, start);
  return { segment, start };
}

type Facts = Readonly<Record<string, unknown>>;

/** Null: it is left to the others. @param again as the second of its kind: its addresses have ids by then */
function inOneLine(
  linkType: number,
  bytes: Uint8Array,
  len: number,
  around: number,
  again: boolean,
): Facts | null {
  const { segment, start } = heapWith(bytes, around);
  const { heap } = segment;
  const addresses = new AddressTable(heap);
  const packets = new CommonPackets(
    new DataView(heap.buffer, heap.byteOffset, heap.byteLength),
    addresses,
    new SegmentColumns(segment),
  );
  if (!packets.write(0, linkType, 255, start, bytes.length, len)) {
    expect(addresses.count).toBe(0);
    return null;
  }
  if (again) {
    const { count } = addresses;
    expect(packets.write(0, linkType, 255, start, bytes.length, len)).toBe(true);
    expect(addresses.count).toBe(count);
  }
  segment.publish(1, addresses.count, start + bytes.length);
  expect(segment.rawOffset[0]).toBe(start);
  return {
    ifindex: segment.ifindex[0],
    packetType: segment.packetType[0],
    family: segment.family[0],
    protocol: segment.protocol[0],
    source: Array.from(segment.addressBytes(segment.source[0] ?? 0)),
    destination: Array.from(segment.addressBytes(segment.destination[0] ?? 0)),
    sourcePort: segment.sourcePort[0],
    destinationPort: segment.destinationPort[0],
    flags: segment.flags[0],
    sequence: segment.sequence[0],
    payloadLength: segment.payloadLength[0],
    layers: segment.layers[0],
    marks: segment.marks[0],
    transportOffset: segment.transportOffset[0],
    matchKey: segment.matchKey[0],
  };
}

function headerByHeader(linkType: number, bytes: Uint8Array, len: number): Facts {
  const { segment, start } = heapWith(bytes, 0);
  const headers = new PacketHeaders(segment.heap);
  headers.begin(start, bytes.length, len);
  readHeaders(headers, linkType);
  const { ifindex, packetType, family, protocol, sourcePort, destinationPort } = headers;
  const { flags, sequence, payloadLength, layers, marks, sourceAt, destinationAt } = headers;
  const address = (at: number): readonly number[] =>
    at === NOWHERE ? [] : Array.from(segment.heap.subarray(at, at + (family === 4 ? 4 : 16)));
  return {
    ...{ ifindex, packetType, family, protocol, sourcePort, destinationPort, flags, sequence },
    ...{ payloadLength, layers, marks, source: address(sourceAt), destination: address(destinationAt) },
    transportOffset: headers.transportAt - headers.start,
    matchKey: matchKey(headers),
  };
}

/** Whether it was read in one line. */
function agrees(linkType: number, bytes: Uint8Array, len: number): boolean {
  const line = inOneLine(linkType, bytes, len, 0, false);
  // What lies around the packet says nothing about it, nor do packets before it.
  expect(inOneLine(linkType, bytes, len, 0x45, true)).toEqual(line);
  if (line !== null) expect(line).toEqual(headerByHeader(linkType, bytes, len));
  return line !== null;
}

describe('a common packet', () => {
  it.each(common.map((packet) => [packet.name, packet] as const))('is %s', (_, { linkType, bytes }) => {
    expect(agrees(linkType, bytes, bytes.length)).toBe(true);
  });

  it('is none with anything unusual about it', () => {
    for (const { linkType, bytes } of everyPacket()) agrees(linkType, bytes, bytes.length);
    const uncommon = {
      'a first fragment': ipv4(17, udp(1, 2, 'abc'), { flags: 1 }),
      'a later fragment': ipv4(17, udp(1, 2, 'abc'), { offset: 3 }),
      options: ipv4(6, tcp(1, 2, ''), { options: join([7, 3, 4, 0]) }),
      VXLAN: ipv4(17, udp(40_000, 4789, 'abc')),
      GTP: ipv4(17, udp(2152, 40_000, 'abc')),
      'an ICMP error': ipv4(1, icmp(3, 0, zeros(32))),
      'no length': ipv4(6, tcp(1, 2, 'abc'), { totalLength: 0 }),
      'a length within the header': ipv4(6, tcp(1, 2, 'abc'), { totalLength: 39 }),
      IGMP: ipv4(2, zeros(20)),
    };
    for (const [name, packet] of Object.entries(uncommon)) {
      const bytes = ethernet(EtherType.ipv4, packet);
      expect({ name, common: agrees(LinkType.ethernet, bytes, bytes.length) }).toEqual({
        name,
        common: false,
      });
    }
  });

  it('says what header after header says, with bytes changed, cut, and longer on the wire', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...common, ...everyPacket()),
        fc.array(fc.tuple(fc.nat(90), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 4, 6, 17, 58, 0x45))), {
          maxLength: 3,
        }),
        fc.option(fc.nat(140)),
        fc.oneof(fc.constant(0), fc.integer({ min: -9, max: 90 })),
        ({ linkType, bytes }, changes, cut, more) => {
          const changed = bytes.slice(0, cut ?? bytes.length);
          for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
          agrees(linkType, changed, Math.max(0, changed.length + more));
        },
      ),
      { numRuns: runs(4000) },
    );
  });
});
