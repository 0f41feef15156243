// A packet of every kind that dissectors know, for tests, fuzzers and comparisons: made here, byte by byte, so that no
// recording is needed. Whoever teaches a dissector something new adds its packet.
import { bgpPackets } from './bgp-packets.ts';
import type { BuiltPacket } from './built.ts';
import { dhcpPackets } from './dhcp-packets.ts';
import { dnsPackets } from './dns-packets.ts';
import { httpPackets } from './http-packets.ts';
import { icmpPackets } from './icmp-packets.ts';
import { ipPackets } from './ip-packets.ts';
import { linkPackets } from './link-packets.ts';
import { oddLinkPackets } from './odd-link-packets.ts';
import { tlsPackets } from './tls-packets.ts';
import { transportPackets } from './transport-packets.ts';
import { tunnelPackets } from './tunnel-packets.ts';

export function everyPacket(): readonly BuiltPacket[] {
  return [
    ...linkPackets(),
    ...oddLinkPackets(),
    ...ipPackets(),
    ...icmpPackets(),
    ...tunnelPackets(),
    ...transportPackets(),
    ...bgpPackets(),
    ...dhcpPackets(),
    ...dnsPackets(),
    ...httpPackets(),
    ...tlsPackets(),
  ];
}
