import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import type { Broken } from './unit-stream.ts';
import { Blocks } from '../testing/pcapng.ts';
import { NO_TIME } from './limits.ts';
import { PcapngReader } from './pcapng-reader.ts';

interface Read {
  readonly interfaces: { readonly number: number; readonly name: string | null; readonly linkType: number }[];
  readonly packets: {
    readonly number: number;
    readonly bytes: string;
    readonly len: number;
    /** Empty: none. */
    readonly time: string;
    readonly comment: string | null;
  }[];
  readonly broken: Broken | null;
}

/** Pushes `file` cut at `cuts`. */
function read(file: Uint8Array, cuts: readonly number[] = []): Read {
  const interfaces: Read['interfaces'] = [];
  const packets: Read['packets'] = [];
  const reader = new PcapngReader({
    interface: (number, { name, linkType }) => interfaces.push({ number, name, linkType }),
    packet: (number, stream, at, caplen, len, seconds, nanoseconds, comment) =>
      packets.push({
        number,
        bytes: Buffer.from(stream.buffer, stream.byteOffset + at, caplen).toString('hex'),
        len,
        time: nanoseconds === NO_TIME ? '' : `${seconds}.${String(nanoseconds).padStart(9, '0')}`,
        comment: comment === null ? null : Buffer.from(comment).toString(),
      }),
  });
  const places = [0, ...cuts.map((cut) => cut % (file.length + 1)).sort((a, b) => a - b), file.length];
  for (const [index, place] of places.entries())
    reader.push(file.subarray(place, places[index + 1] ?? place));
  reader.end();
  expect(reader.records).toBe(packets.length);
  return { interfaces, packets, broken: reader.broken };
}

/** Two sections in different orders, every kind of block, four ways of telling time. */
function whole(): Buffer {
  const little = new Blocks(true);
  const big = new Blocks(false);
  const offset = Buffer.alloc(8);
  offset.writeBigInt64LE(-10n);
  return Buffer.concat([
    little.section(),
    little.interface(1, 0, little.option(2, Buffer.from('node/eth0')), little.words(0)),
    little.block(0x80000bad),
    little.block(0x80000bad, Buffer.alloc(3000, 'x')),
    // 1.7e15 µs: more than 32 bits.
    little.packet(0, [395812, 0x0a1d1000], Buffer.from('abcde'), 9),
    little.interface(276, 4, little.option(9, Buffer.from([3])), little.option(14, offset)),
    little.packet(1, [0, 20_005], Buffer.from('late')),
    big.section(),
    big.interface(113, 3, big.option(9, Buffer.from([0x80 | 10])), big.option(1, Buffer.from('a comment'))),
    big.packet(0, [0, 1024 + 512], Buffer.from('fgh')),
    big.block(2, big.halves(0, 7), big.words(0, 2048, 2, 2), Buffer.from('ij')),
    big.block(3, big.words(10), Buffer.from('klm')),
  ]);
}

