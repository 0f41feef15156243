// Files that no program of today writes, or that are damaged in a way that readers forgive: packets as tshark has them.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dissection } from '../dissect/dissection.ts';
import { dissect } from '../dissect/dissect.ts';
import { fieldText } from '../dissect/field-text.ts';
import { Blocks, joined } from '../testing/pcapng.ts';
import { PcapReader } from './pcap-reader.ts';
import { PcapngReader } from './pcapng-reader.ts';

const run = promisify(execFile);

const PACKET = Uint8Array.from({ length: 60 }, (_, index) => (index < 12 ? 2 : index === 12 ? 0x08 : index));

interface OddPcap {
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly network?: number;
  readonly little?: boolean;
  readonly snaplen?: number;
  /** Behind the file's header, and behind each record's. */
  readonly more?: readonly [file: number, record: number];
  /** Seconds, fraction, and the two lengths in the order in which they stand. */
  readonly records: readonly (readonly [number, number, number, number])[];
}

/** Each record has as many bytes as the smaller of its lengths says, or the first, if that is `straight`. */
function oddPcap(odd: OddPcap, caplenOf: (first: number, second: number) => number): Uint8Array {
  const blocks = new Blocks(odd.little ?? true);
  const [fileMore, recordMore] = odd.more ?? [0, 0];
  return joined(
    blocks.words(odd.magic ?? 0xa1b2c3d4),
    blocks.halves(...(odd.version ?? [2, 4])),
    blocks.words(0, 0, odd.snaplen ?? 65535, odd.network ?? 1),
    new Uint8Array(fileMore),
    ...odd.records.flatMap(([seconds, fraction, first, second]) => [
      blocks.words(seconds, fraction, first, second),
      new Uint8Array(recordMore),
      PACKET.slice(0, caplenOf(first, second)),
      new Uint8Array(Math.max(0, caplenOf(first, second) - PACKET.length)),
    ]),
  );
}

const first = (one: number): number => one;
const second = (_: number, other: number): number => other;
const usual = [
  [1, 5, 60, 100],
  [2, 999_999, 60, 60],
] as const;
const swapped = [
  [1, 5, 100, 60],
  [2, 999_999, 60, 60],
] as const;

const files: readonly (readonly [string, Uint8Array])[] = [
  [
    'lengths, snap lengths and fractions that contradict one another',
    oddPcap(
      {
        snaplen: 40,
        records: [
          ...usual,
          [3, 5, 60, 40],
          [4, 5, 60, 0],
          [5, 5, 60, 0x8000_0000],
          [6, 5, 60, 20 << 20],
          [7, 1_000_000, 60, 60],
          [8, 5_000_000, 60, 60],
          [9, 0xffff_ffff, 60, 60],
          [0xffff_ffff, 5, 60, 60],
          [10, 5, 0, 60],
          [11, 5, 0, 0],
          [12, 5, 262_144, 262_144],
        ],
      },
      first,
    ),
  ],
  [
    'fractions of nanoseconds past their second',
    oddPcap(
      {
        magic: 0xa1b23c4d,
        little: false,
        records: [
          [1, 999_999_999, 60, 60],
          [1, 1_000_000_000, 60, 60],
          [1, 0xffff_fff0, 60, 60],
        ],
      },
      first,
    ),
  ],
  ['version 2.2, whose lengths are swapped', oddPcap({ version: [2, 2], records: swapped }, second)],
  [
    'version 2.1 of the other byte order',
    oddPcap({ version: [2, 1], little: false, records: swapped }, second),
  ],
  [
    'version 2.3, of which some are swapped',
    oddPcap({ version: [2, 3], records: [...swapped, ...usual] }, Math.min),
  ],
  ['AIX’s version 2.2', oddPcap({ version: [2, 2], network: 6, records: swapped }, second)],
  // Of lengths that differ libpcap and tshark think otherwise.
  ['version 543.0', oddPcap({ version: [543, 0], records: [[1, 5, 60, 60]] }, first)],
  ['Kuznetzov’s format', oddPcap({ magic: 0xa1b2cd34, more: [0, 8], records: [...usual, ...usual] }, first)],
  ['IXIA’s format', oddPcap({ magic: 0x1c0001ac, more: [4, 0], records: usual }, first)],
  [
    'a link type with the length of a frame check sequence',
    oddPcap({ network: 0x4400_0001, records: usual }, first),
  ],
  ['pcapng of every resolution, with comments, both byte orders and blocks that are skipped', oddPcapng()],
];

