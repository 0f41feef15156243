// What forwarding changes never changes a packet's match key; what tells packets apart does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { matchWordsOf, sameMatchBytes } from '../store/same-match.ts';
import { EtherType, ethernet, LinkType, mpls, pppoeSession, sll2, vlanTag } from '../testing/packets/link.ts';
import {
  extension,
  fragment,
  geneve,
  gre,
  icmp,
  ipv4,
  ipv6,
  sctp,
  tcp,
  udp,
  vxlan,
} from '../testing/packets/network.ts';
import { hex, join, u32, zeros } from '../testing/packets/parts.ts';
import { cells, decoded, pcap, type Cell } from '../testing/pcap.ts';

interface Frame {
  readonly linkType: number;
  readonly bytes: Uint8Array;
}

function seen({ linkType, bytes }: Frame, caplen = bytes.length): Cell {
  const [cell] = cells(decoded(pcap(linkType, [{ bytes: bytes.slice(0, caplen), len: bytes.length }])));
  if (cell === undefined) throw new Error('no packet');
  return cell;
}

function same(a: Cell, b: Cell): boolean {
  const equal = a.segment.matchKey[a.row] === b.segment.matchKey[b.row];
  expect(sameMatchBytes(a.segment, a.row, b.segment, b.row)).toBe(equal);
  return equal;
}

const timestamps = (value: number): Uint8Array => join(hex('0101080a'), u32(value), u32(7));

/** An IP packet, where its layer 4 begins, and what of it is in its match bytes, as `match-key.ts` says. */
interface Inner {
  readonly bytes: Uint8Array;
  readonly documented: (at: number) => boolean;
}

const port = fc.integer({ min: 10_000, max: 60_000 });
const payload = fc.uint8Array({ minLength: 1, maxLength: 400 });
const word = fc.nat(0xffffffff);

const layer4 = fc.oneof(
  fc.record({ kind: fc.constant('tcp' as const), source: port, sequence: word, time: word, payload }),
  fc.record({ kind: fc.constant('empty tcp' as const), source: port, sequence: word, time: word, payload }),
  fc.record({ kind: fc.constant('udp' as const), source: port, sequence: word, time: word, payload }),
  fc.record({ kind: fc.constant('echo' as const), source: port, sequence: word, time: word, payload }),
  fc.record({ kind: fc.constant('sctp' as const), source: port, sequence: word, time: word, payload }),
  fc.record({ kind: fc.constant('esp' as const), source: port, sequence: word, time: word, payload }),
);

const inner: fc.Arbitrary<Inner> = fc
  .tuple(layer4, fc.boolean())
  .map(([{ kind, source, sequence, time, payload: body }, six]) => {
    const options = timestamps(time);
    const [protocol, behind, inLayer4] = {
      tcp: [6, tcp(source, 8080, body, { sequence, options }), (at: number) => at < 4],
      'empty tcp': [
        6,
        tcp(source, 8080, '', { sequence, options, flags: 0x10 }),
        (at: number) => at < 12 || at === 13 || (at >= 24 && at < 28),
      ],
      udp: [17, udp(source, 9000, body), (at: number) => at < 32 && at !== 6 && at !== 7],
      echo: [
        six ? 58 : 1,
        icmp(six ? 128 : 8, 0, join(u32(sequence), body)),
        (at: number) => at < 32 && at !== 2 && at !== 3,
      ],
      sctp: [132, sctp(source, 9000, body), (at: number) => at < 32 && (at < 8 || at > 11)],
      esp: [50, join(u32(sequence), body), (at: number) => at < 32],
    }[kind] as [number, Uint8Array, (at: number) => boolean];
    const ports = protocol === 6;
    if (six) {
      const bytes = ipv6(protocol, behind);
      return {
        bytes,
        documented: (at) => (at >= 8 && at < 40) || (at >= 40 && inLayer4(at - 40)),
      };
    }
    const bytes = ipv4(protocol, behind, { id: sequence & 0xffff });
    return {
      bytes,
      documented: (at) =>
        (at >= 12 && at < 20) || (!ports && (at === 4 || at === 5)) || (at >= 20 && inLayer4(at - 20)),
    };
  });

/** What lies around a packet at a vantage point. */
const around: readonly ((packet: Uint8Array) => Frame)[] = [
  (packet) => ({ linkType: LinkType.ethernet, bytes: ethernet(typeOf(packet), packet) }),
  (packet) => ({ linkType: LinkType.ethernet, bytes: join(ethernet(typeOf(packet), packet), zeros(18)) }),
  (packet) => ({ linkType: LinkType.raw, bytes: packet }),
  (packet) => ({ linkType: LinkType.linuxSll2, bytes: sll2(typeOf(packet), packet, { ifindex: 9 }) }),
  (packet) => ({
    linkType: LinkType.ethernet,
    bytes: ethernet(EtherType.provider, vlanTag(7, EtherType.vlan, vlanTag(8, typeOf(packet), packet))),
  }),
  (packet) => ({ linkType: LinkType.ethernet, bytes: ethernet(EtherType.mpls, mpls(16, packet)) }),
  (packet) => ({
    linkType: LinkType.ethernet,
    bytes: ethernet(EtherType.pppoeSession, pppoeSession(isSix(packet) ? 0x57 : 0x21, packet)),
  }),
];
const tunnels: readonly ((packet: Uint8Array) => Uint8Array)[] = [
  (packet) => packet,
  (packet) => ipv4(isSix(packet) ? 41 : 4, packet),
  (packet) => ipv4(47, gre(0x2000, typeOf(packet), u32(5), packet)),
  (packet) => ipv4(17, udp(50_000, 4789, vxlan(4096, ethernet(typeOf(packet), packet)))),
  (packet) => ipv6(17, udp(50_001, 4789, vxlan(1, ethernet(typeOf(packet), packet)))),
  (packet) => ipv4(17, udp(50_000, 6081, geneve(3, typeOf(packet), zeros(8), packet))),
];

