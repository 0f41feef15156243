// Columns hold the innermost flow, and the outermost beside it, whatever tunnels a packet is in.
import { afterEach, describe, expect, it } from 'vitest';
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import { Layer, Mark, TunnelKind } from '../store/marks.ts';
import { EtherType, ethernet, LinkType, sll2, vlanTag } from '../testing/packets/link.ts';
import { geneve, gre, icmp, ipv4, ipv6, sctp, tcp, udp, vxlan } from '../testing/packets/network.ts';
import { hex, join, u32, zeros } from '../testing/packets/parts.ts';
import { cells, decoded, pcap, rowFacts, type Cell } from '../testing/pcap.ts';
import { summarize } from '../summary/summarize.ts';
import { PacketStore } from '../store/packet-store.ts';
import { knowVxlanPorts } from '../tunnel-ports.ts';

function columns(linkType: number, bytes: Uint8Array, caplen = bytes.length): Cell {
  const [cell] = cells(decoded(pcap(linkType, [{ bytes: bytes.slice(0, caplen), len: bytes.length }])));
  if (cell === undefined) throw new Error('no packet');
  return cell;
}

const facts = (cell: Cell): Readonly<Record<string, unknown>> => rowFacts(cell);
const ends = { source: '192.168.1.2', destination: '192.168.2.3' };
const inner = ipv4(6, tcp(40_000, 8080, 'secret'), ends);
const inner6 = ipv6(17, udp(40_000, 53, 'secret'), { source: 'fd01::1', destination: 'fd01::2' });
const frame = ethernet(EtherType.ipv4, inner);
const OUTER = { family: 4, source: '10.0.0.1', destination: '10.0.0.2', network: 0 };
const TUNNELED = { family: 4, protocol: 6, ports: [40_000, 8080], ...ends };

describe('a packet in a tunnel', () => {
  it.each([
    ['IPIP', ipv4(4, inner), { protocol: 4, tunnel: TunnelKind.ipInIp }],
    ['GRE', ipv4(47, gre(0, EtherType.ipv4, [], inner)), { protocol: 47, tunnel: TunnelKind.gre }],
    [
      'GRE with checksum, key and sequence number',
      ipv4(47, gre(0xb000, EtherType.ipv4, hex('1234 0000 00000064 00000001'), inner)),
      { protocol: 47, tunnel: TunnelKind.gre, network: 100 },
    ],
    [
      'GRE bridging',
      ipv4(47, gre(0, EtherType.bridged, [], frame)),
      { protocol: 47, tunnel: TunnelKind.gre },
    ],
    [
      'VXLAN',
      ipv4(17, udp(50_000, 4789, vxlan(4096, frame))),
      { protocol: 17, tunnel: TunnelKind.vxlan, sourcePort: 50_000, destinationPort: 4789, network: 4096 },
    ],
    [
      'VXLAN with a VLAN tag within',
      ipv4(17, udp(50_000, 4789, vxlan(1, ethernet(EtherType.vlan, vlanTag(3, EtherType.ipv4, inner))))),
      { protocol: 17, tunnel: TunnelKind.vxlan, sourcePort: 50_000, destinationPort: 4789, network: 1 },
    ],
    [
      'Geneve with options',
      ipv4(17, udp(50_000, 6081, geneve(7, EtherType.bridged, zeros(12), frame))),
      { protocol: 17, tunnel: TunnelKind.geneve, sourcePort: 50_000, destinationPort: 6081, network: 7 },
    ],
  ])('%s', (_, packet, outer) => {
    for (const [linkType, bytes] of [
      [LinkType.ethernet, ethernet(EtherType.ipv4, packet)],
      [LinkType.linuxSll2, sll2(EtherType.ipv4, packet)],
      [LinkType.null, join(hex('02000000'), packet)],
      [LinkType.loop, join(hex('00000002'), packet)],
      [LinkType.raw, packet],
    ] as const) {
      const cell = columns(linkType, bytes);
      expect(facts(cell)).toMatchObject({
        ...TUNNELED,
        marks: Mark.tunnel,
        payloadLength: 6,
        outer: { ...OUTER, sourcePort: 0, destinationPort: 0, ...outer },
      });
      // Export without payload: all headers, none of the payload.
      expect(cell.segment.payloadOffset(cell.row)).toBe(bytes.length - 6);
    }
  });

  it('of the other family: 6in4, 4in6', () => {
    expect(facts(columns(LinkType.raw, ipv4(41, inner6)))).toMatchObject({
      family: 6,
      source: 'fd01::1',
      ports: [40_000, 53],
      outer: { ...OUTER, protocol: 41 },
    });
    expect(facts(columns(LinkType.raw, ipv6(4, inner)))).toMatchObject({
      ...TUNNELED,
      outer: { family: 6, source: 'fd00::1', destination: 'fd00::2', protocol: 4 },
    });
  });

  it('of a tunnel: outermost and innermost, and says that there is more', () => {
    const middle = ipv4(17, udp(50_000, 4789, vxlan(2, frame)), {
      source: '172.16.0.1',
      destination: '172.16.0.2',
    });
    const twice = columns(LinkType.raw, ipv4(4, middle));
    expect(facts(twice)).toMatchObject({
      ...TUNNELED,
      marks: Mark.tunnel | Mark.deeper,
      outer: { ...OUTER, protocol: 4, tunnel: TunnelKind.ipInIp },
    });
  });

  it('that is no IP stays the tunnel’s, ARP apart', () => {
    const arp = join(hex('0001080006040001'), zeros(6), [10, 1, 0, 1], zeros(6), [10, 1, 0, 2]);
    const asks = columns(LinkType.raw, ipv4(17, udp(50_000, 4789, vxlan(9, ethernet(EtherType.arp, arp)))));
    expect(facts(asks)).toMatchObject({ family: 0, source: '10.1.0.1', destination: '10.1.0.2' });
    expect(summarize(asks.segment, asks.row)).toMatchObject({
      protocol: 'ARP',
      summary: 'Who has 10.1.0.2? Tell 10.1.0.1',
    });
    const lldp = columns(LinkType.raw, ipv4(17, udp(50_000, 4789, vxlan(9, ethernet(0x88cc, zeros(20))))));
    expect(facts(lldp)).toMatchObject({
      source: '10.0.0.1',
      ports: [50_000, 4789],
      outer: null,
      marks: Mark.deeper,
    });
  });

  it('cut within the inner header is the tunnel’s, and says so', () => {
    const bytes = ethernet(EtherType.ipv4, ipv4(17, udp(50_000, 4789, vxlan(4096, frame))));
    const cut = columns(LinkType.ethernet, bytes, 14 + 20 + 8 + 8 + 14 + 19);
    expect(facts(cut)).toMatchObject({ source: '10.0.0.1', marks: Mark.truncated, outer: null });
    const later = columns(LinkType.ethernet, bytes, 14 + 20 + 8 + 8 + 14 + 20 + 19);
    expect(facts(later)).toMatchObject({ ...ends, marks: Mark.truncated | Mark.tunnel });
  });

  it('without end ends', () => {
    let bytes = inner;
    for (let depth = 0; depth < 100; depth += 1) bytes = ipv4(4, bytes);
    const { segment, row } = columns(LinkType.raw, bytes);
    expect((segment.marks[row] ?? 0) & (Mark.broken | Mark.deeper)).toBe(Mark.broken | Mark.deeper);
    const labels = join(ethernet(EtherType.mpls, zeros(4 * 200)));
    expect(facts(columns(LinkType.ethernet, labels))).toMatchObject({ marks: Mark.broken | Mark.deeper });
  });
});

