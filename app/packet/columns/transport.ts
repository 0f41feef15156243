// Which dissector an IP protocol number chooses (IANA, "Protocol Numbers").
import type { SegmentWriter } from '../store/segment-writer.ts';
import { dissectIcmp } from './icmp.ts';
import { dissectTcp } from './tcp.ts';
import { dissectUdp } from './udp.ts';

export const IpProtocol = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** @param wireLength bytes of the transport's header and payload on the wire. */
export function dissectTransport(
  writer: SegmentWriter,
  protocol: number,
  at: number,
  end: number,
  wireLength: number,
): void {
  if (protocol === IpProtocol.tcp) dissectTcp(writer, at, end, wireLength);
  else if (protocol === IpProtocol.udp) dissectUdp(writer, at, end, wireLength);
  else if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6)
    dissectIcmp(writer, at, end, wireLength);
}
