// Which header an IP protocol number announces (IANA, "Protocol Numbers").
import { Step } from './steps.ts';

export const IpProtocol = {
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  authentication: 51,
  icmpv6: 58,
  sctp: 132,
} as const;

export function stepOfIpProtocol(protocol: number): Step {
  switch (protocol) {
    case IpProtocol.tcp:
      return Step.tcp;
    case IpProtocol.udp:
      return Step.udp;
    case IpProtocol.icmp:
    case IpProtocol.icmpv6:
      return Step.icmp;
    case IpProtocol.sctp:
      return Step.sctp;
    case IpProtocol.ipv4:
      return Step.ipv4;
    case IpProtocol.ipv6:
      return Step.ipv6;
    case IpProtocol.gre:
      return Step.gre;
    case IpProtocol.authentication:
      return Step.authentication;
    default:
      return Step.unread;
  }
}
