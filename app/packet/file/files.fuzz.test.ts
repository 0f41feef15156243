// Any bytes at all, whole files with a few bytes changed among them: readers end in packets and a sentence, the same in
// any chunks, and hold no more memory than a block has.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { pcap } from '../testing/pcap.ts';
import { Blocks, joined } from '../testing/pcapng.ts';
import { PcapReader } from './pcap-reader.ts';
import { PcapngReader } from './pcapng-reader.ts';
import type { Broken } from './unit-stream.ts';

type Kind = 'live' | 'file' | 'pcapng';

/** Each packet in a line, and where the reader stopped. */
function read(
  kind: Kind,
  file: Uint8Array,
  cuts: readonly number[],
): { rows: string[]; broken: Broken | null } {
  const rows: string[] = [];
  const packet = (stream: DataView, at: number, caplen: number, ...rest: readonly unknown[]): void => {
    rows.push([...new Uint8Array(stream.buffer, stream.byteOffset + at, caplen), ...rest].join(' '));
  };
  const reader =
    kind === 'pcapng'
      ? new PcapngReader({
          interface: (number, source) => rows.push(`${number} ${JSON.stringify(source)}`),
          packet: (_, ...rest) => packet(...rest),
        })
      : new PcapReader({ header: (...header) => rows.push(header.join(' ')), packet }, kind);
  const places = [0, ...cuts.map((cut) => cut % (file.length + 1)).sort((a, b) => a - b), file.length];
  for (const [index, place] of places.entries()) reader.push(file.slice(place, places[index + 1] ?? place));
  reader.end();
  return { rows, broken: reader.broken };
}

const packets = [1, 40, 3, 0, 17].map((length, index) => ({
  bytes: new Uint8Array(length).fill(index),
  seconds: index,
  fraction: index * 1000,
}));
const little = new Blocks(true);
const big = new Blocks(false);
const pcapng = joined(
  little.section(),
  little.interface(1, 0, little.option(2, 'eth0'), little.option(9, Uint8Array.of(9)), little.words(0)),
  little.packet(
    0,
    [1, 2],
    new Uint8Array(21),
    30,
    little.option(1, 'a comment'),
    little.option(1, 'another'),
  ),
  little.block(0x999, new Uint8Array(17)),
  big.section(),
  big.interface(276, 20, big.option(14, big.words(0, 5))),
  big.packet(0, [0, 7], new Uint8Array(20)),
  big.block(3, big.words(12), new Uint8Array(12)),
  big.block(2, big.halves(0, 0), big.words(0, 9, 4, 4), new Uint8Array(4)),
);
const old = pcap(1, packets);
old.set([2, 0, 3, 0], 4);

const seeds: readonly (readonly [Kind, Uint8Array])[] = [
  ['live', pcap(276, packets)],
  ['live', pcap(1, packets, { little: false, nano: true })],
  ['file', pcap(1, packets)],
  ['file', old],
  ['pcapng', pcapng],
];

/** What length fields are damaged with. */
const words = fc.constantFrom(0, 1, 7, 8, 12, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff, 262_145);

describe('readers of capture files', () => {
  it('take whatever comes, in whatever chunks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(), words, fc.boolean()), { maxLength: 2 }),
        fc.nat(),
        fc.array(fc.nat(), { maxLength: 8 }),
        ([kind, seed], bytes, lengths, length, cuts) => {
          const file = seed.slice(0, length % 3 === 0 ? length % (seed.length + 1) : seed.length);
          const view = new DataView(file.buffer);
          for (const [at, value] of bytes) if (file.length > 0) file[at % file.length] = value;
          for (const [at, value, order] of lengths)
            if (file.length >= 4) view.setUint32((at % (file.length >> 2)) * 4, value, order);
          const whole = read(kind, file, []);
          expect(read(kind, file, cuts)).toEqual(whole);
          expect(whole.broken?.offset ?? 0).toBeLessThanOrEqual(file.length);
          expect(whole.broken?.sentence ?? 'It.').toMatch(/^[A-Z][^\n]*\.$/u);
        },
      ),
      { numRuns: runs(8000) },
    );
  });

  it.each<[string, Kind, Uint8Array]>([
    ['a packet of 4 GiB', 'file', joined(pcap(1, []), little.words(0, 0, 0xffff_ffff, 0xffff_ffff))],
    [
      'the largest packet, and little of it',
      'file',
      joined(pcap(1, []), little.words(0, 0, 262_144, 262_144)),
    ],
    ['a packet block of 4 GiB', 'pcapng', joined(little.section(), little.words(6, 0xffff_fffc, 0))],
    [
      'the largest packet block, and little of it',
      'pcapng',
      joined(little.section(), little.words(6, 1 << 24, 0)),
    ],
    ['a comment of 4 GiB', 'pcapng', joined(pcapng, little.words(10, 0xffff_fffc, 0))],
  ])('ask no memory for %s', (_, kind, file) => {
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 20; round += 1) read(kind, joined(file, new Uint8Array(100)), [file.length]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 * 1024);
  });
});
