import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PacketDetailNode } from '../../../app/contract/packet-detail.ts';
import { runs } from '../../../app/testing/runs.ts';
import { detailMove, fieldsAbove, linesOf, nodeAt, treeText } from './detail-tree.ts';

const node = (depth: number, field: string, at = 0, length = 0): PacketDetailNode => ({
  depth,
  field,
  text: field,
  filter: null,
  at,
  length,
});
const packet = [
  node(0, 'eth', 0, 14), // 0
  node(1, 'eth.dst', 0, 6), // 1
  node(0, 'tcp', 14, 20), // 2
  node(1, 'tcp.srcport', 14, 2), // 3
  node(1, 'tcp.flags', 26, 2), // 4
  node(2, 'tcp.flags.syn', 27, 1), // 5
  node(2, 'tcp.flags.ack', 27, 1), // 6
  node(1, 'tcp.len'), // 7
];
const shown = (openness: [string, boolean][] = []) => linesOf(packet, new Map(openness));

describe('the lines of a packet', () => {
  it('hide what is within closed ones: link layers, and groups within layers, until they are opened', () => {
    expect(shown().map(({ index }) => index)).toEqual([0, 2, 3, 4, 7]);
    expect(shown([['tcp.flags', true]]).map(({ index }) => index)).toEqual([0, 2, 3, 4, 5, 6, 7]);
    expect(shown([['tcp', false]]).map(({ index }) => index)).toEqual([0, 2]);
  });

  it('tell a screen reader where each is among its siblings', () => {
    expect(shown([['tcp.flags', true]])).toEqual([
      { index: 0, open: false, parent: null, position: 1, siblings: 2 },
      { index: 2, open: true, parent: null, position: 2, siblings: 2 },
      { index: 3, open: null, parent: 2, position: 1, siblings: 3 },
      { index: 4, open: true, parent: 2, position: 2, siblings: 3 },
      { index: 5, open: null, parent: 4, position: 1, siblings: 2 },
      { index: 6, open: null, parent: 4, position: 2, siblings: 2 },
      { index: 7, open: null, parent: 2, position: 3, siblings: 3 },
    ]);
  });

  it('of any depths are in the order of the packet, each below its parent', () => {
    const arbitrary = fc.array(fc.record({ depth: fc.nat({ max: 6 }), open: fc.boolean() }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(arbitrary, (parts) => {
        const nodes = parts.map(({ depth }, index) => node(depth, `f${String(index)}`));
        const lines = linesOf(nodes, new Map(parts.map(({ open }, index) => [`f${String(index)}`, open])));
        const seen = new Set<number>();
        for (const line of lines) {
          if (line.parent !== null) {
            expect(seen.has(line.parent)).toBe(true);
            expect(nodes[line.parent]?.depth).toBeLessThan(nodes[line.index]?.depth ?? 0);
          }
          expect(line.position).toBeLessThanOrEqual(line.siblings);
          seen.add(line.index);
        }
        // Nothing that shows is lost when all is open.
        const all = linesOf(nodes, new Map(nodes.map(({ field }) => [field, true])));
        expect(all.map(({ index }) => index)).toEqual(nodes.map((_, index) => index));
      }),
      { numRuns: runs(200) },
    );
  });

  it('are walked as a tree is', () => {
    const lines = shown();
    const press = (key: string, from: number | null) => detailMove(lines, from, key, 2);
    expect(press('ArrowDown', null)).toEqual({ type: 'go', index: 0 });
    expect(press('ArrowDown', 0)).toEqual({ type: 'go', index: 2 });
    expect(press('ArrowRight', 0)).toEqual({ type: 'open', index: 0, open: true });
    expect(press('ArrowRight', 2)).toEqual({ type: 'go', index: 3 });
    expect(press('ArrowLeft', 3)).toEqual({ type: 'go', index: 2 });
    expect(press('ArrowLeft', 2)).toEqual({ type: 'open', index: 2, open: false });
    expect(press('ArrowLeft', 0)).toBeNull();
    expect(press('End', 0)).toEqual({ type: 'go', index: 7 });
    expect(press('Home', 7)).toEqual({ type: 'go', index: 0 });
    expect(press('PageDown', 0)).toEqual({ type: 'go', index: 3 });
    expect(press('Enter', 4)).toEqual({ type: 'open', index: 4, open: true });
    expect(press('Enter', 3)).toBeNull();
    expect(press('x', 3)).toBeNull();
  });
});

describe('a byte', () => {
  it('is the innermost field’s; one that flags share is of what holds them', () => {
    expect(nodeAt(packet, 3)).toBe(1);
    expect(nodeAt(packet, 13)).toBe(0);
    expect(nodeAt(packet, 14)).toBe(3);
    expect(nodeAt(packet, 26)).toBe(4);
    expect(nodeAt(packet, 27)).toBe(4);
    expect(nodeAt(packet, 34)).toBeNull();
    expect(fieldsAbove(packet, 6)).toEqual(['tcp.flags', 'tcp']);
  });
});

it('is copied as indented text: a field with what is within it, or the whole packet', () => {
  expect(treeText(packet, 4)).toBe('tcp.flags\n    tcp.flags.syn\n    tcp.flags.ack');
  expect(treeText(packet).split('\n')).toHaveLength(packet.length);
  expect(treeText([], 3)).toBe('');
});
