// Packets that pass through are the packets that a store would keep, whatever pieces a file is read in.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { CaptureFile } from '../file/capture-file.ts';
import { ipv4, tcp, udp, vxlan } from '../testing/packets/network.ts';
import { EtherType, ethernet, LinkType } from '../testing/packets/link.ts';
import { cells, pcap, rowFacts } from '../testing/pcap.ts';
import { PassingPackets } from './passing-packets.ts';
import { PacketStore } from './packet-store.ts';

type Facts = Readonly<Record<string, unknown>>;

function kept(file: Uint8Array): readonly Facts[] {
  const store = new PacketStore({ maxBytes: 64_000_000 });
  const capture = new CaptureFile(store);
  capture.push(file);
  return cells(store).map(rowFacts);
}

/** @param sizes of the pieces, over and over */
function passed(file: Uint8Array, sizes: readonly number[]): readonly Facts[] {
  const rows: Facts[] = [];
  const packets = new PassingPackets((segment) => {
    for (let row = 0; row < segment.count; row += 1) rows.push(rowFacts({ segment, row }));
  });
  const capture = new CaptureFile(packets);
  let at = 0;
  for (let piece = 0; at < file.length; piece += 1) {
    const { chunk } = packets;
    const size = Math.min(sizes[piece % sizes.length] ?? 1, chunk.length, file.length - at);
    chunk.set(file.subarray(at, at + size));
    capture.push(chunk.subarray(0, size));
    packets.drain();
    at += size;
  }
  return rows;
}

const recorded = ['any', 'ethernet', 'sll', 'short'].map((name) =>
  readFileSync(new URL(`../fixtures/${name}.pcap`, import.meta.url)),
);

describe('packets that pass through', () => {
  it('are those of the file, in any pieces', () => {
    const all = recorded.map((file) => ({ file, rows: kept(file) }));
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 5 }),
        ({ file, rows }, sizes) => {
          expect(passed(file, sizes)).toEqual(rows);
        },
      ),
      { numRuns: runs(30) },
    );
  });

  it('are shown in turns when there are more than there is room for, with tunnels and many addresses', () => {
    const from = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    const packets = Array.from({ length: 70_000 }, (_, index) => {
      const inner = ipv4(6, tcp(index & 0xffff, 80, ''), {
        source: from(index),
        destination: from(index + 1),
      });
      const packet =
        index % 7 === 0 ? ipv4(17, udp(5000, 4789, vxlan(index, ethernet(EtherType.ipv4, inner)))) : inner;
      return { bytes: packet, seconds: index };
    });
    const file = pcap(LinkType.raw, packets);
    let next = 0;
    const store = new PassingPackets((segment) => {
      for (let row = 0; row < segment.count; row += 1) {
        const wrong =
          segment.firstNumber + row !== next + 1 ||
          segment.seconds[row] !== next ||
          segment.address(segment.source[row] ?? 0) !== from(next) ||
          segment.address(segment.destination[row] ?? 0) !== from(next + 1) ||
          segment.outerOffset(row) < 0 === (next % 7 === 0);
        if (wrong) throw new Error(`packet ${next + 1} is another`);
        next += 1;
      }
    });
    const capture = new CaptureFile(store);
    for (let at = 0; at < file.length;) {
      const { chunk } = store;
      const piece = file.subarray(at, at + chunk.length);
      chunk.set(piece);
      capture.push(chunk.subarray(0, piece.length));
      store.drain();
      at += piece.length;
    }
    expect(next).toBe(packets.length);
  });
});
