// Cytoscape draws layers of textures made for powers of two and scales them, so that text between those zooms
// is blurred. Textures are right while the picture moves; when it rests it is drawn anew at its exact scale.
// This reaches into the renderer of cytoscape 3.34 (drawLayeredElements, drawElements); where they are not
// what is expected, nothing changes.
import type cytoscape from 'cytoscape';

type DrawLayered = (
  context: unknown,
  elements: readonly unknown[],
  pixelRatio: number,
  extent: unknown,
) => void;

interface CanvasRenderer {
  drawLayeredElements: DrawLayered;
  drawElements: (context: unknown, elements: readonly unknown[]) => void;
}

interface Extent {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Long enough that a wheel's next step comes before it. */
const REST_MS = 120;

export function drawSharplyAtRest(cy: cytoscape.Core): void {
  const renderer: unknown = (cy as unknown as { renderer(): unknown }).renderer();
  if (!isCanvasRenderer(renderer)) return;
  const layered = renderer.drawLayeredElements.bind(renderer);
  let movedAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | null = null;
  cy.on('viewport', () => {
    movedAt = performance.now();
    timer ??= setTimeout(function rest() {
      const wait = REST_MS - (performance.now() - movedAt);
      timer = wait > 0 ? setTimeout(rest, wait) : null;
      if (timer === null && !cy.destroyed()) (cy as unknown as { forceRender(): void }).forceRender();
    }, REST_MS);
  });
  renderer.drawLayeredElements = (context, elements, pixelRatio, extent) => {
    if (performance.now() - movedAt < REST_MS) {
      layered(context, elements, pixelRatio, extent);
      return;
    }
    const seen = cy.extent();
    renderer.drawElements(
      context,
      elements.filter((element) =>
        touches((element as cytoscape.SingularElementArgument).boundingBox(), seen),
      ),
    );
  };
}

function touches(box: Extent, seen: Extent): boolean {
  return box.x1 <= seen.x2 && box.x2 >= seen.x1 && box.y1 <= seen.y2 && box.y2 >= seen.y1;
}

function isCanvasRenderer(renderer: unknown): renderer is CanvasRenderer {
  return (
    typeof renderer === 'object' &&
    renderer !== null &&
    'drawLayeredElements' in renderer &&
    typeof renderer.drawLayeredElements === 'function' &&
    'drawElements' in renderer &&
    typeof renderer.drawElements === 'function'
  );
}
