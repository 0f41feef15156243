// Every packet that tests know, with bytes changed, cut, doubled and spliced, all the way: file, columns, line, full decode,
// tree. Nothing throws, and no packet costs more than a bounded number of readings and fields, whatever its lengths say.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { detailNodes, SAID_AGAIN } from './dissect/detail.ts';
import { dissect } from './dissect/dissect.ts';
import { Dissection } from './dissect/dissection.ts';
import { rowPacket } from './dissect/row.ts';
import { CaptureFile } from './file/capture-file.ts';
import { PacketStore } from './store/packet-store.ts';
import { summarize } from './summary/summarize.ts';
import type { BuiltPacket } from './testing/packets/built.ts';
import { everyPacket } from './testing/packets/every-packet.ts';
import { join } from './testing/packets/parts.ts';
import { pcap, type Recorded } from './testing/pcap.ts';

/** Packets in a file, which is one input of fast-check's: most of its cost would be drawing, otherwise. */
const IN_FILE = 200;
/** More fields a packet cannot have, and the mark that says so. */
const MAX_FIELDS = 4096;
/** A packet of 64 KiB of which each byte is read some times. */
const MAX_READINGS = 600_000;

class CountedDissection extends Dissection {
  readings = 0;

  override need(at: number, length: number): void {
    this.readings += 1;
    super.need(at, length);
  }
}

const built = everyPacket();
const byLinkType = [...new Set(built.map(({ linkType }) => linkType))].map((linkType) =>
  built.filter((packet) => packet.linkType === linkType),
);

/** Numbers below `end`, the same of the same seed (Marsaglia's xorshift). */
function drawing(seed: number): (end: number) => number {
  let state = seed === 0 ? 1 : seed;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

/** Values at which lengths, counts and types turn over. */
const EDGES = [0, 1, 2, 3, 4, 0x0c, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

function changed(of: readonly BuiltPacket[], draw: (end: number) => number): Recorded {
  const packet = (): Uint8Array => of[draw(of.length)]?.bytes ?? new Uint8Array(0);
  let bytes: Uint8Array = packet().slice();
  for (let changes = draw(4); changes >= 0 && bytes.length > 0; changes -= 1) {
    const at = draw(bytes.length);
    switch (draw(7)) {
      case 0:
        bytes[at] = draw(256);
        break;
      case 1:
        bytes[at] = EDGES[draw(EDGES.length)] ?? 0;
        break;
      case 2:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(8));
        break;
      case 3:
        bytes.fill(EDGES[draw(EDGES.length)] ?? 0, at, at + 1 + draw(8));
        break;
      case 4:
        bytes = bytes.slice(0, at);
        break;
      case 5:
        bytes = join(bytes.subarray(0, at), packet().subarray(draw(60)));
        break;
      default:
        bytes = join(bytes.subarray(0, at), bytes.subarray(draw(at + 1)));
    }
  }
  // Perhaps the capture has less of it than there was.
  return { bytes, len: bytes.length + (draw(4) === 0 ? draw(3000) : 0) };
}

const d = new CountedDissection();

function throughAll(linkType: number, packets: readonly Recorded[]): void {
  const store = new PacketStore({ maxBytes: 2_000_000, allocate: (bytes) => new ArrayBuffer(bytes) });
  const file = new CaptureFile(store);
  file.push(pcap(linkType, packets));
  file.end();
  expect(file.broken).toBeNull();
  let rows = 0;
  for (const segment of store.segments)
    for (let row = 0; row < segment.count; row += 1) {
      rows += 1;
      expect(summarize(segment, row).summary.length).toBeLessThan(600);
      const packet = rowPacket(segment, row);
      d.readings = 0;
      dissect(packet, d);
      expect(d.count).toBeLessThanOrEqual(MAX_FIELDS);
      expect(d.readings).toBeLessThan(MAX_READINGS);
      for (const at of d.starts) if (!(at >= 0)) throw new Error(`a field begins at ${at.toString()}`);
      if (row % 8 === 0) {
        const shown = d.fields.filter(({ name }) => !SAID_AGAIN.has(name)).map(({ name }) => name);
        expect(detailNodes(d).map(({ field }) => field)).toEqual(shown);
      }
    }
  expect(rows).toBe(packets.length);
}

describe('hostile packets', () => {
  it('as they are', () => {
    for (const packets of byLinkType) throughAll(packets[0]?.linkType ?? 0, packets);
  });

  it('with bytes changed, cut, doubled and spliced: 80,000 of them, and in the full tier two millions', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const draw = drawing(seed);
        // The links that few packets have are there too, but not as often as those that most have.
        const packets = draw(3) === 0 ? byLinkType[draw(byLinkType.length)] : byLinkType[0];
        const of = packets ?? built;
        throughAll(
          of[0]?.linkType ?? 0,
          Array.from({ length: IN_FILE }, () => changed(of, draw)),
        );
      }),
      { numRuns: runs(400), endOnFailure: true },
    );
  }, 600_000);
});
