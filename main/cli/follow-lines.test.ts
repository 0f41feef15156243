// Followed streams against tshark's, on conversations that were made up: segments in any order, doubled, overlapping with
// other content, cut by the snap length, acknowledged or not, ports reused, in tunnels.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TcpFlag } from '../../app/packet/columns/tcp.ts';
import { CaptureFile } from '../../app/packet/file/capture-file.ts';
import { PacketStore } from '../../app/packet/store/packet-store.ts';
import { EtherType, ethernet, LinkType, vlanTag } from '../../app/packet/testing/packets/link.ts';
import { fragment, icmp, ipv4, ipv6, tcp, udp, vxlan } from '../../app/packet/testing/packets/network.ts';
import { pcap, type Recorded } from '../../app/packet/testing/pcap.ts';
import { FieldLines } from './field-lines.ts';
import { FollowLines } from './follow-lines.ts';

const run = promisify(execFile);
/** A capture of so many conversations is one run of tshark. */
const CONVERSATIONS = 60;

type Wrap = 'plain' | 'vlan' | 'vxlan' | 'ipip' | 'ipv6';

interface Segment {
  readonly from: 0 | 1;
  /** Relative to the side's first number. */
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  /** Bytes that the snap length took from its end: of the payload, and of the TCP header. */
  readonly cut: number;
  /** An ICMP error quotes it instead. */
  readonly quoted: boolean;
}

interface Conversation {
  readonly wrap: Wrap;
  readonly firsts: readonly [number, number];
  readonly segments: readonly Segment[];
}

const { syn, ack, fin, rst, psh } = TcpFlag;
const offset = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 2, arbitrary: fc.integer({ min: -5, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(0x7fff_fff0, 0x8000_0010, -400) },
);
const conversation: fc.Arbitrary<Conversation> = fc.record({
  wrap: fc.constantFrom<Wrap>('plain', 'plain', 'vlan', 'vxlan', 'ipip', 'ipv6'),
  firsts: fc.tuple(fc.constantFrom(0, 100, 0x7fff_fffa, 0xffff_ffe0), fc.constantFrom(500, 0xffff_fffe)),
  segments: fc.array(
    fc.record({
      from: fc.constantFrom<0 | 1>(0, 1),
      sequence: offset,
      acknowledgement: offset,
      flags: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(ack, ack | psh) },
        { weight: 2, arbitrary: fc.constantFrom(0, fin | ack, rst, rst | ack) },
        { weight: 2, arbitrary: fc.constantFrom(syn, syn | ack, syn | fin) },
      ),
      payload: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 30 })),
      cut: fc.oneof(
        { weight: 8, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 50 }) },
      ),
      quoted: fc.oneof(
        { weight: 12, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
    }),
    { minLength: 1, maxLength: 40 },
  ),
});

function packet({ wrap, firsts }: Conversation, segment: Segment, port: number): Recorded {
  const { from, flags, payload } = segment;
  const to = from === 0 ? 1 : 0;
  const ports = [port, 61_000];
  const header = tcp(ports[from] ?? 0, ports[to] ?? 0, payload, {
    sequence: (firsts[from] + segment.sequence) >>> 0,
    // Without ACK it says nothing; most then send 0.
    acknowledgement:
      (flags & ack) === 0 && segment.sequence % 2 === 0 ? 0 : (firsts[to] + segment.acknowledgement) >>> 0,
    flags,
  });
  const ends = ['192.168.1.2', '192.168.2.3'];
  const addresses = { source: ends[from] ?? '', destination: ends[to] ?? '' };
  const inner =
    wrap === 'ipv6'
      ? ipv6(6, header, { source: `fd00::${String(from)}`, destination: `fd00::${String(to)}` })
      : ipv4(6, header, addresses);
  const bytes = wrapped(wrap, segment.quoted && wrap !== 'ipv6' ? quote(inner, addresses.source) : inner);
  return {
    bytes: bytes.subarray(0, bytes.length - Math.min(segment.cut, header.length)),
    len: bytes.length,
  };
}

