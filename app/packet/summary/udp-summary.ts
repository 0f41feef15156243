// A UDP datagram in one line: what it carries, where that has something to say.
import type { PacketSegment } from '../store/packet-segment.ts';
import { messageSaying } from './message-lines.ts';
import type { Saying } from './saying.ts';

export function udpSaying(segment: PacketSegment, row: number): Saying {
  const ports = `${segment.sourcePort[row] ?? 0} → ${segment.destinationPort[row] ?? 0}`;
  return (
    messageSaying(segment, row) ?? {
      protocol: 'UDP',
      summary: `${ports} Len=${segment.payloadLength[row] ?? 0}`,
    }
  );
}
