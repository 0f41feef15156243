// pcap streams as `tcpdump -i any` writes them, for the engine's tests: TCP packets between two IPv4 addresses.
import { ipPacket, pcap } from '../../../app/packet/testing/pcap.ts';

const SLL2 = 276;
const fileHeaderBytes = 24;

export interface TestPacket {
  readonly at: { readonly s: number; readonly ns: number };
  readonly ifindex: number;
  /** SLL2's: 0 to us, 4 from us. */
  readonly packetType: 0 | 4;
  readonly source: string;
  readonly destination: string;
  /** Default TCP. */
  readonly protocol?: 6 | 17;
  /** Default SYN. */
  readonly flags?: number;
  /** Default 64. */
  readonly ttl?: number;
}

export function pcapStream(packets: readonly TestPacket[]): Uint8Array {
  const recorded = packets.map(
    ({ at, ifindex, packetType, source, destination, protocol = 6, flags = 0x02, ttl = 64 }) => ({
      seconds: at.s,
      fraction: at.ns,
      bytes: ipPacket({
        ifindex,
        type: packetType,
        source: source.split('.').map(Number),
        destination: destination.split('.').map(Number),
        ports: [40_000, 8080],
        ...{ protocol, flags, ttl },
      }),
    }),
  );
  return pcap(SLL2, recorded, { nano: true, snaplen: 128 });
}

export function pcapHeader(): Uint8Array {
  return pcapStream([]);
}

/** The same without the file's header. */
export function pcapRecord(packet: TestPacket): Uint8Array {
  return pcapStream([packet]).subarray(fileHeaderBytes);
}
