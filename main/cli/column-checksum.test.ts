import { expect, it } from 'vitest';
import { cells, decoded, ipPacket, pcap } from '../../app/packet/testing/pcap.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { ColumnChecksum } from './column-checksum.ts';

const columns = [
  ...(['seconds', 'nanoseconds', 'ifindex', 'caplen', 'len', 'sequence', 'payloadLength'] as const),
  ...(['layers', 'matchKey', 'captureId', 'linkType', 'source', 'destination', 'sourcePort'] as const),
  ...(['destinationPort', 'flags', 'transportOffset', 'packetType', 'family', 'protocol', 'marks'] as const),
];

function threePackets(): PacketSegment {
  const bytes = ipPacket({ source: [10, 0, 0, 1], destination: [10, 0, 0, 2], ports: [1, 2] });
  const [first] = cells(decoded(pcap(276, [{ bytes }, { bytes }, { bytes }])));
  if (first === undefined) throw new Error('no packet');
  return first.segment;
}

function checksum(segment: PacketSegment): string {
  const sum = new ColumnChecksum();
  sum.take(segment, Uint16Array.of(0, 1, 2), segment.count);
  return sum.text;
}

it.each(columns)('the checksum is another one when %s is', (name) => {
  const segment = threePackets();
  const before = checksum(segment);
  expect(checksum(threePackets())).toBe(before);
  const column = segment[name];
  column[1] =
    name === 'source'
      ? (segment.destination[1] ?? 0)
      : name === 'destination'
        ? (segment.source[1] ?? 0)
        : (column[1] ?? 0) ^ 1;
  expect(checksum(segment)).not.toBe(before);
});

it('the checksum does not depend on where raw bytes lie', () => {
  const segment = threePackets();
  const before = checksum(segment);
  segment.rawOffset[1] = 7;
  expect(checksum(segment)).toBe(before);
});