describe('a pcapng file', () => {
  it('is read through sections, byte orders, resolutions and unknown blocks', () => {
    expect(read(whole())).toEqual({
      interfaces: [
        { number: 0, name: 'node/eth0', linkType: 1 },
        { number: 1, name: null, linkType: 276 },
        { number: 2, name: null, linkType: 113 },
      ],
      packets: [
        {
          number: 0,
          bytes: Buffer.from('abcde').toString('hex'),
          len: 9,
          time: '1699999765.041152000',
          comment: null,
        },
        {
          number: 1,
          bytes: Buffer.from('late').toString('hex'),
          len: 4,
          time: '10.005000000',
          comment: null,
        },
        { number: 2, bytes: Buffer.from('fgh').toString('hex'), len: 3, time: '1.500000000', comment: null },
        { number: 2, bytes: Buffer.from('ij').toString('hex'), len: 2, time: '2.000000000', comment: null },
        { number: 2, bytes: Buffer.from('klm').toString('hex'), len: 10, time: '', comment: null },
      ],
      broken: null,
    });
  });

  it('gives the same in whatever chunks it comes', () => {
    const file = whole();
    const expected = read(file);
    fc.assert(
      fc.property(fc.array(fc.nat(file.length), { maxLength: 40 }), (cuts) => {
        expect(read(file, cuts)).toEqual(expected);
      }),
      { numRuns: runs(200) },
    );
    expect(read(file, [...file.keys()])).toEqual(expected);
  });

  it('cut off anywhere gives the packets before, and says where it ends', () => {
    const file = whole();
    const all = read(file).packets;
    for (let length = 0; length < file.length; length++) {
      const { packets, broken } = read(file.subarray(0, length));
      expect(packets).toEqual(all.slice(0, packets.length));
      expect(
        broken === null ||
          (broken.offset <= length &&
            /^The capture (is empty|ends in the middle of a block)\.$/.test(broken.sentence)),
      ).toBe(true);
    }
  });

  const little = new Blocks(true);
  const start = [little.section(), little.interface(1, 0), little.packet(0, [0, 5], Buffer.from('good'))];
  const good = Buffer.concat(start).length;
  const wrongEnd = little.packet(0, [0, 5], Buffer.from('odd'));
  wrongEnd[wrongEnd.length - 4] = 0xff;
  const unknownWrongEnd = little.block(0x999, Buffer.alloc(100));
  unknownWrongEnd[unknownWrongEnd.length - 4] = 0xff;

  it.each<[string, Uint8Array, number, RegExp]>([
    [
      'a packet of no interface',
      little.packet(3, [0, 5], Buffer.alloc(4)),
      8,
      /^A packet names interface 3, which was not described\.$/,
    ],
    [
      'a packet larger than its block',
      little.block(6, little.words(0, 0, 5, 99, 99)),
      20,
      /^A packet claims 99 captured bytes where its block has 0\.$/,
    ],
    [
      'a packet without its head',
      little.block(6, little.words(0, 0)),
      8,
      /^A packet block is shorter than one can be\.$/,
    ],
    [
      'a block of no length',
      Buffer.from(little.words(6, 0, 0, 0)),
      4,
      /^A block claims to be 0 bytes long, which no block can be\.$/,
    ],
    [
      'a packet block of 2 GiB',
      Buffer.from(little.words(6, 0x80000000, 0, 0)),
      4,
      /^A block claims 2147483648 bytes where at most 16777216 are read\.$/,
    ],
    ['two lengths that differ', wrongEnd, 4, /^A block does not end where it says/],
    ['an unknown block whose lengths differ', unknownWrongEnd, 4, /^A block does not end where it says/],
    [
      'an interface cut short',
      little.block(1, little.words(1)),
      8,
      /^An interface description is shorter than one can be\.$/,
    ],
    [
      'an option beyond its block',
      little.interface(1, 0, little.halves(2, 500)),
      8,
      /^An option of an interface description is longer/,
    ],
    [
      'a section of a new version',
      little.block(0x0a0d0d0a, little.words(0x1a2b3c4d), little.halves(9, 0), little.words(0, 0)),
      12,
      /^This is pcapng of version 9; only version 1 can be read\.$/,
    ],
    [
      'a section in no order',
      little.block(0x0a0d0d0a, little.words(0x11111111)),
      8,
      /^A section does not say in which order/,
    ],
  ])('with %s is good up to there', (_, damage, within, sentence) => {
    const { packets, broken } = read(Buffer.concat([...start, damage, ...start]));
    expect(packets).toHaveLength(1);
    expect(broken?.offset).toBe(good + within);
    expect(broken?.sentence).toMatch(sentence);
  });

  it('does not hold a large unknown block in memory', () => {
    const reader = new PcapngReader({ interface: () => undefined, packet: () => undefined });
    reader.push(little.section());
    reader.push(little.words(0x999, 0xffff_fff0, 0));
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < 4095; sent++) reader.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(reader.broken).toBeNull();
    reader.end();
    expect(reader.broken?.sentence).toBe('The capture ends in the middle of a block.');
  });

  it('of any bytes ends in packets and a sentence, the same in any chunks', () => {
    const file = whole();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.array(fc.nat(file.length), { maxLength: 10 }),
        (changes, cuts) => {
          const damaged = Buffer.from(file);
          for (const [place, value] of changes) damaged[place] = value;
          const result = read(damaged);
          expect(read(damaged, cuts)).toEqual(result);
          if (result.broken !== null) expect(result.broken.offset).toBeLessThanOrEqual(damaged.length);
        },
      ),
      { numRuns: runs(500) },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(read(Buffer.concat([little.section(), bytes])).packets.length).toBeLessThan(10);
      }),
      { numRuns: runs(500) },
    );
  });

  describe('beside tshark', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'hopscope-pcapng-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it('has the same times, lengths and interfaces', () => {
      const file = join(folder, 'whole.pcapng');
      writeFileSync(file, whole());
      const out = execFileSync(
        'tshark',
        [
          '-n',
          '-r',
          file,
          '-T',
          'fields',
          '-e',
          'frame.time_epoch',
          '-e',
          'frame.cap_len',
          '-e',
          'frame.len',
        ],
        { encoding: 'utf8', stdio: 'pipe' },
      );
      const lines = out.split('\n').slice(0, -1);
      expect(lines).toEqual(
        read(whole()).packets.map(({ bytes, len, time }) => [time, bytes.length / 2, len].join('\t')),
      );
    });
  });
});
