// How lists of tests' packets are written down.
import { EtherType, ethernet, LinkType } from './link.ts';

export interface BuiltPacket {
  /** Unique, in words. */
  readonly name: string;
  /** LINKTYPE_… */
  readonly linkType: number;
  readonly bytes: Uint8Array;
}

/** `{'an echo': bytes, …}`, each under one link type. */
export const under = (
  linkType: number,
  packets: Readonly<Record<string, Uint8Array>>,
): readonly BuiltPacket[] => Object.entries(packets).map(([name, bytes]) => ({ name, linkType, bytes }));

/** The same for IPv4 packets, which lie in Ethernet. */
export const ipv4InEthernet = (packets: Readonly<Record<string, Uint8Array>>): readonly BuiltPacket[] =>
  Object.entries(packets).map(([name, bytes]) => ({
    name,
    linkType: LinkType.ethernet,
    bytes: ethernet(EtherType.ipv4, bytes),
  }));

export const ipv6InEthernet = (packets: Readonly<Record<string, Uint8Array>>): readonly BuiltPacket[] =>
  Object.entries(packets).map(([name, bytes]) => ({
    name,
    linkType: LinkType.ethernet,
    bytes: ethernet(EtherType.ipv6, bytes),
  }));
