// What columns say of a packet is what its full decode says.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import { rowPacket } from '../dissect/row.ts';
import type { PacketStore } from '../store/packet-store.ts';
import { everyPacket } from '../testing/packets/every-packet.ts';
import { decoded, pcap } from '../testing/pcap.ts';
import { layersOf, needsPayload } from './column-fields.ts';
import { parseDisplayFilter } from './display-filter.ts';
import { filterText } from './testing/filter-texts.ts';
import { toldBy } from './told-rows.ts';

/** Packets of every kind, and each again as a short snap length would leave it. */
function stores(): readonly PacketStore[] {
  const fixtures = ['any', 'ethernet', 'sll', 'short'].map((name) =>
    decoded(readFileSync(new URL(`../fixtures/${name}.pcap`, import.meta.url))),
  );
  const built = everyPacket();
  const linkTypes = new Set(built.map(({ linkType }) => linkType));
  const made = [...linkTypes].map((linkType) => {
    const packets = built.filter((packet) => packet.linkType === linkType);
    return decoded(
      pcap(linkType, [
        ...packets,
        ...packets.map(({ bytes }, index) => ({
          bytes: bytes.slice(0, 30 + (index % 40)),
          len: bytes.length,
        })),
      ]),
    );
  });
  return [...fixtures, ...made];
}

it('agrees with the full decode on every row', () => {
  const all = stores().flatMap(({ segments }) => segments);
  const rows = new Uint16Array(0x10000);
  fc.assert(
    fc.property(filterText, (text) => {
      const parsed = parseDisplayFilter(text);
      if (!parsed.ok) throw new Error(`${text}: ${parsed.failure.sentence}`);
      for (const segment of all) {
        const scan = parsed.value.scan(segment);
        const found = [...rows.subarray(0, scan.scan(0, segment.count, rows, 0))];
        const wanted = Array.from({ length: segment.count }, (_, row) => row).filter((row) =>
          scan.decoded(row),
        );
        expect(found, text).toEqual(wanted);
      }
    }),
    { numRuns: runs(60) },
  );
});

it('knows of each field which headers and whether payload must be there', () => {
  const dissection = new Dissection();
  for (const segment of stores().flatMap(({ segments }) => segments)) {
    const told = toldBy(segment);
    for (let row = 0; row < segment.count; row += 1) {
      if (!told(row)) continue;
      dissect(rowPacket(segment, row), dissection);
      for (const { name } of dissection.fields.slice(0, dissection.count)) {
        const needed = layersOf(name);
        if (needed !== 0) expect((segment.layers[row] ?? 0) & needed, `${name} in row ${row}`).not.toBe(0);
        if (needsPayload(name)) expect(segment.payloadLength[row], `${name} in row ${row}`).not.toBe(0);
      }
    }
  }
});
