// The fields that the two must agree on, of a packet of every kind, whole and cut: against tshark, run as DESIGN says.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyPacket } from '../testing/packets/every-packet.ts';
import { join, zeros, type Part } from '../testing/packets/parts.ts';
import { STATELESS } from '../testing/tshark-options.ts';
import { fieldNamed } from './catalogue.ts';
import { dissect } from './dissect.ts';
import { Dissection, type CapturedPacket } from './dissection.ts';
import { fieldText } from './field-text.ts';

const run = promisify(execFile);

const FIELDS = [
  ...['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len'],
  ...['eth.dst', 'eth.src', 'eth.addr', 'eth.type', 'eth.len', 'vlan.id', 'vlan.etype', 'ieee8021ad.id'],
  ...['sll.pkttype', 'sll.ifindex', 'sll.etype', 'null.family', 'ppp.protocol', 'mpls.label', 'llc.dsap'],
  ...['arp.opcode', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4', 'arp.src.hw_mac', 'arp.isgratuitous'],
  ...['ip.version', 'ip.hdr_len', 'ip.len', 'ip.id', 'ip.flags', 'ip.frag_offset', 'ip.ttl', 'ip.proto'],
  ...['ip.src', 'ip.dst', 'ip.addr', 'ip.opt.type', 'ip.rec_rt'],
  ...['ipv6.src', 'ipv6.dst', 'ipv6.addr', 'ipv6.plen', 'ipv6.nxt', 'ipv6.hlim', 'ipv6.flow'],
  ...['ipv6.fraghdr.offset', 'ipv6.opt.type', 'ipv6.routing.type', 'ah.spi', 'esp.spi'],
  ...['icmp.type', 'icmp.code', 'icmp.ident', 'icmp.mtu', 'icmp.redir_gw', 'icmpv6.type', 'icmpv6.code'],
  ...['icmpv6.nd.ns.target_address', 'icmpv6.opt.type', 'icmpv6.mldr.mar.multicast_address', 'igmp.type'],
  ...['tcp.srcport', 'tcp.dstport', 'tcp.flags', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.len'],
  ...['udp.srcport', 'udp.dstport', 'udp.length'],
  ...['gre.proto', 'gre.key', 'vxlan.vni', 'geneve.vni', 'gtp.teid', 'l2tp.tunnel'],
];
/** Of each packet's cuts one in so many, another one of the next packet's. */
const CUTS = 9;
const SECONDS = 1_700_000_000;

interface Sample extends CapturedPacket {
  readonly name: string;
}

function samples(): readonly Sample[] {
  const cut = everyPacket().flatMap(({ name, linkType, bytes }, index) =>
    [...bytes.keys(), bytes.length]
      .filter((length) => length === bytes.length || (length + index) % CUTS === 0)
      .map((length) => ({ name: `${name}, ${length} bytes of it`, linkType, bytes, length })),
  );
  return cut.map(({ name, linkType, bytes, length }, index) => ({
    name,
    linkType,
    bytes: bytes.slice(0, length),
    len: bytes.length,
    seconds: SECONDS,
    nanoseconds: index * 1000,
    number: index + 1,
    comment: null,
  }));
}

const little16 = (value: number): Part => [value & 255, value >> 8];
const little32 = (value: number): Part => [
  value & 255,
  (value >> 8) & 255,
  (value >> 16) & 255,
  value >>> 24,
];

function block(type: number, ...parts: readonly Part[]): Uint8Array {
  const body = join(...parts);
  const padded = join(body, zeros(-body.length & 3));
  const length = little32(padded.length + 12);
  return join(little32(type), length, padded, length);
}

/** An interface a link type: so one run of tshark reads them all. */
function pcapng(packets: readonly Sample[]): Uint8Array {
  const linkTypes = [...new Set(packets.map(({ linkType }) => linkType))];
  return join(
    block(0x0a0d0d0a, little32(0x1a2b3c4d), little16(1), little16(0), zeros(8).fill(255)),
    ...linkTypes.map((linkType) => block(1, little16(linkType), little16(0), little32(0))),
    ...packets.map(({ linkType, bytes, len, nanoseconds }) => {
      const microseconds = BigInt(SECONDS) * 1_000_000n + BigInt(nanoseconds / 1000);
      return block(
        6,
        little32(linkTypes.indexOf(linkType)),
        little32(Number(microseconds >> 32n)),
        little32(Number(microseconds & 0xffffffffn)),
        ...[little32(bytes.length), little32(len), bytes],
      );
    }),
  );
}

function ours(packet: Sample, d: Dissection): readonly string[] {
  dissect(packet, d);
  return FIELDS.map((name) =>
    d.fields
      .flatMap((field, index) => (field.name === name ? [fieldText(field, d.values[index] ?? null)] : []))
      .join(','),
  );
}

const told = (values: readonly string[]): string =>
  FIELDS.flatMap((name, index) => (values[index] === '' ? [] : [`${name}=${values[index] ?? ''}`])).join(' ');

describe('fields of a packet of every kind', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'every-packet-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('are tshark’s, whole and cut', async () => {
    const packets = samples();
    const file = path.join(folder, 'every.pcapng');
    writeFileSync(file, pcapng(packets));
    const { stdout } = await run(
      'tshark',
      [
        ...['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=a'],
        ...STATELESS,
        ...FIELDS.flatMap((name) => ['-e', name]),
      ],
      { maxBuffer: 100_000_000 },
    );
    const theirs = stdout.split('\n').slice(0, -1);
    expect(theirs).toHaveLength(packets.length);
    const wanted = FIELDS.map(fieldNamed);
    expect(FIELDS.filter((_, index) => wanted[index] === null)).toEqual([]);
    const d = new Dissection(new Set(wanted.filter((field) => field !== null)));
    const differences = packets.flatMap((packet, index) => {
      const their = told((theirs[index] ?? '').split('\t'));
      const our = told(ours(packet, d));
      return their === our ? [] : [{ packet: packet.name, their, our }];
    });
    expect(differences).toEqual([]);
  });
});
