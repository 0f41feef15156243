// While the picture moves, a copy of it is moved: one image a frame instead of hundreds of elements. It is somewhat larger than the view, and
// drawn anew when the view leaves it, is much larger or smaller than it, or something in it has changed.
import type cytoscape from 'cytoscape';
import type { Extent } from './in-view.ts';

type Elements = readonly cytoscape.SingularElementArgument[];

/** Of the view's width and height, on each side. */
const MARGIN = 0.25;
/** How far the zoom may be from the copy's: it is drawn anew at rest, and nobody reads while it moves. */
const MOST_SCALED = 1.6;

interface Copied {
  readonly elements: Elements;
  readonly covered: Extent;
  readonly zoom: number;
}

export class MovedCopy {
  readonly #cy: cytoscape.Core;
  readonly #canvas = document.createElement('canvas');
  #copied: Copied | null = null;

  constructor(cy: cytoscape.Core) {
    this.#cy = cy;
    cy.on('style data position background add remove resize', () => {
      this.#copied = null;
    });
  }

  /** It rests: what is copied next is of a later picture. */
  forget(): void {
    this.#copied = null;
  }

  /** @param context in the picture's own coordinates @param paint what lies within, in the same coordinates; false: nothing could be drawn */
  draw(
    context: CanvasRenderingContext2D,
    elements: Elements,
    pixelRatio: number,
    paint: (context: CanvasRenderingContext2D, covered: Extent) => void,
  ): boolean {
    const seen = this.#cy.extent();
    const zoom = this.#cy.zoom();
    if (this.#copied === null || !isGood(this.#copied, elements, seen, zoom)) {
      this.#copied = this.#copy(elements, seen, zoom, pixelRatio, paint);
      if (this.#copied === null) return false;
    }
    const { x1, y1, x2, y2 } = this.#copied.covered;
    context.drawImage(this.#canvas, x1, y1, x2 - x1, y2 - y1);
    return true;
  }

  #copy(
    elements: Elements,
    { x1, y1, x2, y2 }: Extent,
    zoom: number,
    pixelRatio: number,
    paint: (context: CanvasRenderingContext2D, covered: Extent) => void,
  ): Copied | null {
    const context = this.#canvas.getContext('2d');
    if (context === null) return null;
    const [aside, above] = [(x2 - x1) * MARGIN, (y2 - y1) * MARGIN];
    const covered = { x1: x1 - aside, y1: y1 - above, x2: x2 + aside, y2: y2 + above };
    const scale = zoom * pixelRatio;
    this.#canvas.width = Math.ceil((covered.x2 - covered.x1) * scale);
    this.#canvas.height = Math.ceil((covered.y2 - covered.y1) * scale);
    context.setTransform(scale, 0, 0, scale, -covered.x1 * scale, -covered.y1 * scale);
    paint(context, covered);
    return { elements, covered, zoom };
  }
}

/** Whether it can be moved to where the view is now. */
export function isGood(copied: Copied, elements: Elements, seen: Extent, zoom: number): boolean {
  const { covered } = copied;
  const scaled = zoom / copied.zoom;
  return (
    copied.elements === elements &&
    scaled <= MOST_SCALED &&
    scaled >= 1 / MOST_SCALED &&
    seen.x1 >= covered.x1 &&
    seen.y1 >= covered.y1 &&
    seen.x2 <= covered.x2 &&
    seen.y2 <= covered.y2
  );
}
