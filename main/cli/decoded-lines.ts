// One line a decoded packet: for people, or JSON.
import type { DecodedPacket } from '../../app/contract/decoded-packet.ts';
import type { CaptureFile } from '../../app/packet/file/capture-file.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { summarize } from '../../app/packet/summary/summarize.ts';
import { plainText } from '../../app/plain-text.ts';

export function decodedPacket(segment: PacketSegment, row: number, file: CaptureFile): DecodedPacket {
  const { number, at, captureId, ifindex, ...rest } = summarize(segment, row);
  return { number, at, interface: interfaceName(file, captureId, ifindex), ...rest };
}

function interfaceName({ interfaces }: CaptureFile, number: number, ifindex: number): string | null {
  const described = interfaces[number];
  if (described !== undefined) return plainText(described.name ?? `#${number}`);
  return ifindex === 0 ? null : `if${ifindex}`;
}

export type TimeStyle = 'relative' | 'utc';

/** Lines for people. */
export class PacketLines {
  readonly #style: TimeStyle;
  /** The time of the file's first packet, from which relative times count, also where a filter leaves it out. */
  origin: DecodedPacket['at'] | null = null;

  constructor(style: TimeStyle) {
    this.#style = style;
  }

  line(packet: DecodedPacket): string {
    const direction = packet.direction === 'other' ? '' : ` ${packet.direction}`;
    const place = `${packet.interface ?? '-'}${direction}`;
    const ends = `${endText(packet.source)} → ${endText(packet.destination)}`;
    return `${String(packet.number).padStart(6)}  ${this.#time(packet.at)}  ${place}  ${ends}  ${packet.protocol}  ${packet.summary}${tunnelText(packet.tunnel)}`;
  }

  #time(at: DecodedPacket['at']): string {
    if (this.#style === 'utc') {
      const second = new Date(at.s * 1000).toISOString().slice(0, 19);
      return `${second}.${String(at.ns).padStart(9, '0')}Z`;
    }
    const origin = this.origin ?? at;
    // Microseconds, rounded down; a file may hold packets that are older than its first.
    const difference = (at.s - origin.s) * 1_000_000 + Math.floor((at.ns - origin.ns) / 1000);
    const whole = Math.trunc(Math.abs(difference) / 1_000_000);
    const fraction = String(Math.abs(difference) % 1_000_000).padStart(6, '0');
    return `${difference < 0 ? '-' : ''}${whole}.${fraction}`.padStart(12);
  }
}

function tunnelText(tunnel: DecodedPacket['tunnel']): string {
  return tunnel === null ? '' : ` (in ${tunnel.name}, ${tunnel.source} → ${tunnel.destination})`;
}

function endText({ address, port }: DecodedPacket['source']): string {
  if (address === '') return '-';
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
