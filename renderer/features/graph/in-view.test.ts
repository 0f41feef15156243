import cytoscape from 'cytoscape';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { runs } from '../../../app/testing/runs.ts';
import { InView } from './in-view.ts';

function graph(places: readonly { x: number; y: number }[]): cytoscape.Core {
  return cytoscape({
    headless: true,
    styleEnabled: true,
    style: [{ selector: 'node', style: { width: 10, height: 10 } }],
    elements: places.map((position, index) => ({ data: { id: `n${String(index)}` }, position })),
    layout: { name: 'preset' },
  });
}

const ids = (elements: readonly cytoscape.SingularElementArgument[]): string[] =>
  elements.map((each) => each.id());

const place = fc.record({ x: fc.integer({ min: -500, max: 500 }), y: fc.integer({ min: -500, max: 500 }) });

it('holds what touches the view, wherever elements have gone since', () => {
  fc.assert(
    fc.property(
      fc.array(place, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(), place), { maxLength: 12 }),
      (places, moves) => {
        const cy = graph(places);
        const inView = new InView(cy);
        const elements = cy.elements().toArray();
        const seen = { x1: -200, y1: -100, x2: 200, y2: 100 };
        for (const [which, to] of [null, ...moves].map((each) => each ?? [null, null])) {
          if (which !== null && to !== null) cy.nodes()[which % places.length]?.position(to);
          const expected = elements.filter((each) => {
            const { x1, y1, x2, y2 } = each.boundingBox();
            return x1 <= seen.x2 && x2 >= seen.x1 && y1 <= seen.y2 && y2 >= seen.y1;
          });
          expect(ids(inView.of(elements, seen))).toEqual(ids(expected));
        }
        cy.destroy();
      },
    ),
    { numRuns: runs(50) },
  );
});

it('asks no element for its box again that has not changed', () => {
  const cy = graph(Array.from({ length: 20 }, (_, index) => ({ x: index * 20, y: 0 })));
  const inView = new InView(cy);
  const elements = cy.elements().toArray();
  const seen = { x1: 0, y1: -10, x2: 100, y2: 10 };
  inView.of(elements, seen);
  const asked = elements.map((element) => vi.spyOn(element, 'boundingBox'));
  cy.getElementById('n3').position({ x: 500, y: 0 });
  inView.of(elements, { ...seen, x1: 20 });
  expect(asked.map((spy) => spy.mock.calls.length)).toEqual(elements.map((_, at) => (at === 3 ? 1 : 0)));
  cy.destroy();
});