function oddPcapng(): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const little of [true, false]) {
    const blocks = new Blocks(little);
    const offset = little ? blocks.words(4_000, 0) : blocks.words(0, 4_000);
    parts.push(blocks.section(little ? 0 : 2, little ? [0xffff_ffff, 0xffff_ffff] : [0, 77]));
    // Above 10^10 tshark's own reckoning overflows.
    const powers = [
      ...Array.from({ length: 12 }, (_, power) => power),
      ...[0, 1, 10, 20, 30, 31, 32].map((power) => 0x80 | power),
    ];
    for (const [id, power] of powers.entries()) {
      parts.push(blocks.interface(1, 0, blocks.option(9, Uint8Array.of(power)), blocks.option(14, offset)));
      parts.push(blocks.packet(id, [0, 123_456_789], PACKET));
      if (power > 3 && power < 11) parts.push(blocks.packet(id, [7, 0xffff_ff01], PACKET));
    }
    parts.push(
      blocks.block(4, blocks.halves(1, 9), Uint8Array.of(127, 0, 0, 1, 97, 98, 99, 100, 0), blocks.words(0)),
      blocks.block(5, blocks.words(0, 0, 5)),
      blocks.block(10, blocks.words(0x544c534b, 4), Uint8Array.of(1, 2, 3, 4)),
      joined(blocks.words(0x999, 33), new Uint8Array(24), blocks.words(33)),
      blocks.packet(
        0,
        [0, 1],
        PACKET,
        PACKET.length - 20,
        blocks.option(1, 'one'),
        blocks.option(2, blocks.words(1)),
        blocks.option(1, 'two\nlines'),
        blocks.option(1, ''),
        blocks.option(1, 'ends\u0000here'),
        blocks.words(0),
        blocks.option(1, 'no option any more'),
      ),
      blocks.packet(0, [0, 2], PACKET.slice(0, 59), 0x9000_0000, blocks.option(1, '深圳')),
      blocks.block(3, blocks.words(PACKET.length), PACKET),
      blocks.block(2, blocks.halves(0, 3), blocks.words(0, 3, 60, 61), PACKET, blocks.option(1, 'old')),
    );
  }
  return joined(...parts);
}

/** As `decode --fields` says them. */
function fields(file: Uint8Array): string[] {
  const d = new Dissection();
  const rows: string[] = [];
  const packet = (
    linkType: number,
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
    words: Uint8Array | null,
  ): void => {
    const bytes = new Uint8Array(stream.buffer, stream.byteOffset + at, caplen);
    const comment = words === null ? null : new TextDecoder().decode(words);
    dissect({ bytes, linkType, len, seconds, nanoseconds, number: rows.length + 1, comment }, d);
    const of = (name: string): string =>
      d.fields
        .map((field, index) => (field.name === name ? fieldText(field, d.values[index] ?? null) : null))
        .filter((text) => text !== null)
        .join(',');
    rows.push(
      ['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len', 'eth.src', 'frame.comment']
        .map((name) => of(name).replaceAll('\n', '\\n'))
        .join('\t'),
    );
  };
  const reader =
    file[0] === 0x0a
      ? new PcapngReader({ interface: () => undefined, packet: (_, ...rest) => packet(1, ...rest) })
      : new PcapReader({ header: () => undefined, packet: (...rest) => packet(1, ...rest, null) }, 'file');
  reader.push(file);
  reader.end();
  expect(reader.broken).toBeNull();
  return rows;
}

describe('beside tshark', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hopscope-odd-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(files)('%s', async (name, bytes) => {
    const file = join(folder, `${files.findIndex(([other]) => other === name)}`);
    await writeFile(file, bytes);
    const { stdout } = await run('tshark', [
      ...[
        '-n',
        '-r',
        file,
        '-T',
        'fields',
        '-E',
        'occurrence=a',
        '-e',
        'frame.number',
        '-e',
        'frame.time_epoch',
      ],
      ...['-e', 'frame.cap_len', '-e', 'frame.len', '-e', 'eth.src', '-e', 'frame.comment'],
    ]);
    expect(fields(bytes)).toEqual(stdout.split('\n').slice(0, -1));
  });
});
