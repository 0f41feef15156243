// Filters against `tshark -Y`. One run of tshark tells of many filters: packets are a second apart, and its `io,stat` counts
// a second and a filter at a time.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { cells, decoded, pcap, type Recorded } from '../testing/pcap.ts';
import { STATELESS } from '../testing/tshark-options.ts';
import { parseDisplayFilter } from './display-filter.ts';
import { filterField } from './filter-fields.ts';
import { filterText } from './testing/filter-texts.ts';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'filters-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function fixture(name: string): readonly Recorded[] {
  return cells(decoded(readFileSync(new URL(`../fixtures/${name}.pcap`, import.meta.url)))).map(
    ({ segment, row }) => ({ bytes: segment.raw(row), len: segment.len[row] ?? 0 }),
  );
}

const CAPTURES = {
  ethernet: pcap(1, timed(fixture('ethernet'))),
  any: pcap(276, timed(fixture('any'))),
} as const;

function timed(packets: readonly Recorded[]): readonly Recorded[] {
  // One more, for the last second is not told.
  const all = [...packets, ...packets.slice(0, 1)];
  return all.map((packet, index) => ({ ...packet, seconds: 1_700_000_000 + index }));
}

/** Numbers of the packets that pass each filter, of those that tshark counts at all: not quite all, and never the last. */
async function tshark(
  capture: Uint8Array,
  filters: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const file = path.join(folder, 'capture.pcap');
  await writeFile(file, capture);
  const arguments_ = ['-n', '-q', '-r', file, ...STATELESS];
  const { stdout } = await run('tshark', [...arguments_, '-z', `io,stat,1,${filters.join(',')}`], {
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, TZ: 'UTC' },
  });
  const found = filters.map((): number[] => []);
  for (const line of stdout.split('\n')) {
    const second = /^\|\s*(\d+) <>/u.exec(line)?.[1];
    if (second === undefined) continue;
    const counts = line.split('|').slice(2).map(Number);
    filters.forEach((_, index) => {
      if ((counts[index * 2] ?? 0) > 0) found[index]?.push(Number(second) + 1);
    });
  }
  return found;
}

function ours(capture: Uint8Array, filter: string): readonly number[] {
  const parsed = parseDisplayFilter(filter);
  if (!parsed.ok) throw new Error(`${filter}: ${parsed.failure.sentence}`);
  const rows = new Uint16Array(0x10000);
  return decoded(capture).segments.flatMap((segment) =>
    Array.from(
      rows.subarray(0, parsed.value.scan(segment).scan(0, segment.count, rows, 0)),
      (row) => segment.firstNumber + row,
    ),
  );
}

async function compare(filters: readonly string[]): Promise<void> {
  for (const [name, capture] of Object.entries(CAPTURES)) {
    const [counted = [], ...theirs] = await tshark(capture, ['frame', ...filters]);
    expect(counted.length).toBeGreaterThan(50);
    const differing = filters.flatMap((filter, index) => {
      const mine = ours(capture, filter).filter((number) => counted.includes(number));
      const same = JSON.stringify(mine) === JSON.stringify(theirs[index]);
      return same ? [] : [`${name}, ${filter}: ${mine.join(' ')}, tshark ${theirs[index]?.join(' ') ?? ''}`];
    });
    expect(differing).toEqual([]);
  }
}

const HTTP = [
  // On other ports tshark remembers the connection; we look at one packet.
  'http && tcp.port == 8080',
  'http.request.method == "GET"',
  'http.request.method == GET',
  'http.host[0:2] == "10"',
  'lower(http.request.method) == "get"',
  'len(http.host) > 3',
];

describe('the same packets pass as with tshark', () => {
  it('of filters that people write', async () => {
    await compare([
      ...['eth', 'ip', 'ipv6', 'arp', 'tcp', 'udp', 'icmp', 'icmpv6', 'vlan', 'frame'],
      'tcp or udp and arp',
      '(tcp or udp) and not arp',
      'not tcp and udp',
      '!tcp.port & 1',
      'tcp.port == 8080',
      'tcp.port != 8080',
      'tcp.port !== 8080',
      'tcp.port ~= 8080',
      'tcp.port === 8080',
      'any tcp.port != 8080',
      'all tcp.port > 1000',
      'not tcp.port == 8080',
      'tcp.port in {8000..9000}',
      'tcp.port not in {8080}',
      'tcp.srcport == tcp.dstport',
      'tcp.dstport > tcp.srcport',
      'tcp.flags.syn == 1 && tcp.flags.ack == 0',
      'tcp.flags.syn',
      'tcp.flags.syn == True',
      'tcp.flags & 2',
      'tcp.flags & 0x12 == 0x12',
      'tcp.flags == 0x0014 || tcp.flags.reset == 1',
      'tcp[13] & 2',
      'tcp[13] == 0x02',
      'tcp[13:1] == 02',
      'tcp[0:2] == 1f:90',
      'tcp.len > 0',
      'tcp.seq_raw >= 2147483648',
      'ip.addr == 10.0.0.0/8',
      'ip.addr != 10.0.0.0/8',
      'ip.src == 10.0.0.2/24',
      'ip.src > 10.0.0.1',
      'ip.src < 10.0.0.0/8',
      'ip.addr in {10.0.0.1..10.0.0.5}',
      'ip.src == ip.dst',
      'ip.src & 255.255.255.0 == 10.0.0.0',
      'ip.src[0:2] == 0a:00',
      'ip.host contains "10"',
      'string(ip.src) matches "^10[.]"',
      'ip.proto == 6',
      'ip.ttl < 64',
      'ip.hdr_len > 20',
      'ipv6.addr == fe80::/10',
      'ipv6.dst == ff00::/8',
      'eth.src[0:3] == 02:42:0a',
      'eth.dst[0] & 1',
      'eth.dst == ff:ff:ff:ff:ff:ff',
      'eth.dst == ff-ff-ff-ff-ff-ff',
      'eth.addr[0] & 0x0f == 2',
      'eth.type == 0x0806',
      'arp.opcode == 1',
      'icmp.type == 8',
      'icmp.type == 3 && icmp.code == 1',
      'icmpv6.type == 135',
      'frame contains "GET"',
      'frame contains 47:45:54',
      'tcp contains "HTTP"',
      'eth contains "GET"',
      'ip contains "GET"',
      'frame matches "g[a-z]t /"',
      'frame ~ r"\\d\\d\\d"',
      'frame matches "\\\\d{4}"',
      'frame.number == 1',
      'frame.number >= 0x10 and frame.number <= 020',
      'frame.len > 100',
      'frame.time_epoch >= 1700000010.5',
      'frame.time < "2023-11-14 22:14:00"',
      'frame[12:2] == 08:00',
      'frame[-2:] == 00:00',
      'frame[12-13] == 08:06',
      'frame[1000:2]',
      'frame[2:3] > 00',
      'count(ip.addr) == 2',
      'count(ip.src) > 1',
      'len(tcp) == 20',
      'vxlan.vni == 4096',
      'udp.port == 4789 && ip.src == 192.168.0.0/16',
      "tcp.port == 'P'",
      ...(filterField('http') === null ? [] : HTTP),
    ]);
  }, 120_000);

  it('of others, and of their logic', async () => {
    // A comma ends a filter of `io,stat`; the next two are ours; data is what neither of the two reads further.
    const said = (text: string) => !/,|\^\^|true|data/u.test(text);
    await compare(fc.sample(filterText.filter(said), { numRuns: runs(60) }));
  }, 600_000);
});
