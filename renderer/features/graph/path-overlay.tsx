// The traced path above the picture: an SVG that follows Cytoscape's pan and zoom. It is still; the packets that move are drawn over it.
import { type ReactNode, type RefObject, useEffect, useMemo, useRef } from 'react';
import { middleEllipsis } from '../../state/text.ts';
import { ownerOf } from '../../state/route-owner.ts';
import { podOfNamespace } from '../../state/topology-index.ts';
import { useTopology } from '../../state/topology.ts';
import { useObserved } from '../../state/observed.ts';
import { earlierQuestion, otherWay, shownPath, useTrace } from '../../state/trace.ts';
import type { GraphCanvas } from './graph-canvas.ts';
import type { Layout } from './layout.ts';
import {
  type PathDrawing,
  pathDrawing,
  type PathOwners,
  type PathPlate,
  type PathTunnel,
  shapesOf,
} from './path-drawing.ts';
import { type PathMark, pathMarks } from './path-sightings.ts';
import type { Way } from './path-wires.ts';
import { MONO_EM, monoColumns, type Point } from './shapes.ts';
import './path-overlay.css';

const ARROW = 'graph-path-arrow';
const PAD = 10;
/** px: two lines of a plate and what surrounds them. */
const PLATE_HEIGHT = 44;
/** px: of a tunnel's name below its line, where the wire's own name does not stand. */
const TUNNEL_NAME_BELOW = 15;
/** px a letter of 10.5 px. */
const MONO_WIDTH = 10.5 * MONO_EM;

export function PathOverlay({
  graph,
  layout,
  ready,
}: {
  readonly graph: RefObject<GraphCanvas | null>;
  readonly layout: Layout;
  /** The canvas is there, so that its moves can be followed. */
  readonly ready: boolean;
}): ReactNode {
  const path = useTrace(shownPath);
  const other = useTrace(otherWay);
  const isBack = useTrace(({ shown }) => shown === 'back');
  const isOld = useTrace((state) => earlierQuestion(state) !== null);
  const owners = usePathOwners();
  const drawn = useMemo(
    () => (path === null ? null : pathDrawing(path, layout, owners)),
    [path, layout, owners],
  );
  const beside = useMemo(
    () => (other === null ? null : pathDrawing(other, layout, owners)),
    [other, layout, owners],
  );
  const observed = useObserved(path);
  const marks = useMemo(
    () => pathMarks((observed?.byHop ?? []).flat(), shapesOf(layout), owners),
    [observed, layout, owners],
  );
  const moved = useRef<SVGGElement | null>(null);
  useEffect(() => {
    const follow = (): void => {
      const viewport = graph.current?.viewport();
      if (viewport === undefined || moved.current === null) return;
      const { x, y, zoom, far } = viewport;
      moved.current.setAttribute('transform', `translate(${String(x)} ${String(y)}) scale(${String(zoom)})`);
      moved.current.classList.toggle('far', far);
    };
    follow();
    return graph.current?.onViewport(follow);
  }, [graph, drawn, ready]);
  if (drawn === null || path === null) return null;
  return (
    <svg
      className={`graph-path ${path.verdict} ${isOld ? 'old' : ''}`}
      aria-hidden="true"
      data-testid="graph-path"
      data-way={isBack ? 'back' : 'forth'}
      data-verdict={path.verdict}
    >
      <defs>
        <marker
          id={ARROW}
          viewBox="0 0 8 8"
          refX="5"
          refY="4"
          markerWidth="4.6"
          markerHeight="4.6"
          orient="auto"
        >
          <path d="M0 0 8 4 0 8Z" />
        </marker>
      </defs>
      <g ref={moved}>
        {beside === null ? null : <OtherWay drawn={beside} back={!isBack} />}
        {drawn.underlay.map((way) => (
          <path key={pathOf(way)} className="graph-path-underlay" d={pathOf(way)} />
        ))}
        <g className={isBack ? 'back' : ''}>
          <Ways drawn={drawn} />
          {drawn.tunnels.map((tunnel) => (
            <Tunnel key={pathOf(tunnel.way)} tunnel={tunnel} />
          ))}
        </g>
        {drawn.boxes.map(({ id, x, y, w, h }) => (
          <rect key={id} className="graph-path-box" x={x - w / 2} y={y - h / 2} width={w} height={h} rx={7} />
        ))}
        {drawn.plates.map((plate) => (
          <Plate key={plate.nodeId} plate={plate} />
        ))}
        <Stop stop={drawn.stop} />
        {marks.map((mark) => (
          <Mark key={mark.key} mark={mark} />
        ))}
      </g>
    </svg>
  );
}

function Ways({ drawn }: { readonly drawn: PathDrawing }): ReactNode {
  return drawn.legs.map((leg, at) => {
    const d = pathOf(leg);
    return (
      <g key={`${String(at)} ${d}`} data-testid="graph-path-leg">
        <path className="graph-path-halo" d={d} />
        <path className="graph-path-line" d={d} />
        <Direction leg={leg} />
      </g>
    );
  });
}

/** What goes the other way lies a little beside this one: it may take another way. */
const BESIDE = 'translate(6 5)';

function OtherWay({ drawn, back }: { readonly drawn: PathDrawing; readonly back: boolean }): ReactNode {
  const ways = [...drawn.legs, ...drawn.underlay, ...drawn.tunnels.map(({ way }) => way)];
  return (
    <g
      className={`graph-path-other ${back ? 'back' : ''}`}
      transform={BESIDE}
      data-testid={back ? 'graph-path-back' : 'graph-path-forth'}
    >
      {ways.map((way, at) => (
        <path key={`${String(at)} ${pathOf(way)}`} className="graph-path-line" d={pathOf(way)} />
      ))}
    </g>
  );
}

