import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { summarize } from './summarize.ts';
import { everyPacket } from '../testing/packets/every-packet.ts';
import { cells, decoded, ipPacket, pcap } from '../testing/pcap.ts';

const lines = cells(decoded(readFileSync(new URL('../fixtures/any.pcap', import.meta.url)))).map(
  ({ segment, row }) => summarize(segment, row),
);

function one(payload: Uint8Array, ports: readonly [number, number] = [57344, 8080], protocol: 6 | 17 = 6) {
  const bytes = ipPacket({
    source: [10, 0, 0, 1],
    destination: [10, 0, 0, 2],
    ports,
    protocol,
    payload,
    flags: 24,
  });
  const [cell] = cells(decoded(pcap(276, [{ bytes }])));
  if (cell === undefined) throw new Error('no packet');
  return summarize(cell.segment, cell.row);
}

describe('one line', () => {
  it.each([
    ['ARP', 'plain', /^Who has 10\.0\.0\.2\? Tell 10\.0\.0\.1$/u],
    ['ARP', 'plain', /^10\.0\.0\.2 is at d6:40:0c:52:de:ff$/u],
    ['TCP', 'opening', /^\d+ → 8080 \[SYN\] Seq=\d+ Win=64240 Len=0$/u],
    ['TCP', 'plain', /^8080 → \d+ \[SYN, ACK\] Seq=\d+ Ack=\d+ Win=\d+ Len=0$/u],
    ['TCP', 'closing', /^\d+ → 8080 \[FIN, ACK\] /u],
    ['TCP', 'refused', /^9 → \d+ \[RST, ACK\] Seq=0 Ack=\d+ Win=0 Len=0$/u],
    ['HTTP', 'plain', /^GET \/ HTTP\/1\.1$/u],
    ['HTTP', 'plain', /^HTTP\/1\.0 200 OK$/u],
    ['DNS', 'plain', /^Standard query 0x1234 A example\.com$/u],
    ['UDP', 'plain', /^\d+ → 5000 Len=5$/u],
    ['UDP', 'plain', /^Fragment beyond the first$/u],
    ['ICMP', 'plain', /^Echo \(ping\) request id=0x4242 seq=3$/u],
    ['ICMP', 'plain', /^Echo \(ping\) reply id=0x4242 seq=1$/u],
    [
      'ICMP',
      'refused',
      /^Destination unreachable \(port unreachable\): 10\.0\.0\.1:\d+ → 10\.0\.0\.2:5000$/u,
    ],
    [
      'ICMP',
      'refused',
      /^Destination unreachable \(host unreachable\): 10\.0\.0\.1:\d+ → 10\.99\.1\.1:5000$/u,
    ],
    ['ICMPv6', 'plain', /^Neighbour solicitation for fd00::2$/u],
    ['ICMPv6', 'plain', /^Echo \(ping\) request id=0x4242 seq=1$/u],
    [
      'ICMPv6',
      'refused',
      /^Destination unreachable \(administratively prohibited\): \[fd00::1\]:\d+ → \[fd99::1\]:5000$/u,
    ],
    ['LLDP', 'plain', /^EtherType 0x88cc$/u],
    // What libpcap makes of stacked VLAN tags on `any`; tshark: "Bogus IPv4 version".
    ['IPv4', 'trouble', /^Broken: /u],
  ])('%s, %s: %s', (protocol, tone, summary) => {
    expect(lines).toContainEqual(
      expect.objectContaining({ protocol, tone, summary: expect.stringMatching(summary) as string }),
    );
  });

  it('names ends, direction, lengths and time', () => {
    expect(lines.find(({ protocol }) => protocol === 'HTTP')).toMatchObject({
      direction: 'in',
      ifindex: 2,
      source: { address: '10.0.0.1' },
      destination: { address: '10.0.0.2', port: 8080 },
      length: 149,
      captured: 149,
    });
    expect(lines.find(({ protocol }) => protocol === 'ARP')?.source).toEqual({
      address: '10.0.0.1',
      port: null,
    });
    expect(lines.some(({ direction }) => direction === 'out')).toBe(true);
  });

  it('shows hostile payload as plain text of bounded length', () => {
    const text = (line: string) => new TextEncoder().encode(line);
    expect(one(text('GET /\u001b[2J\u202Eevil\u0000 HTTP/1.1\r\nHost: x\r\n')).summary).toBe(
      'GET /\uFFFD[2J\uFFFD\uFFFD\uFFFDevil\uFFFD HTTP/1.1',
    );
    expect(one(text(`GET /${'a'.repeat(5000)}`)).summary).toHaveLength(201);
    expect(one(Uint8Array.of(0x47, 0x45, 0x54, 0x20, 0xff, 0xfe)).summary).toBe('GET \uFFFD\uFFFD');
  });

  it('knows BGP by its marker and VXLAN by its port', () => {
    const keepalive = Uint8Array.from([...Array.from({ length: 16 }, () => 255), 0, 19, 4]);
    expect(one(keepalive, [40_000, 179])).toMatchObject({ protocol: 'BGP', summary: 'KEEPALIVE' });
    expect(one(Uint8Array.of(8, 0, 0, 0, 0, 16, 0, 0), [50_000, 4789], 17)).toMatchObject({
      protocol: 'VXLAN',
      summary: 'Network 4096',
    });
  });

  it('of a DNS name that points at itself ends', () => {
    const loop = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1);
    expect(one(loop, [40_000, 53], 17)).toMatchObject({
      protocol: 'DNS',
      summary: 'Standard query 0x0001 A <Name contains a pointer that loops>',
    });
  });

  it.each([
    [
      'BGP, three in a segment',
      'BGP',
      /^OPEN, AS 64512, hold time 240 s; UPDATE \+192\.168\.1\.0\/24 \+192\.168\.2\.64\/26; KEEPALIVE$/u,
    ],
    ['BGP, routes withdrawn', 'BGP', /^UPDATE −192\.168\.1\.0\/24 −192\.168\.2\.3\/32$/u],
    ['BGP, IPv6 routes', 'BGP', /^UPDATE \+fd01::\/64 \+fd02::\/16$/u],
    ['BGP, the end of the routes', 'BGP', /^UPDATE without routes$/u],
    ['BGP, shut down by its operator', 'BGP', /^NOTIFICATION Cease: Administrative shutdown “back at 8”$/u],
    ['BGP, the wrong AS', 'BGP', /^NOTIFICATION OPEN message error: Bad peer AS$/u],
    ['BGP, hold timer expired', 'BGP', /^NOTIFICATION Hold timer expired$/u],
    ['BGP, the middle of one', 'BGP', /^Rest of a message that began before$/u],
    [
      'DHCP, Discover',
      'DHCP',
      /^Discover, 10\.0\.0\.9, wants 10\.0\.0\.9, client 02:00:00:00:00:0a, host worker-1$/u,
    ],
    ['DHCP, NAK with a message', 'DHCP', /^NAK, .*, no such subnet$/u],
    ['DHCPv6, Reply', 'DHCPv6', /^Reply, fd00::9, transaction 0x90b45c$/u],
    ['SCTP, ABORT by the user', 'SCTP', /^40123 → 40321 ABORT, User-initiated abort$/u],
    ['BGP, one and the begin of another', 'BGP', /^KEEPALIVE; UPDATE …$/u],
    ['ARP, hardware of 8 bytes', 'ARP', /^ARP of another kind than IPv4 over Ethernet$/u],
    ['ARP of Frame Relay', 'ARP', /^ARP of another kind than IPv4 over Ethernet$/u],
    ['BGP, an unknown type', 'BGP', /^Type 9$/u],
    ['DNS, refused', 'DNS', /^Standard query response 0x1234 Refused A www\.example$/u],
    ['DNS, an address', 'DNS', /^Standard query response 0x1234 A www\.example \(1 answer\)$/u],
    ['DNS, an update', 'DNS', /^Dynamic update 0x1234 SOA www\.example$/u],
    ['DNS over TCP, two messages', 'DNS', /^Standard query 0x1234 .*; Standard query response 0x1234 /u],
    ['multicast DNS, an answer', 'MDNS', /^Standard query response 0x[0-9a-f]{4} \(1 answer\)$/u],
    ['HTTP, requests one after another', 'HTTP', /^GET \S+ HTTP\/1\.1; GET \S+ HTTP\/1\.1$/u],
    ['HTTP, a header from elsewhere', 'TCP', /Len=26$/u],
    ['SSDP', 'SSDP', /^M-SEARCH \* HTTP\/1\.1$/u],
    ['TLS, a client hello', 'TLS', /^Client hello, for example\.com$/u],
    ['WireGuard, initiation', 'WireGuard', /^Handshake initiation$/u],
    [
      'ICMP, unreachable, quotes a fragment',
      'ICMP',
      /^Destination unreachable \(host unreachable\): 10\.0\.0\.1 → 10\.0\.0\.2$/u,
    ],
    ['SCTP, DATA twice', 'SCTP', /^40123 → 40321 DATA DATA$/u],
  ])('of %s', (name, protocol, summary) => {
    const packet = everyPacket().find((candidate) => candidate.name === name);
    if (packet === undefined) throw new Error(`no packet is named ${name}`);
    const [cell] = cells(decoded(pcap(packet.linkType, [{ bytes: packet.bytes }])));
    if (cell === undefined) throw new Error('no row');
    expect(summarize(cell.segment, cell.row)).toMatchObject({
      protocol,
      summary: expect.stringMatching(summary) as string,
    });
  });
});
