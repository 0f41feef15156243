// Cytoscape, kept on a short lead: it has those elements of a drawing that are in view and around (held.ts), and reports what was pressed.
import cytoscape from 'cytoscape';
import { type Element, textId, toElements } from './elements.ts';
import { type Held, Holder } from './held.ts';
import type { Viewport } from './paint-highlights.ts';
import type { Drawing, Point } from './shapes.ts';
import { drawSharplyAtRest } from './sharpen.ts';
import { type Palette, stylesheet } from './stylesheet.ts';

export interface GraphCanvasEvents {
  pressed(id: string | null): void;
  menuAsked(id: string, at: Point): void;
  /** Regions in view for which there is no room. */
  leftOut(held: Pick<Held, 'left' | 'isWhole'>): void;
}

export interface GraphCanvas extends Disposable {
  show(drawing: Drawing): void;
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
const nothing: Drawing = { boxes: [], lines: [], texts: [] };

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
  let elements = new Map<string, Element>();
  let boxes = new Map<string, Drawing['boxes'][number]>();
  let holder = new Holder(nothing, false);
  let held = holder.hold(cy.extent(), 1);
  let said: ReadonlyMap<string, string> = new Map();
  let chosen: ReadonlySet<string> = new Set();

  const put = (id: string): void => {
    const element = elements.get(id);
    if (element === undefined) return;
    const text = said.get(id);
    const fields = text === undefined ? element.fields : { ...element.fields, text };
    paint(cy, { ...element, fields }, signatures, chosen.has(id));
  };
  /** Gives Cytoscape what this view needs, and takes from it what it does not. */
  const hold = (): void => {
    const before = held;
    held = holder.hold(cy.extent(), cy.zoom());
    if (held === before) return;
    if (held.left !== before.left || held.isWhole !== before.isWhole) events.leftOut(held);
    cy.batch(() => {
      const gone = cy.elements().filter((each) => !held.ids.has(each.id()));
      gone.forEach((each) => {
        signatures.delete(each.id());
      });
      gone.remove();
      // Lines after the boxes between which they are: in the drawing's order.
      for (const id of elements.keys()) if (held.ids.has(id)) put(id);
    });
  };
  const fit = (): void => {
    const { bounds } = holder;
    if (bounds === null) return;
    const [w, h] = [bounds.x2 - bounds.x1, bounds.y2 - bounds.y1];
    const zoom = Math.min(
      (cy.width() - 2 * PADDING) / Math.max(1, w),
      (cy.height() - 2 * PADDING) / Math.max(1, h),
      LARGEST_FIT,
    );
    moveTo(zoom, { x: (bounds.x1 + bounds.x2) / 2, y: (bounds.y1 + bounds.y2) / 2 });
    movedByHand = false;
  };
  /** In one step: what is in view is asked for once. */
  const moveTo = (zoom: number, middle: Point): void => {
    const within = Math.max(cy.minZoom(), Math.min(cy.maxZoom(), zoom));
    const pan = { x: cy.width() / 2 - middle.x * within, y: cy.height() / 2 - middle.y * within };
    cy.viewport({ zoom: within, pan });
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
  cy.on('viewport resize', hold);
  cy.on('scrollzoom dragpan pinchzoom', () => {
    movedByHand = true;
  });

  return {
    show(drawing) {
      elements = new Map(toElements(drawing).map((element) => [element.id, element]));
      boxes = new Map(drawing.boxes.map((box) => [box.id, box]));
      holder = new Holder(drawing, held.far);
      said = new Map();
      hold();
    },
    say(texts) {
      said = new Map([...texts].map(([id, text]) => [textId(id), text]));
      cy.batch(() => {
        for (const [id, text] of said) cy.getElementById(id).data('text', text);
      });
    },
    choose(ids) {
      chosen = ids;
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
      const box = boxes.get(id);
      if (box === undefined) return;
      movedByHand = true;
      const [w, h] = [cy.width() - 2 * PADDING, cy.height() - 2 * PADDING];
      moveTo(Math.min(w / box.w, h / box.h, LARGEST_FIT), box);
    },
    reveal(id) {
      const box = boxes.get(id);
      if (box === undefined) return;
      const seen = cy.extent();
      const { x, y } = box;
      if (x < seen.x1 || x > seen.x2 || y < seen.y1 || y > seen.y2) moveTo(cy.zoom(), box);
    },
    settle() {
      cy.resize();
      if (!movedByHand) fit();
    },
    viewport() {
      return { ...cy.pan(), zoom: cy.zoom(), far: held.far };
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
function paint(
  cy: cytoscape.Core,
  element: Element,
  signatures: Map<string, string>,
  isChosen: boolean,
): void {
  const old = cy.getElementById(element.id);
  // An edge goes with its node, whatever its signature says.
  if (old.nonempty() && signatures.get(element.id) === element.signature) return;
  signatures.set(element.id, element.signature);
  const classes = isChosen ? `${element.classes} chosen` : element.classes;
  const sameEnds =
    element.group === 'nodes' ||
    (old.data('source') === element.fields['source'] && old.data('target') === element.fields['target']);
  if (old.nonempty() && sameEnds) {
    old.data({ ...element.fields });
    if (element.position !== null && old.isNode()) old.position({ ...element.position });
    old.classes(classes);
    return;
  }
  old.remove();
  cy.add({
    group: element.group,
    data: { id: element.id, ...element.fields },
    ...(element.position === null ? {} : { position: { ...element.position } }),
    classes,
  });
}
