import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../../../app/testing/runs.ts';
import { buildTopology } from '../../dev/fixture.ts';
import { buildView } from '../../dev/plan-view.ts';
import { manyPods } from '../../dev/plans.ts';
import { noFreshness } from '../../state/freshness.ts';
import { buildPicture } from './build-picture.ts';
import { textId, toElements } from './elements.ts';
import { type Extent, Holder, MOST_ELEMENTS } from './held.ts';
import { type Layout, layOut, noMemory } from './layout.ts';

function layoutOf(nodes: number, pods = 12): Layout {
  const plans = manyPods(nodes, pods);
  const topology = buildTopology(plans, 'lab');
  const statuses = buildView(plans, 'lab', 0).nodes;
  const picture = buildPicture({ topology, statuses, freshness: noFreshness, focusNode: null });
  const viewport = { w: 1800, h: 900 };
  return layOut({ picture, viewport, unfolded: new Set(), pinnedPods: new Set() }, noMemory);
}

const layouts = new Map([3, 40, 120].map((nodes) => [nodes, layoutOf(nodes)]));
const elementsOf = new Map(
  [...layouts.values()].map((layout) => [
    layout,
    new Map(toElements(layout).map((element) => [element.id, element])),
  ]),
);
const whole = ({ bounds }: Holder): Extent => bounds ?? { x1: 0, y1: 0, x2: 0, y2: 0 };

it('is at most 400 elements, wherever one looks, and each line has its ends', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...layouts.values()),
      fc.array(
        fc.record({
          zoom: fc.double({ min: 0.08, max: 3, noNaN: true }),
          x: fc.double({ min: 0, max: 1, noNaN: true }),
          y: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      (layout, views) => {
        const holder = new Holder(layout, false);
        const { x1, y1, x2, y2 } = whole(holder);
        for (const { zoom, x, y } of views) {
          const [w, h] = [1800 / zoom / 2, 900 / zoom / 2];
          const [cx, cy] = [x1 + (x2 - x1) * x, y1 + (y2 - y1) * y];
          const { ids } = holder.hold({ x1: cx - w, x2: cx + w, y1: cy - h, y2: cy + h }, zoom);
          expect(ids.size).toBeLessThanOrEqual(MOST_ELEMENTS);
          for (const id of ids) {
            const { source, target } = elementsOf.get(layout)?.get(id)?.fields ?? {};
            if (source !== undefined)
              expect([ids.has(String(source)), ids.has(String(target))]).toEqual([true, true]);
          }
        }
      },
    ),
    { numRuns: runs(25) },
  );
});

it('a small picture is there as a whole; of a large one every region, or it is said how many are not', () => {
  const small = layouts.get(3);
  const large = layouts.get(120);
  if (small === undefined || large === undefined) throw new Error('no layout');
  const all = (layout: Layout, zoom: number): ReturnType<Holder['hold']> => {
    const holder = new Holder(layout, false);
    return holder.hold(whole(holder), zoom);
  };
  const near = all(small, 1);
  expect(near.far).toBe(false);
  for (const { id } of small.boxes) expect(near.ids.has(id)).toBe(true);
  const far = all(large, 0.3);
  expect([far.far, far.left, near.isWhole]).toEqual([true, 0, true]);
  for (const { id, kind } of large.boxes) if (kind === 'region') expect(far.ids.has(id)).toBe(true);
  const [region] = large.boxes;
  const more = Array.from({ length: 500 }, (_, at) => ({
    ...region,
    id: String(at),
    kind: 'region',
    x: at * 500,
  }));
  expect(all({ ...large, boxes: more as Layout['boxes'], lines: [], texts: [] }, 0.1).left).toBe(100);
});

it.each([150, 250])('of %i nodes from afar it is said what ails them, and that not all is drawn', (nodes) => {
  const layout = layoutOf(nodes, 1);
  let ailing = 0;
  const texts = layout.texts.map((text) =>
    text.style === 'far-line' && ++ailing % 3 === 0 ? { ...text, tone: 'bad' as const } : text,
  );
  const holder = new Holder({ ...layout, texts }, false);
  const { ids, left, isWhole } = holder.hold(whole(holder), 0.2);
  expect([ids.size <= MOST_ELEMENTS, left, isWhole]).toEqual([true, 0, false]);
  const held = (of: typeof texts): number => of.filter(({ id }) => ids.has(textId(id))).length;
  const trouble = texts.filter(({ style, tone }) => style === 'far-line' && tone === 'bad');
  expect([trouble.length, held(trouble)]).toEqual([Math.floor(nodes / 3), Math.floor(nodes / 3)]);
  // All of what is alike, or none of it.
  const names = texts.filter(({ style }) => style === 'far');
  expect(held(names)).toBe(nodes === 150 ? names.length : 0);
});

it('tells regions from afar where their small print would be too much, and does not change its mind at once', () => {
  const layout = layouts.get(120);
  if (layout === undefined) throw new Error('no layout');
  const holder = new Holder(layout, false);
  const held = holder.hold(whole(holder), 0.6);
  expect(held.far).toBe(true);
  expect(holder.hold(whole(holder), 0.6)).toEqual(held);
});

it('what was held before does for a view within it', () => {
  const layout = layouts.get(40);
  if (layout === undefined) throw new Error('no layout');
  const holder = new Holder(layout, false);
  const { x1, y1 } = whole(holder);
  const first = holder.hold({ x1, y1, x2: x1 + 800, y2: y1 + 400 }, 1);
  expect(holder.hold({ x1: x1 + 20, y1: y1 + 10, x2: x1 + 780, y2: y1 + 390 }, 1)).toBe(first);
});
