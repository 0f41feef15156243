// What an EtherType announces (IEEE 802; IANA, "IEEE 802 Numbers").
import { Step } from './steps.ts';

export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  bridgedEthernet: 0x6558,
  customerTag: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
  serviceTag: 0x88a8,
  oldServiceTag: 0x9100,
} as const;

export function stepOfEtherType(type: number): Step {
  switch (type) {
    case EtherType.ipv4:
      return Step.ipv4;
    case EtherType.ipv6:
      return Step.ipv6;
    case EtherType.arp:
      return Step.arp;
    case EtherType.customerTag:
    case EtherType.oldServiceTag:
      return Step.vlan;
    case EtherType.serviceTag:
      return Step.providerVlan;
    case EtherType.mpls:
    case EtherType.mplsMulticast:
      return Step.mpls;
    case EtherType.pppoeSession:
      return Step.pppoe;
    case EtherType.bridgedEthernet:
      return Step.ethernet;
    default:
      return Step.unread;
  }
}
