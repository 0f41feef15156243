// Who reads what comes after a header: by the number that the header gives, as IANA and IEEE assign them.
import { dissectData } from './data.ts';
import type { Dissection, Step } from './dissection.ts';
import { dissectEthernet } from './ethernet.ts';
import { dissectIpv4 } from './ipv4.ts';

/** Reads a layer from `at` to `end` on the wire; of that, what was captured ends at `d.captureEnd`. */
export type Dissector = (d: Dissection, at: number, end: number, step: Step) => void;

const BY_LINK_TYPE = new Map<number, Dissector>([[1, dissectEthernet]]);
const BY_ETHER_TYPE = new Map<number, Dissector>([[0x0800, dissectIpv4]]);
const BY_IP_PROTOCOL = new Map<number, Dissector>([[4, dissectIpv4]]);

export function dissectorOf(step: Step): Dissector {
  return chosen(step) ?? dissectData;
}

function chosen(step: Step): Dissector | undefined {
  switch (step.table) {
    case 'linkType':
      return BY_LINK_TYPE.get(step.key);
    case 'etherType':
      return BY_ETHER_TYPE.get(step.key);
    case 'ipProtocol':
      return BY_IP_PROTOCOL.get(step.key);
    case 'ppp':
    case 'llc':
    case 'tcpPayload':
    case 'udpPayload':
    case 'sctpPayload':
    case 'data':
      return undefined;
  }
}