describe('columns', () => {
  it('say which headers there are', () => {
    const { segment, row } = columns(
      LinkType.ethernet,
      ethernet(EtherType.vlan, vlanTag(3, EtherType.ipv4, ipv4(17, udp(50_000, 4789, vxlan(1, frame))))),
    );
    expect(segment.layers[row]).toBe(Layer.eth | Layer.vlan | Layer.ip | Layer.udp | Layer.vxlan | Layer.tcp);
    const association = columns(LinkType.raw, ipv4(132, sctp(5000, 5001, zeros(16))));
    expect(facts(association)).toMatchObject({
      ports: [5000, 5001],
      payloadLength: 16,
      layers: Layer.ip | Layer.sctp,
    });
  });

  it('say that a quoted packet is there that they do not hold', () => {
    const unreachable = columns(LinkType.raw, ipv4(1, icmp(3, 3, join(u32(0), inner))));
    expect(facts(unreachable)).toMatchObject({ source: '10.0.0.1', marks: Mark.deeper, outer: null });
  });

  it('keep comments behind raw bytes and outer flow, not more than fits', () => {
    const store = new PacketStore({ maxBytes: 1_000_000 });
    const keep = (bytes: Uint8Array, comment: Uint8Array | null): void => {
      const { length } = bytes;
      store.append(0, LinkType.raw, new DataView(bytes.slice().buffer), 0, length, length, 1, 2, comment);
    };
    const text = (words: string): Uint8Array => new TextEncoder().encode(words);
    keep(inner, text('a retransmission?'));
    keep(ipv4(4, inner), text('in a tunnel: ü'));
    keep(inner, null);
    keep(inner, text('ü'.repeat(4000)));
    keep(inner, text(''));
    const rows = cells(store).map(facts);
    expect(rows.map(({ comment }) => comment)).toEqual([
      'a retransmission?',
      'in a tunnel: ü',
      null,
      'ü'.repeat(2048),
      '',
    ]);
    expect(rows.map(({ source }) => source)).toEqual(Array(5).fill('192.168.1.2'));
  });
});

describe('VXLAN by a port of its own', () => {
  afterEach(() => {
    knowVxlanPorts([]);
  });

  it('is followed once that is known, to columns and in full, and what other ports hold is not', () => {
    const packet = (port: number): Uint8Array =>
      ethernet(EtherType.ipv4, ipv4(17, udp(50_000, port, vxlan(4096, frame))));
    const inFull = (bytes: Uint8Array): readonly string[] => {
      const dissection = new Dissection();
      const when = { seconds: 0, nanoseconds: 0, number: 1, comment: null };
      dissect({ bytes, linkType: LinkType.ethernet, len: bytes.length, ...when }, dissection);
      return dissection.fields.map(({ name }) => name);
    };
    const seen = (port: number): readonly unknown[] => {
      const { protocol, ports } = facts(columns(LinkType.ethernet, packet(port)));
      return [protocol, ports, inFull(packet(port)).includes('vxlan.vni')];
    };
    expect(seen(8999)).toEqual([17, [50_000, 8999], false]);
    knowVxlanPorts([8999]);
    expect(seen(8999)).toEqual([6, [40_000, 8080], true]);
    expect(seen(4789)).toEqual([6, [40_000, 8080], true]);
    expect(seen(8998)).toEqual([17, [50_000, 8998], false]);
  });
});
