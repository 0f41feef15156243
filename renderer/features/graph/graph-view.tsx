import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Maximize2, Minus, Plus } from 'lucide-react';
import { EntityMenu, type MenuRequest } from '../../ui/entity-menu.tsx';
import { select, useSelection } from '../../state/selection.ts';
import { useTopology } from '../../state/topology.ts';
import { toggleExpanded, useUi } from '../../state/ui.ts';
import { useWatchState } from '../../state/watch.ts';
import { IconButton } from '../../ui/button.tsx';
import { fontsLoaded } from '../../ui/load-fonts.ts';
import { useTheme } from '../../ui/use-theme.ts';
import { textsNow } from './ages.ts';
import { Ages } from './ages-overlay.tsx';
import { chosenShapes } from './chosen.ts';
import { createGraphCanvas, type GraphCanvas } from './graph-canvas.ts';
import type { Held } from './held.ts';
import { graphStrings } from './strings.ts';
import { nearestInDirection } from './nearest.ts';
import { readPalette } from './read-palette.ts';
import { HighlightsOverlay } from './highlights-overlay.tsx';
import { JourneyBar } from './journey-bar.tsx';
import { Legend, PathLegend } from './legend.tsx';
import { PathOverlay } from './path-overlay.tsx';
import { lineOf, summarize } from './summary.ts';
import { TrafficLines } from './traffic-lines.tsx';
import { useLayout, usePicture, useViewport } from './use-picture.ts';
import './graph.css';

const PAN_STEP = 60;
const ZOOM_STEP = 1.25;

export function GraphView(): ReactNode {
  const picture = usePicture();
  const [viewport, measure] = useViewport();
  const layout = useLayout(picture, viewport);
  const selected = useSelection((state) => state.selected);
  /** Where the packet of the selected row, or of the selected line, was seen. */
  const pointed = useWatchState((state) => state.pointed);
  const theme = useTheme();
  const [menu, setMenu] = useState<MenuRequest | null>(null);
  const [leftOut, setLeftOut] = useState<Pick<Held, 'left' | 'isWhole'>>({ left: 0, isWhole: true });
  const canvas = useRef<GraphCanvas | null>(null);
  const host = useRef<HTMLDivElement | null>(null);
  /** The node that was just folded or unfolded: it is shown when it has its new place. */
  const turned = useRef<string | null>(null);
  const current = useRef(layout);
  useLayoutEffect(() => {
    current.current = layout;
  }, [layout]);

  const press = useCallback((id: string | null, walking = false): void => {
    if (id === null) {
      select(null);
      return;
    }
    const box = current.current.boxes.find((each) => each.id === id);
    if (box?.kind === 'fold' && box.nodeId !== null) {
      turned.current = box.nodeId;
      toggleExpanded(box.nodeId);
      return;
    }
    const target = box?.selects ?? current.current.lines.find((each) => each.id === id)?.selects ?? null;
    if (target !== null) select(target, { walking });
  }, []);

  const [ready, setReady] = useState(false);
  useEffect(() => {
    let left = false;
    void fontsLoaded().then(() => {
      if (!left) setReady(true);
    });
    return () => {
      left = true;
    };
  }, []);

  useEffect(() => {
    const container = host.current;
    if (container === null || !ready) return;
    const graph = createGraphCanvas(container, readPalette(), {
      pressed: press,
      menuAsked: (id, at) => {
        const { boxes, lines } = current.current;
        const target =
          boxes.find((box) => box.id === id)?.selects ?? lines.find((line) => line.id === id)?.selects;
        if (target) setMenu({ target, ...at });
      },
      leftOut: setLeftOut,
    });
    canvas.current = graph;
    graph.show(current.current);
    graph.fit();
    return () => {
      canvas.current = null;
      graph[Symbol.dispose]();
    };
  }, [press, ready]);

  useEffect(() => {
    canvas.current?.setPalette(readPalette());
  }, [theme]);

  useEffect(() => {
    canvas.current?.show(layout);
  }, [layout]);

  // Showing puts texts without their ages; the next tick of Ages may be a second away.
  useEffect(() => {
    canvas.current?.say(textsNow(layout.texts, Date.now()));
  }, [layout, ready]);

  useEffect(() => {
    canvas.current?.settle();
  }, [viewport, layout.width, layout.height]);

  const unfolded = useUi((state) => state.expandedNodes);
  useEffect(() => {
    const id = turned.current;
    turned.current = null;
    if (id === null) return;
    if (unfolded.has(id)) canvas.current?.zoomTo(id);
    else canvas.current?.fit();
  }, [unfolded]);

  const summary = useMemo(
    () => summarize(picture, new Set(layout.boxes.map((box) => box.id))),
    [picture, layout],
  );

  const podOfInterface = usePodOfInterface();
  useEffect(() => {
    const lit = pointed.flatMap((id) => [...chosenShapes(layout, { kind: 'interface', id }, podOfInterface)]);
    canvas.current?.choose(new Set([...chosenShapes(layout, selected, podOfInterface), ...lit]));
  }, [layout, selected, pointed, podOfInterface, ready]);

  useEffect(() => {
    if (selected !== null) canvas.current?.reveal(selected.id);
  }, [selected]);

  const [spoken, setSpoken] = useState('');
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const graph = canvas.current;
    if (
      graph === null ||
      !handleKey(event.key, event.shiftKey, graph, () => selected?.id ?? null, layout, press)
    )
      return;
    event.preventDefault();
    // The graph is an application to a screen reader, so it must say itself where the selection went.
    const next = useSelection.getState().selected;
    if (event.shiftKey && next !== null) setSpoken(lineOf(picture, next));
  };

  return (
    <section
      className="graph"
      aria-label={graphStrings.label}
      data-testid="graph"
      data-density={layout.density}
    >
      <div
        ref={(element) => {
          host.current = element;
          measure(element);
        }}
        className="graph-canvas"
        role="application"
        aria-label={graphStrings.canvas}
        aria-describedby="graph-keys"
        tabIndex={0}
        onKeyDown={onKeyDown}
      />
      <PathOverlay graph={canvas} layout={layout} ready={ready} />
      <HighlightsOverlay graph={canvas} picture={picture} layout={layout} />
      <p id="graph-keys" className="visually-hidden">
        {graphStrings.keys}
      </p>
      <Ages canvas={canvas} layout={layout} />
      <p className="visually-hidden" role="status" data-testid="graph-spoken">
        {spoken}
      </p>
      <GraphSummary lines={summary} />
      <div className="graph-tools">
        <IconButton label={graphStrings.zoomIn} onClick={() => canvas.current?.zoomBy(ZOOM_STEP)}>
          <Plus size={15} aria-hidden />
        </IconButton>
        <IconButton label={graphStrings.zoomOut} onClick={() => canvas.current?.zoomBy(1 / ZOOM_STEP)}>
          <Minus size={15} aria-hidden />
        </IconButton>
        <IconButton label={graphStrings.fit} onClick={() => canvas.current?.fit()}>
          <Maximize2 size={14} aria-hidden />
        </IconButton>
      </div>
      <JourneyBar />
      <Legend />
      <PathLegend />
      {!leftOut.isWhole ? (
        <p className="graph-note" role="status">
          {leftOut.left > 0 ? graphStrings.leftOut(leftOut.left) : graphStrings.partsLeftOut}
        </p>
      ) : picture.hiddenArcs > 0 ? (
        <p className="graph-note">{graphStrings.hiddenArcs(picture.hiddenArcs)}</p>
      ) : null}
      <EntityMenu
        request={menu}
        onClose={() => {
          setMenu(null);
        }}
      />
    </section>
  );
}