const quote = (packet: Uint8Array, to: string): Uint8Array =>
  ipv4(1, icmp(3, 1, new Uint8Array([0, 0, 0, 0, ...packet])), { source: '10.9.9.9', destination: to });

function wrapped(wrap: Wrap, packet: Uint8Array): Uint8Array {
  switch (wrap) {
    case 'plain':
      return ethernet(EtherType.ipv4, packet);
    case 'ipv6':
      return ethernet(EtherType.ipv6, packet);
    case 'vlan':
      return ethernet(EtherType.vlan, vlanTag(7, EtherType.ipv4, packet));
    case 'ipip':
      return ethernet(EtherType.ipv4, ipv4(4, packet));
    case 'vxlan':
      return ethernet(
        EtherType.ipv4,
        ipv4(17, udp(41_000, 4789, vxlan(4096, ethernet(EtherType.ipv4, packet)))),
      );
  }
}

/** Segments of all in turns, as if they spoke at the same time. */
function capture(conversations: readonly Conversation[]): Uint8Array {
  const packets: Recorded[] = [];
  const longest = Math.max(...conversations.map(({ segments }) => segments.length));
  for (let turn = 0; turn < longest; turn += 1) {
    for (const [index, one] of conversations.entries()) {
      const segment = one.segments[turn];
      if (segment !== undefined) packets.push(packet(one, segment, 50_000 + index));
    }
  }
  return pcap(LinkType.ethernet, packets);
}

/** Each packet’s number and that of its stream, as `--fields` prints them. */
function numbered(bytes: Uint8Array): string {
  const lines = FieldLines.of('frame.number,tcp.stream', false);
  if (!lines.ok) throw new Error(lines.failure);
  const store = new PacketStore({ maxBytes: 64_000_000 });
  new CaptureFile(store).push(bytes);
  let text = '';
  for (const segment of store.segments)
    for (let row = 0; row < segment.count; row += 1) text += `${lines.value.line(segment, row)}\n`;
  return text;
}

/** What is followed, by number, until there is no such stream. */
function ours(bytes: Uint8Array): string[] {
  const all: string[] = [];
  for (;;) {
    const lines = FollowLines.of(String(all.length));
    if (!lines.ok) throw new Error(lines.failure);
    const store = new PacketStore({ maxBytes: 64_000_000 });
    new CaptureFile(store).push(bytes);
    for (const segment of store.segments)
      for (let row = 0; row < segment.count; row += 1) lines.value.take(segment, row);
    const end = lines.value.end();
    if (!end.ok) return all;
    all.push(end.value);
  }
}

async function tshark(file: string, count: number): Promise<string[]> {
  const asked = Array.from({ length: count }, (_, number) => ['-z', `follow,tcp,raw,${String(number)}`]);
  const { stdout } = await run('tshark', ['-n', '-r', file, '-q', ...asked.flat()], { maxBuffer: 1 << 26 });
  // The last that was asked for comes first.
  return stdout.split(/(?<==\n)(?=\n=)/u).reverse();
}

