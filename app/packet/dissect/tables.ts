// Who reads what comes after a header: by the number that the header gives, as IANA and IEEE assign them.
import { dissectData } from './data.ts';
import type { Dissection, Dissector, Step } from './dissection.ts';
import { dissectEthernet } from './ethernet.ts';
import { dissectIpv4 } from './ipv4.ts';
import { SCTP_PAYLOAD, TCP_PAYLOAD, UDP_PAYLOAD } from './payload-tables.ts';
import { dissectTcp } from './tcp.ts';
import { dissectUdp, dissectUdpLite } from './udp.ts';

const BY_LINK_TYPE = new Map<number, Dissector>([[1, dissectEthernet]]);
const BY_ETHER_TYPE = new Map<number, Dissector>([[0x0800, dissectIpv4]]);
const BY_IP_PROTOCOL = new Map<number, Dissector>([
  [4, dissectIpv4],
  [6, dissectTcp],
  [17, dissectUdp],
  [136, dissectUdpLite],
]);

export function dissectorOf(d: Dissection, step: Step): Dissector {
  return chosen(d, step) ?? dissectData;
}

function chosen(d: Dissection, step: Step): Dissector | undefined {
  switch (step.table) {
    case 'linkType':
      return BY_LINK_TYPE.get(step.key);
    case 'etherType':
      return BY_ETHER_TYPE.get(step.key);
    case 'ipProtocol':
      return BY_IP_PROTOCOL.get(step.key);
    case 'tcpPayload':
      return TCP_PAYLOAD.choose(d, step);
    case 'udpPayload':
      return UDP_PAYLOAD.choose(d, step);
    case 'sctpPayload':
      return SCTP_PAYLOAD.choose(d, step);
    case 'ppp':
    case 'llc':
    case 'data':
      return undefined;
  }
}
