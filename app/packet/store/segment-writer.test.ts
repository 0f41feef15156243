import { describe, expect, it } from 'vitest';
import { EtherType, ethernet, LinkType } from '../testing/packets/link.ts';
import { ipv4, ipv6, udp } from '../testing/packets/network.ts';
import { cells, decoded, ipPacket, pcap } from '../testing/pcap.ts';

/** IPv4 addresses that the table puts into one slot, however large it is. */
function collidingAddresses(count: number): number[] {
  // The writer's own hash: whoever sends packets has read its source.
  const slot = (address: number): number => {
    const value = Math.imul(address, 0x9e3779b1);
    return (value ^ (value >>> 15)) & 0xffff;
  };
  const colliding: number[] = [];
  for (let address = 0x0a000000; colliding.length < count; address += 1)
    if (slot(address) === 7) colliding.push(address);
  return colliding;
}

describe('the address table of a segment', () => {
  it('stays quick when somebody chooses addresses that collide', () => {
    const colliding = collidingAddresses(100);
    const bytes = (address: number): number[] => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
    const from = (address: number) => ({
      bytes: ipPacket({ source: bytes(address), destination: [10, 0, 0, 2], ports: [1, 2] }),
    });
    // A new address among so many doubles of others: the table has to grow by more than twice.
    const sources = Array.from({ length: 30_000 }, (_, index) =>
      index % 3000 === 2999 ? 0x0b000000 + index : (colliding[index % 100] ?? 0),
    );
    const store = decoded(pcap(276, sources.map(from)));
    const kept = cells(store).map(({ segment, row }) => segment.address(segment.source[row] ?? 0));
    expect(kept).toEqual(sources.map((address) => bytes(address).join('.')));
  });

  it('tells addresses of two kinds apart that begin alike and lie in one slot', () => {
    // Of both the hash is 0, as are the first four bytes.
    const none4 = ethernet(EtherType.ipv4, ipv4(17, udp(1, 2, 'abc'), { source: '0.0.0.0' }));
    const none6 = ethernet(EtherType.ipv6, ipv6(17, udp(1, 2, 'abc'), { source: '::' }));
    const sources = (...packets: Uint8Array[]): string[] =>
      cells(
        decoded(
          pcap(
            LinkType.ethernet,
            packets.map((bytes) => ({ bytes })),
          ),
        ),
      ).map(({ segment, row }) => segment.address(segment.source[row] ?? 0));
    expect(sources(none6, none4, none6)).toEqual(['::', '0.0.0.0', '::']);
    expect(sources(none4, none6, none4)).toEqual(['0.0.0.0', '::', '0.0.0.0']);
  });
});