/** The packet's own line, over the band of what carries it. */
function Tunnel({ tunnel: { name, way } }: { readonly tunnel: PathTunnel }): ReactNode {
  const middle = middleOf(longestPart(way));
  const w = name.length * MONO_WIDTH + 12;
  return (
    <g className="graph-path-tunnel" data-testid="graph-path-tunnel">
      <path className="graph-path-line" d={pathOf(way)} />
      <Direction leg={way} />
      {middle === null ? null : (
        <g transform={`translate(${String(middle.x)} ${String(middle.y + TUNNEL_NAME_BELOW)})`}>
          <rect x={-w / 2} y={-8} width={w} height={16} rx={8} />
          <text textAnchor="middle" y={3.5}>
            {name}
          </text>
        </g>
      )}
    </g>
  );
}

function pathOf(way: Way): string {
  return way.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${String(x)} ${String(y)}`).join(' ');
}

interface Part {
  readonly from: Point;
  readonly to: Point;
}

function longestPart(way: Way): Part | null {
  const length = ({ from, to }: Part): number => Math.hypot(to.x - from.x, to.y - from.y);
  const parts = way.slice(1).map((to, at) => ({ from: way[at] ?? to, to }));
  const longest = parts.toSorted((a, b) => length(b) - length(a))[0];
  return longest === undefined || length(longest) === 0 ? null : longest;
}

function middleOf(part: Part | null): Point | null {
  return part === null ? null : { x: (part.from.x + part.to.x) / 2, y: (part.from.y + part.to.y) / 2 };
}

/** An arrowhead at the middle of the leg's longest part, where nothing else stands. */
function Direction({ leg }: { readonly leg: Way }): ReactNode {
  const longest = longestPart(leg);
  const middle = middleOf(longest);
  if (longest === null || middle === null) return null;
  const { from } = longest;
  return (
    <path
      className="graph-path-line graph-path-direction"
      d={`M${String(from.x)} ${String(from.y)} L${String(middle.x)} ${String(middle.y)}`}
      markerEnd={`url(#${ARROW})`}
    />
  );
}

/** The route that won, in the node that it belongs to, over the plate of all its routes. */
function Plate({ plate: { box, route, nextHop, nodeId, stops } }: { readonly plate: PathPlate }): ReactNode {
  const topology = useTopology((state) => state.topology);
  const { proto, table } = route;
  const owner =
    topology === null
      ? null
      : ownerOf(topology, { id: nodeId }, { proto, table, type: 'unicast', via: nextHop });
  const isOwned = owner?.owner !== 'unknown';
  const h = Math.max(PLATE_HEIGHT, box.h);
  const left = box.x - box.w / 2;
  const columns = monoColumns(box.w - 2 * PAD, 11);
  const tone = owner === null ? '' : owner.bgp ? 'bgp' : owner.owner === 'felix' ? 'ok' : '';
  return (
    <g className={`graph-path-plate ${stops ? 'stops' : ''}`}>
      <rect x={left} y={box.y - h / 2} width={box.w} height={h} rx={7} />
      <text x={left + PAD} y={isOwned ? box.y - 4 : box.y + 4}>
        {middleEllipsis(wayOf(route.text), columns)}
      </text>
      {isOwned ? (
        <text x={left + PAD} y={box.y + 13} className={`owner ${tone}`}>
          {middleEllipsis(owner?.text ?? route.proto, columns)}
        </text>
      ) : null}
    </g>
  );
}

/** Who installed it stands below; what else `ip` prints of a route says nothing of the way. */
function wayOf(route: string): string {
  return route.replace(/ (?:proto|scope|metric|src|pref) \S+/g, '');
}

function Stop({ stop }: { readonly stop: PathDrawing['stop'] }): ReactNode {
  if (stop === null) return null;
  const { x, y } = stop.at;
  return (
    <g
      className={`graph-path-stop ${stop.verdict}`}
      transform={`translate(${String(x)} ${String(y)})`}
      data-testid="graph-path-stop"
    >
      <circle r="10" />
      {stop.verdict === 'unknown' ? (
        <text textAnchor="middle" y="4.5">
          ?
        </text>
      ) : (
        <path d="M-4-4 4 4M4-4-4 4" />
      )}
    </g>
  );
}

/** What the watch saw at an interface: ticked, awaited, or missing. */
function Mark({ mark: { at, kind } }: { readonly mark: PathMark }): ReactNode {
  return (
    <g
      className={`graph-path-mark ${kind}`}
      transform={`translate(${String(at.x)} ${String(at.y)})`}
      data-testid="graph-path-mark"
      data-seen={kind}
    >
      <circle r={kind === 'missing' ? 9.5 : 6.5} />
      {kind === 'seen' ? <path d="M-3 .2-.8 2.4 3.2-2.2" /> : null}
      {kind === 'missing' ? <path d="M0-4.6V.8M0 4V4.1" /> : null}
    </g>
  );
}

function usePathOwners(): PathOwners {
  const netns = useTopology((state) => state.topology?.netns);
  const pods = useTopology((state) => state.topology?.pods);
  const interfaces = useTopology((state) => state.topology?.interfaces);
  return useMemo(
    () => ({
      podOfNetns: (id) => podOfNamespace({ netns: netns ?? {}, pods: pods ?? {} }, id),
      podOfHostEnd: (id) => {
        const each = interfaces?.[id];
        if (each === undefined || each.peer === null) return null;
        const inner = each.peer.interfaceId === null ? undefined : interfaces?.[each.peer.interfaceId];
        return each.peer.podId ?? (inner === undefined ? null : (netns?.[inner.netnsId]?.podId ?? null));
      },
    }),
    [netns, pods, interfaces],
  );
}
