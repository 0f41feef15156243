// Which elements touch the view, without asking each: Cytoscape's boundingBox() takes some µs even from its cache, and
// a frame of a large graph would ask thousands. Boxes are kept as numbers, and asked for again only when they changed.
import type cytoscape from 'cytoscape';

export interface Extent {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

type Elements = readonly cytoscape.SingularElementArgument[];

/** x1, y1, x2, y2. */
const NUMBERS = 4;

export class InView {
  #elements: Elements = [];
  #boxes = new Float64Array(0);
  #places = new Map<string, number>();
  readonly #changed = new Set<string>();

  constructor(cy: cytoscape.Core) {
    cy.on('bounds', (event) => {
      const target: unknown = event.target;
      if (target !== cy) this.#changed.add((target as cytoscape.SingularElementArgument).id());
    });
  }

  /** Of these elements, in their order. The same array again is taken to hold the same elements. */
  of(elements: Elements, seen: Extent): cytoscape.SingularElementArgument[] {
    if (elements !== this.#elements) this.#takeAll(elements);
    else this.#takeChanged();
    const boxes = this.#boxes;
    return elements.filter((_, index) => {
      const at = index * NUMBERS;
      return (
        (boxes[at] ?? 0) <= seen.x2 &&
        (boxes[at + 1] ?? 0) <= seen.y2 &&
        (boxes[at + 2] ?? 0) >= seen.x1 &&
        (boxes[at + 3] ?? 0) >= seen.y1
      );
    });
  }

  #takeAll(elements: Elements): void {
    this.#elements = elements;
    this.#boxes = new Float64Array(elements.length * NUMBERS);
    this.#places = new Map(elements.map((element, index) => [element.id(), index]));
    elements.forEach((element, index) => {
      this.#take(element, index);
    });
    this.#changed.clear();
  }

  #takeChanged(): void {
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed];
    for (const id of changed) {
      const index = this.#places.get(id);
      const element = index === undefined ? undefined : this.#elements[index];
      if (index !== undefined && element !== undefined) this.#take(element, index);
    }
    // What asking for a box has itself changed is of no account.
    this.#changed.clear();
  }

  #take(element: cytoscape.SingularElementArgument, index: number): void {
    const { x1, y1, x2, y2 } = element.boundingBox();
    this.#boxes.set([x1, y1, x2, y2], index * NUMBERS);
  }
}