describe('followed streams', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hopscope-follow-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are tshark’s, whatever segments come', async () => {
    const conversations = fc.sample(conversation, CONVERSATIONS);
    const bytes = capture(conversations);
    const file = join(folder, 'made-up.pcap');
    await writeFile(file, bytes);
    const mine = ours(bytes);
    expect(mine.length).toBeGreaterThan(CONVERSATIONS);
    const theirs = await tshark(file, mine.length + 1);
    expect(theirs.pop()).toContain('Node 0: :0\n');
    expect(mine).toEqual(theirs);
    const fields = ['-T', 'fields', '-E', 'occurrence=a', '-e', 'frame.number', '-e', 'tcp.stream'];
    const { stdout } = await run('tshark', ['-n', '-r', file, ...fields]);
    expect(numbered(bytes)).toBe(stdout);
  });

  it('have tshark’s numbers for headers of fragments and of what errors quote, cut anywhere', async () => {
    const packets: Recorded[] = [];
    let port = 1_000;
    const segment = (): Uint8Array =>
      tcp((port += 1), 80, 'a dozen byte', { acknowledgement: 7, flags: ack });
    const quoting = (type: number, packet: Uint8Array): Uint8Array =>
      ethernet(EtherType.ipv4, ipv4(1, icmp(type, 1, new Uint8Array([0, 0, 0, 0, ...packet]))));
    for (let cut = 0; cut <= 32; cut += 1) {
      const cases = [
        ethernet(EtherType.ipv4, ipv4(6, segment())),
        ethernet(EtherType.ipv4, ipv4(6, segment(), { flags: 1 })),
        ethernet(EtherType.ipv6, ipv6(44, fragment(6, 0, true, segment()))),
        ethernet(EtherType.ipv6, ipv6(44, fragment(6, 0, false, segment()))),
        ethernet(EtherType.ipv6, ipv6(58, icmp(1, 1, new Uint8Array([0, 0, 0, 0, ...ipv6(6, segment())])))),
        quoting(3, ipv4(6, segment())),
        quoting(3, ipv4(6, segment(), { flags: 1 })),
        quoting(5, ipv4(6, segment())),
        quoting(11, ipv4(6, segment())),
      ];
      for (const bytes of cases)
        packets.push({ bytes: bytes.subarray(0, bytes.length - cut), len: bytes.length });
    }
    const bytes = pcap(LinkType.ethernet, packets);
    const file = join(folder, 'cut.pcap');
    await writeFile(file, bytes);
    const fields = ['-T', 'fields', '-E', 'occurrence=a', '-e', 'frame.number', '-e', 'tcp.stream'];
    expect(numbered(bytes)).toBe((await run('tshark', ['-n', '-r', file, ...fields])).stdout);
  });

  it.each(['any', 'ethernet', 'sll', 'short'])('are tshark’s on %s.pcap', async (name) => {
    const file = fileURLToPath(new URL(`../../app/packet/fixtures/${name}.pcap`, import.meta.url));
    const mine = ours(await readFile(file));
    expect(mine.length).toBeGreaterThan(1);
    expect(mine).toEqual(await tshark(file, mine.length));
  });
});

describe('a stream that is not there', () => {
  it.each([
    ['-1', '“-1” is no stream’s number; streams count from 0: --follow 0'],
    ['1e3', '“1e3” is no stream’s number; streams count from 0: --follow 0'],
    [
      '1000000',
      'streams are followed up to number 999999; for one that begins later take that part of the file first (editcap -r) and count anew',
    ],
  ])('is not looked for: %s', (number, failure) => {
    expect(FollowLines.of(number)).toEqual({ ok: false, failure });
  });

  it.each<[string, readonly Uint8Array[], string]>([
    ['without TCP', [ipv4(17, udp(1, 2, 'abc'))], 'holds no TCP'],
    ['with one', [ipv4(6, tcp(1, 2, 'abc'))], 'holds no TCP stream 999999: its only one is 0'],
    [
      'with two',
      [ipv4(6, tcp(1, 2, '')), ipv4(6, tcp(1, 3, ''))],
      'holds no TCP stream 999999: its streams are 0 to 1',
    ],
  ])('is told of at the end of a capture %s', (_, ip, failure) => {
    const lines = FollowLines.of('999999');
    if (!lines.ok) throw new Error(lines.failure);
    const store = new PacketStore({ maxBytes: 1_000_000 });
    const packets = ip.map((packet) => ({ bytes: ethernet(EtherType.ipv4, packet) }));
    new CaptureFile(store).push(pcap(LinkType.ethernet, packets));
    for (const segment of store.segments)
      for (let row = 0; row < segment.count; row += 1) lines.value.take(segment, row);
    expect(lines.value.end()).toEqual({ ok: false, failure });
  });
});

it('numbers of streams cannot be had of some packets only', () => {
  expect(FieldLines.of('ip.src,tcp.stream', true)).toEqual({
    ok: false,
    failure: 'tcp.stream counts the streams of all packets; leave --filter out',
  });
});
