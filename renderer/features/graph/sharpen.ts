// Cytoscape draws textures made for powers of two and scales them, so that text between those zooms is blurred.
// A copy of textures is right while the picture moves (moved-copy.ts); when it rests it is drawn anew at its exact scale. Its layers of many
// elements' textures are not used: they are hardly ever whole while one moves, and then cost without being drawn.
// This reaches into the renderer of cytoscape 3.34 (drawLayeredElements, drawCachedElements, drawElements); where they
// are not what is expected, nothing changes.
import type cytoscape from 'cytoscape';
import { InView } from './in-view.ts';
import { MovedCopy } from './moved-copy.ts';

type DrawCached = (
  context: CanvasRenderingContext2D,
  elements: readonly cytoscape.SingularElementArgument[],
  pixelRatio: number,
  extent: unknown,
) => void;

interface CanvasRenderer {
  drawLayeredElements: DrawCached;
  drawCachedElements: DrawCached;
  drawElements: (
    context: CanvasRenderingContext2D,
    elements: readonly cytoscape.SingularElementArgument[],
  ) => void;
}

/** Long enough that a wheel's next step comes before it. */
const REST_MS = 120;

export function drawSharplyAtRest(cy: cytoscape.Core): void {
  const renderer: unknown = (cy as unknown as { renderer(): unknown }).renderer();
  if (!isCanvasRenderer(renderer)) return;
  const inView = new InView(cy);
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
  const copy = new MovedCopy(cy);
  renderer.drawLayeredElements = (context, elements, pixelRatio) => {
    const isMoving = performance.now() - movedAt < REST_MS;
    const isDrawn =
      isMoving &&
      copy.draw(context, elements, pixelRatio, (of, covered) => {
        renderer.drawCachedElements(of, inView.of(elements, covered), pixelRatio, covered);
      });
    if (!isMoving) copy.forget();
    if (!isDrawn) renderer.drawElements(context, inView.of(elements, cy.extent()));
  };
}

function isCanvasRenderer(renderer: unknown): renderer is CanvasRenderer {
  return (
    typeof renderer === 'object' &&
    renderer !== null &&
    'drawLayeredElements' in renderer &&
    typeof renderer.drawLayeredElements === 'function' &&
    'drawCachedElements' in renderer &&
    typeof renderer.drawCachedElements === 'function' &&
    'drawElements' in renderer &&
    typeof renderer.drawElements === 'function'
  );
}
