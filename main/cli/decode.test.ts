// `hopscope decode` as a script sees it: what it prints, its exit codes, and what it takes.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodedPacketSchema } from '../../app/contract/decoded-packet.ts';
import { inFullTier } from '../../app/testing/runs.ts';
import { CLI } from '../testing/programs.ts';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const anyPcap = fromHere('../../app/packet/fixtures/any.pcap');
const command: readonly [string, ...string[]] = [process.execPath, ...CLI, 'decode'];

interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

async function decode(words: readonly string[], input: Buffer = Buffer.alloc(0)): Promise<Run> {
  const [program, ...start] = command;
  const child = spawn(program, [...start, ...words], { timeout: 60_000 });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, lines: output.stdout.split('\n').slice(0, -1), stderr: output.stderr };
}

describe('hopscope decode', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hopscope-decode-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('prints a line a packet, with times since the first one', async () => {
    const { code, lines, stderr } = await decode([anyPcap, '--filter', 'tcp.port == 8080']);
    expect([code, stderr]).toEqual([0, '']);
    const times = tsharkFields(anyPcap, ['frame.number', 'frame.time_relative', 'tcp.port'])
      .filter(([, , ports]) => ports?.split(',').includes('8080'))
      .map(([number, time]) => `${number ?? ''} ${(time ?? '').slice(0, -3)}`);
    expect(times.length).toBeGreaterThan(10);
    expect(lines.map((line) => line.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual(times);
    expect(lines[0]).toMatch(
      /^ {5}7 {6}1\.953677 {2}if2 in {2}10\.0\.0\.1:59832 → 10\.0\.0\.2:8080 {2}TCP {2}59832 → 8080 \[SYN\]/,
    );
  });

  it('as JSON holds what tshark says', async () => {
    const { code, lines } = await decode([anyPcap, '--json']);
    expect(code).toBe(0);
    const packets = lines.map((line) => decodedPacketSchema.parse(JSON.parse(line)));
    const fields = ['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'sll.ifindex'];
    expect(
      packets.map(({ number, at, length, captured, interface: place }) => [
        String(number),
        `${at.s}.${String(at.ns).padStart(9, '0')}`,
        String(length),
        String(captured),
        (place ?? '').replace('if', ''),
      ]),
    ).toEqual(tsharkFields(anyPcap, fields));
  });

  it('counts: packets, time span and protocols, as tshark has them', async () => {
    const tshark = tsharkFields(anyPcap, ['frame.time_epoch', 'ip.proto', 'ipv6.nxt', 'arp.opcode']);
    const of = (column: number, value: RegExp): number =>
      tshark.filter((row) => value.test(row[column]?.split(',')[0] ?? '')).length;
    const { code, lines } = await decode([anyPcap, '--count', '--json']);
    expect(code).toBe(0);
    const { packets, first, last, protocols } = JSON.parse(lines[0] ?? '') as Record<string, never> & {
      first: { s: number; ns: number };
      last: { s: number; ns: number };
      protocols: Record<string, number>;
    };
    const epoch = ({ s, ns }: { s: number; ns: number }): string => `${s}.${String(ns).padStart(9, '0')}`;
    const times = tshark.map(([time]) => time ?? '').sort();
    expect([packets, epoch(first), epoch(last)]).toEqual([tshark.length, times[0], times.at(-1)]);
    expect(protocols['TCP']).toBe(of(1, /^6$/) + of(2, /^6$/));
    expect(protocols['ARP'] ?? 0).toBe(of(3, /^\d+$/));
    expect(Object.values(protocols).reduce((sum, count) => sum + count, 0)).toBe(tshark.length);
    // For people, and only what passes the filter.
    const some = await decode([anyPcap, '--count', '--filter', 'tcp.port == 8080']);
    const ports = tsharkFields(anyPcap, ['tcp.port']).filter(([both]) => both?.split(',').includes('8080'));
    expect(some.lines[0]).toMatch(new RegExp(`^${ports.length} packets in \\d+\\.\\d{6} s, .*Z to .*Z$`));
    expect(some.lines[1]).toBe(`TCP ${ports.length}`);
  });

  it('unpacks what is gzipped', async () => {
    const plain = await decode([anyPcap, '--count']);
    expect(await decode(['-', '--count'], gzipSync(readFileSync(anyPcap)))).toEqual(plain);
  });

  it('reads pcapng from standard input, with its interfaces’ names', async () => {
    const pcapng = join(folder, 'any.pcapng');
    execFileSync('editcap', ['-F', 'pcapng', anyPcap, pcapng], { stdio: 'pipe' });
    const bytes = readFileSync(pcapng);
    const { code, lines, stderr } = await decode(['-', '--utc'], bytes);
    expect([code, stderr]).toEqual([0, '']);
    const epochs = tsharkFields(pcapng, ['frame.time_epoch']);
    expect(lines.map((line) => Date.parse(line.trim().split(/\s+/)[1] ?? '') / 1000)).toEqual(
      epochs.map(([epoch]) => Math.floor(Number(epoch) * 1000) / 1000),
    );
  });

  it('of a damaged file prints the good part, says where it ends, and exits 2', async () => {
    const file = join(folder, 'damaged.pcap');
    await writeFile(file, readFileSync(anyPcap).subarray(0, 1000));
    const { code, lines, stderr } = await decode([file]);
    expect(code).toBe(2);
    expect(lines).toHaveLength(8);
    expect(stderr).toBe(
      `hopscope: ${file} is damaged at byte 952, after 8 packets: The capture ends in the middle of a packet.\n`,
    );
  });

  it.each<[string, readonly string[], Buffer, RegExp]>([
    [
      'no such file',
      ['/nope/a\u001b[2J.pcap'],
      Buffer.alloc(0),
      /^hopscope: \/nope\/a\uFFFD\[2J\.pcap does not exist; check the path\.\n$/,
    ],
    ['a folder', [tmpdir()], Buffer.alloc(0), /is a folder; name a file in it\.\n$/],
    ['nothing', ['-'], Buffer.alloc(0), /^hopscope: standard input is empty\.\n$/],
    [
      'a text',
      ['-'],
      Buffer.from('a text of some length'),
      /^hopscope: standard input is no capture \(pcap or pcapng\) that can be read/,
    ],
    [
      'what is compressed',
      ['-'],
      Buffer.from('28b52ffd0458', 'hex'),
      /is compressed; unpack it first \(unzstd\)\.\n$/,
    ],
    [
      'a filter that is none',
      [anyPcap, '--filter', 'tcp && 8080'],
      Buffer.alloc(0),
      /^hopscope: “8080” alone is no filter; .*\n  tcp && 8080\n {9}\^~~~\nperhaps: tcp && \(tcp.port == 8080 \|\| udp.port == 8080\)\n$/,
    ],
    [
      'two outputs at once',
      [anyPcap, '--fields', 'ip.src', '--count'],
      Buffer.alloc(0),
      /^hopscope: --fields and --count are different outputs; leave all but one out\n$/,
    ],
    [
      'fields as JSON',
      [anyPcap, '--fields', 'ip.src', '--json'],
      Buffer.alloc(0),
      /^hopscope: --fields and --json are different outputs; leave one out\n$/,
    ],
    [
      'a checksum of nothing',
      [anyPcap, '--checksum'],
      Buffer.alloc(0),
      /^hopscope: --checksum is part of --count; add that\n$/,
    ],
  ])('exits 2 for %s, with a sentence', async (_, words, input, sentence) => {
    const { code, lines, stderr } = await decode(words, input);
    expect(code).toBe(2);
    expect(lines).toEqual([]);
    expect(stderr).toMatch(sentence);
  });

  it('ends quietly when its reader has enough', async () => {
    // Large enough that much is left to print when the reader goes.
    const many = Buffer.concat([
      readFileSync(anyPcap),
      ...Array.from({ length: 400 }, () => readFileSync(anyPcap).subarray(24)),
    ]);
    const file = join(folder, 'many.pcap');
    await writeFile(file, many);
    const shell = spawn('sh', ['-c', '{ "$@"; echo "code $?" >&2; } | head -n 1', 'sh', ...command, file], {
      timeout: 60_000,
    });
    let stderr = '';
    let stdout = '';
    shell.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await once(shell, 'close');
    expect(stderr).toBe('code 0\n');
    expect(stdout.split('\n')).toHaveLength(2);
  });

  it.runIf(process.platform === 'linux')('says that its output cannot be written', async () => {
    const shell = spawn('sh', ['-c', '"$@" > /dev/full', 'sh', ...command, anyPcap], { timeout: 60_000 });
    let stderr = '';
    shell.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    expect(await once(shell, 'close')).toEqual([2, null]);
    expect(stderr).toMatch(
      /^hopscope: the output cannot be written \(ENOSPC.*\); choose another place for it\n$/,
    );
  });

  it.runIf(process.platform === 'linux')('takes the same memory for a file of any size', async () => {
    const packets = readFileSync(anyPcap).subarray(24);
    const piece = Buffer.concat(Array.from({ length: 200 }, () => packets));
    const peak = async (pieces: number): Promise<number> => {
      const [program, ...start] = command;
      const child = spawn(program, [...start, '-', '--filter', 'ip.addr == 203.0.113.9'], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      child.stdin.write(readFileSync(anyPcap).subarray(0, 24));
      let highest = 0;
      for (let sent = 0; sent < pieces; sent++) {
        if (!child.stdin.write(piece)) await once(child.stdin, 'drain');
        const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
        highest = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
      }
      child.stdin.end();
      expect(await once(child, 'close')).toEqual([0, null]);
      return highest / 1024;
    };
    // 20 MB fill the ring, many times in the full tier.
    const times = inFullTier() ? 10 : 4;
    const [small, large] = [await peak(10), await peak(10 * times)];
    console.log(`decode: ${small.toFixed(0)} MiB for 20 MB, ${large.toFixed(0)} MiB for ${20 * times} MB`);
    expect(large - small).toBeLessThan(100);
  });
});

function tsharkFields(file: string, fields: readonly string[]): string[][] {
  const words = ['-n', '-r', file, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const out = execFileSync('tshark', words, { encoding: 'utf8', stdio: 'pipe' });
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}