const isSix = (packet: Uint8Array): boolean => (packet[0] ?? 0) >> 4 === 6;
const typeOf = (packet: Uint8Array): number => (isSix(packet) ? EtherType.ipv6 : EtherType.ipv4);

const place = fc.record({
  link: fc.constantFrom(...around),
  tunnel: fc.constantFrom(...tunnels),
  cut: fc.boolean(),
});

/** A hop away: TTL and DSCP are others, and checksums are whatever a card leaves. */
function forwarded(packet: Uint8Array, hops: number): Uint8Array {
  const copy = packet.slice();
  if (isSix(packet)) {
    copy[7] = 64 - hops;
    copy[1] = (copy[1] ?? 0) ^ 0x30;
  } else {
    copy[8] = 64 - hops;
    copy[1] = hops & 255;
    copy[10] = hops * 7;
  }
  const start = isSix(packet) ? 40 : 20;
  const protocol = copy[isSix(packet) ? 6 : 9] ?? 0;
  const checksum = { 6: 16, 17: 6, 1: 2, 58: 2, 132: 8 }[protocol];
  if (checksum !== undefined) copy[start + checksum] = hops;
  return copy;
}

function sighting(
  packet: Uint8Array,
  at: { link: (packet: Uint8Array) => Frame; tunnel: (packet: Uint8Array) => Uint8Array; cut: boolean },
): Cell {
  const inside = at.tunnel(packet);
  const frame = at.link(inside);
  const snap = inside === packet ? 128 : 192;
  return seen(frame, at.cut ? Math.min(snap, frame.bytes.length) : frame.bytes.length);
}

describe('the match key', () => {
  it('is the same at every vantage point', () => {
    fc.assert(
      fc.property(inner, place, place, fc.nat(60), ({ bytes }, here, there, hops) => {
        const a = sighting(bytes, here);
        const b = sighting(forwarded(bytes, hops), there);
        expect(a.segment.matchKey[a.row]).not.toBe(0);
        expect(same(a, b)).toBe(true);
      }),
      { numRuns: runs(400) },
    );
  });

  it('is another one when a documented byte is another, and only then', () => {
    fc.assert(
      fc.property(
        inner,
        place,
        fc.nat(200),
        fc.integer({ min: 1, max: 255 }),
        ({ bytes, documented }, at, where, bits) => {
          const index = where % bytes.length;
          // Versions, lengths and protocols decide how the rest is read; reserved bits stay what they are.
          const lengths = isSix(bytes) ? [0, 4, 5, 6] : [0, 2, 3, 6, 7, 9];
          const start = isSix(bytes) ? 40 : 20;
          const protocol = bytes[isSix(bytes) ? 6 : 9];
          if (lengths.includes(index)) return;
          if (protocol === 6 && (index === start + 12 || (index >= start + 20 && index < start + 24))) return;
          if (protocol === 17 && (index === start + 4 || index === start + 5 || index < start + 4)) return;
          if ((protocol === 1 || protocol === 58) && index < start + 2) return;
          const other = bytes.slice();
          other[index] = (other[index] ?? 0) ^ bits;
          expect(same(sighting(bytes, at), sighting(other, at))).toBe(!documented(index));
        },
      ),
      { numRuns: runs(600) },
    );
  });

  it('tells fragments, lengths and protocols apart', () => {
    const frame = (bytes: Uint8Array): Cell => seen({ linkType: LinkType.raw, bytes });
    const different = [
      ipv4(17, udp(1000, 2000, 'hello')),
      ipv4(17, udp(1000, 2000, 'hello again')),
      ipv4(17, udp(1000, 2000, 'hello'), { id: 9 }),
      ipv4(17, udp(1000, 2000, 'hello'), { flags: 1 }),
      ipv4(17, udp(1000, 2000, 'hello'), { offset: 1 }),
      ipv4(17, udp(1000, 2000, 'hello'), { offset: 2 }),
      ipv4(6, tcp(1000, 2000, '')),
      ipv4(6, tcp(1000, 2000, '', { flags: 2 })),
      ipv4(6, tcp(1000, 2000, '', { options: timestamps(1) })),
      ipv4(6, tcp(1000, 2000, 'x')),
      ipv6(44, fragment(17, 0, true, udp(1000, 2000, 'hello'))),
      ipv6(44, fragment(17, 1, true, udp(1000, 2000, 'hello'))),
      ipv6(17, udp(1000, 2000, 'hello')),
    ].map(frame);
    // More fragments or not is a flag of IPv4's, and those are not looked at.
    const [whole, , , first] = different;
    const keys = new Set(different.map(({ segment, row }) => segment.matchKey[row]));
    expect(keys.size).toBe(different.length - 1);
    if (whole === undefined || first === undefined) throw new Error('no packets');
    expect(same(whole, first)).toBe(true);
    const plain = frame(ipv6(17, udp(1000, 2000, 'hello')));
    const extended = frame(
      ipv6(60, extension(17, zeros(6), udp(1000, 2000, 'hello')), { payloadLength: 21 }),
    );
    expect(matchWordsOf(plain.segment, plain.row).subarray(0, 9)).toEqual(
      matchWordsOf(extended.segment, extended.row).subarray(0, 9),
    );
  });

  it('is 0 for what is no IP', () => {
    const arp = seen({ linkType: LinkType.ethernet, bytes: ethernet(EtherType.arp, zeros(46)) });
    expect(arp.segment.matchKey[arp.row]).toBe(0);
    expect(sameMatchBytes(arp.segment, arp.row, arp.segment, arp.row)).toBe(false);
  });
});
