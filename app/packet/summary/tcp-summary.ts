// A TCP segment in one line, as Wireshark's Info column has it; what it carries where that has more to say.
import { u16 } from '../bytes.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { messageSaying } from './message-lines.ts';
import type { Saying } from './saying.ts';

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'];
/** By bit of the flags; in the order in which people say them: SYN, ACK. */
const ORDER = [1, 0, 2, 3, 4, 5, 6, 7, 8];

export function tcpSaying(segment: PacketSegment, row: number, raw: Uint8Array): Saying {
  const at = segment.payloadOffset(row);
  const length = segment.payloadLength[row] ?? 0;
  if (length > 0 && at < raw.length) {
    const message = messageSaying(segment, row);
    if (message !== null) return message;
  }
  return { protocol: 'TCP', summary: tcpLine(segment, row, raw) };
}

function tcpLine(segment: PacketSegment, row: number, raw: Uint8Array): string {
  const flags = segment.flags[row] ?? 0;
  const names = ORDER.filter((bit) => (flags >> bit) & 1).map((bit) => FLAG_NAMES[bit] ?? '');
  const ports = `${segment.sourcePort[row] ?? 0} → ${segment.destinationPort[row] ?? 0}`;
  const acknowledges = (flags & 16) !== 0 ? ` Ack=${segment.acknowledgement(row)}` : '';
  const window = ` Win=${u16(raw, (segment.transportOffset[row] ?? 0) + 14)}`;
  const length = segment.payloadLength[row] ?? 0;
  return `${ports} [${names.join(', ')}] Seq=${segment.sequence[row] ?? 0}${acknowledges}${window} Len=${length}`;
}