function GraphSummary({ lines }: { readonly lines: readonly string[] }): ReactNode {
  return (
    <ul className="visually-hidden" data-testid="graph-summary" aria-label={graphStrings.summary}>
      {lines.map((line, index) => (
        <li key={`${String(index)}:${line}`}>{line}</li>
      ))}
      <TrafficLines />
    </ul>
  );
}

function usePodOfInterface(): (interfaceId: string) => string | null {
  const topology = useTopology((state) => state.topology);
  return useCallback(
    (interfaceId) => {
      const each = topology?.interfaces[interfaceId];
      return each === undefined ? null : (topology?.netns[each.netnsId]?.podId ?? null);
    },
    [topology],
  );
}

const directions: Partial<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function handleKey(
  key: string,
  shift: boolean,
  graph: GraphCanvas,
  selectedId: () => string | null,
  layout: Parameters<typeof nearestInDirection>[0],
  press: (id: string | null, walking?: boolean) => void,
): boolean {
  const direction = directions[key];
  if (direction !== undefined) {
    if (shift) {
      const next = nearestInDirection(layout, selectedId(), direction);
      if (next !== null) press(next, true);
    } else {
      graph.panBy(-direction[0] * PAN_STEP, -direction[1] * PAN_STEP);
    }
    return true;
  }
  if (key === '+' || key === '=') graph.zoomBy(ZOOM_STEP);
  else if (key === '-') graph.zoomBy(1 / ZOOM_STEP);
  else if (key === '0' || key === 'f') graph.fit();
  else if (key === 'Escape') press(null);
  else return false;
  return true;
}
