// Cytoscape, kept on a short lead: it paints what toElements() says and reports what was pressed.
import cytoscape from 'cytoscape';
import { type Element, textId } from './elements.ts';
import type { Viewport } from './paint-highlights.ts';
import type { Point } from './shapes.ts';
import { drawSharplyAtRest } from './sharpen.ts';
import { type Palette, stylesheet } from './stylesheet.ts';

export interface GraphCanvasEvents {
  pressed(id: string | null): void;
  menuAsked(id: string, at: Point): void;
}

export interface GraphCanvas extends Disposable {
  show(elements: readonly Element[]): void;
  /** Changes what texts say until they are shown anew, by their ids. */
  say(texts: ReadonlyMap<string, string>): void;
  choose(ids: ReadonlySet<string>): void;
  setPalette(palette: Palette): void;
  fit(): void;
  zoomBy(factor: number): void;
  panBy(dx: number, dy: number): void;
  /** Fills the view with one box. */
  zoomTo(id: string): void;
  /** Brings a box into view if it is outside. */
  reveal(id: string): void;
  /** Fits again unless the operator has moved the picture. */
  settle(): void;
  viewport(): Viewport;
  /** Calls the listener after each pan and zoom; returns what ends that. */
  onViewport(listener: () => void): () => void;
}

const PADDING = 18;
const LARGEST_FIT = 1.25;
/** Below this zoom the small print is unreadable and regions show their names alone. */
const FAR_ZOOM = 0.5;

export function createGraphCanvas(
  container: HTMLElement,
  palette: Palette,
  events: GraphCanvasEvents,
): GraphCanvas {
  const cy = cytoscape({
    container,
    style: stylesheet(palette),
    layout: { name: 'preset' },
    minZoom: 0.08,
    maxZoom: 3,
    boxSelectionEnabled: false,
    autoungrabify: true,
    autounselectify: true,
  });
  drawSharplyAtRest(cy);
  const signatures = new Map<string, string>();
  let movedByHand = false;
  let far: boolean | null = null;

  const applyDistance = (): void => {
    const nowFar = cy.zoom() < FAR_ZOOM;
    if (nowFar === far) return;
    far = nowFar;
    cy.batch(() => {
      cy.$('.style-far, .style-far-line').toggleClass('far', nowFar);
      cy.$('.card, .fold, .plate, .uplink, .veth, .text')
        .not('.style-far, .style-far-line')
        .toggleClass('near', nowFar);
    });
  };
  const fit = (): void => {
    if (cy.elements().empty()) return;
    const box = cy.elements().boundingBox();
    const zoom = Math.min(
      (cy.width() - 2 * PADDING) / Math.max(1, box.w),
      (cy.height() - 2 * PADDING) / Math.max(1, box.h),
      LARGEST_FIT,
    );
    cy.zoom(zoom);
    cy.center(cy.elements());
    movedByHand = false;
  };

  cy.on('tap', (event) => {
    const target: unknown = event.target;
    events.pressed(target === cy ? null : (event.target as cytoscape.SingularElementArgument).id());
  });
  cy.on('cxttap', 'node, edge', (event) => {
    const target = event.target as cytoscape.SingularElementArgument;
    const { originalEvent } = event as unknown as { originalEvent: MouseEvent };
    events.menuAsked(target.id(), { x: originalEvent.clientX, y: originalEvent.clientY });
  });
  cy.on('mouseover', '.box, edge', (event) => {
    (event.target as cytoscape.SingularElementArgument).addClass('hovered');
    container.style.cursor = 'pointer';
  });
  cy.on('mouseout', '.box, edge', (event) => {
    (event.target as cytoscape.SingularElementArgument).removeClass('hovered');
    container.style.cursor = '';
  });
  cy.on('zoom', () => {
    applyDistance();
  });
  cy.on('scrollzoom dragpan pinchzoom', () => {
    movedByHand = true;
  });

  return {
    show(elements) {
      const kept = new Set(elements.map((element) => element.id));
      cy.batch(() => {
        const gone = cy.elements().filter((each) => !kept.has(each.id()));
        gone.forEach((each) => {
          signatures.delete(each.id());
        });
        gone.remove();
        for (const element of elements) paint(cy, element, signatures);
      });
      far = null;
      applyDistance();
    },
    say(texts) {
      cy.batch(() => {
        for (const [id, text] of texts) cy.getElementById(textId(id)).data('text', text);
      });
    },
    choose(ids) {
      cy.batch(() => {
        cy.$('.chosen').forEach((each) => {
          if (!ids.has(each.id())) each.removeClass('chosen');
        });
        for (const id of ids) cy.getElementById(id).addClass('chosen');
      });
    },
    setPalette(next) {
      cy.style(stylesheet(next));
    },
    fit,
    zoomBy(factor) {
      movedByHand = true;
      cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
    },
    panBy(dx, dy) {
      movedByHand = true;
      cy.panBy({ x: dx, y: dy });
    },
    zoomTo(id) {
      const box = cy.getElementById(id);
      if (box.empty()) return;
      movedByHand = true;
      const { w, h } = box.boundingBox();
      cy.zoom(Math.min((cy.width() - 2 * PADDING) / w, (cy.height() - 2 * PADDING) / h, LARGEST_FIT));
      cy.center(box);
    },
    reveal(id) {
      const box = cy.getElementById(id);
      if (box.empty()) return;
      const seen = cy.extent();
      const { x, y } = box.position();
      if (x < seen.x1 || x > seen.x2 || y < seen.y1 || y > seen.y2) cy.center(box);
    },
    settle() {
      cy.resize();
      if (!movedByHand) fit();
    },
    viewport() {
      return { ...cy.pan(), zoom: cy.zoom(), far: cy.zoom() < FAR_ZOOM };
    },
    onViewport(listener) {
      cy.on('viewport', listener);
      return () => {
        cy.off('viewport', listener);
      };
    },
    [Symbol.dispose]() {
      cy.destroy();
    },
  };
}

/** Adds, changes or leaves alone. A change of ends means another edge: Cytoscape cannot move them in place. */
function paint(cy: cytoscape.Core, element: Element, signatures: Map<string, string>): void {
  const old = cy.getElementById(element.id);
  // An edge goes with its node, whatever its signature says.
  if (old.nonempty() && signatures.get(element.id) === element.signature) return;
  signatures.set(element.id, element.signature);
  const chosen = old.hasClass('chosen');
  const sameEnds =
    element.group === 'nodes' ||
    (old.data('source') === element.fields['source'] && old.data('target') === element.fields['target']);
  if (old.nonempty() && sameEnds) {
    old.data({ ...element.fields });
    if (element.position !== null && old.isNode()) old.position({ ...element.position });
    old.classes(chosen ? `${element.classes} chosen` : element.classes);
    return;
  }
  old.remove();
  cy.add({
    group: element.group,
    data: { id: element.id, ...element.fields },
    ...(element.position === null ? {} : { position: { ...element.position } }),
    classes: chosen ? `${element.classes} chosen` : element.classes,
  });
}
