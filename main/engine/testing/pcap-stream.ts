// pcap streams as `tcpdump -i any` writes them (LINKTYPE_LINUX_SLL2), for tests: TCP packets between two addresses.

const SLL2 = 276;

export interface TestPacket {
  readonly at: { readonly s: number; readonly ns: number };
  readonly ifindex: number;
  /** SLL2's: 0 to us, 4 from us. */
  readonly packetType: 0 | 4;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Default SYN. */
  readonly flags?: number;
}

/** The file header: nanoseconds, little-endian. */
export function pcapHeader(): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(24));
  bytes.setUint32(0, 0xa1b23c4d, true);
  bytes.setUint16(4, 2, true);
  bytes.setUint16(6, 4, true);
  bytes.setUint32(16, 128, true);
  bytes.setUint32(20, SLL2, true);
  return new Uint8Array(bytes.buffer);
}

/** One record: SLL2, IPv4, TCP without payload. */
export function pcapRecord(packet: TestPacket): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(16 + 20 + 20 + 20));
  bytes.setUint32(0, packet.at.s, true);
  bytes.setUint32(4, packet.at.ns, true);
  bytes.setUint32(8, 60, true);
  bytes.setUint32(12, 60, true);
  bytes.setUint16(16, 0x0800);
  bytes.setUint32(20, packet.ifindex);
  bytes.setUint16(24, 1);
  bytes.setUint8(26, packet.packetType);
  bytes.setUint8(27, 6);
  const ip = 36;
  bytes.setUint8(ip, 0x45);
  bytes.setUint16(ip + 2, 40);
  bytes.setUint8(ip + 8, 64);
  bytes.setUint8(ip + 9, 6);
  setAddress(bytes, ip + 12, packet.source);
  setAddress(bytes, ip + 16, packet.destination);
  const tcp = ip + 20;
  bytes.setUint16(tcp, packet.sourcePort ?? 40_000);
  bytes.setUint16(tcp + 2, packet.destinationPort ?? 8080);
  bytes.setUint8(tcp + 12, 0x50);
  bytes.setUint8(tcp + 13, packet.flags ?? 0x02);
  return new Uint8Array(bytes.buffer);
}

export function pcapStream(packets: readonly TestPacket[]): Uint8Array {
  return Buffer.concat([pcapHeader(), ...packets.map(pcapRecord)]);
}

function setAddress(bytes: DataView, at: number, address: string): void {
  for (const [index, octet] of address.split('.').entries()) bytes.setUint8(at + index, Number(octet));
}
