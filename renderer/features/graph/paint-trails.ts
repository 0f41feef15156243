// Draws what is known of single packets: the journey of the one that is looked at, and where packets ended. Over the same picture and in its
// coordinates, as what moves.
import { ENDING_MS, type Ending } from './endings.ts';
import { strokeLegs } from './alike.ts';
import type { EndingSigns } from './ending-signs.ts';
import { sizeAt, type Viewport } from './paint-highlights.ts';
import type { Track } from './tracks.ts';
import { type MarkInks, paintMark } from './verdict-marks.ts';
import { placeOn, type Way } from './way.ts';
import { type Verdict, verdicts } from '../../../app/watch/model.ts';

export interface DrawnJourney {
  readonly id: number;
  readonly near: readonly (Way | null)[];
  readonly far: readonly (Way | null)[];
  readonly at: number;
  /** What became of it: told where it was seen last. */
  readonly verdict: Verdict;
}

export interface TrailsFrame {
  readonly context: CanvasRenderingContext2D;
  readonly viewport: Viewport;
  readonly inks: MarkInks;
  /** ms. */
  readonly now: number;
  readonly still: boolean;
}

/** px on the screen. */
const PACKET_RADIUS = 6;
const MARK_RADIUS = 8;
const STOP_RADIUS = 2.6;
/** A ring that opens around what did not arrive, so often and so far. */
const RING_MS = 900;
const RING_REACH = 2.6;

const place = { x: 0, y: 0 };

/** @param share of the present step that the packet has gone, 0 to 1 */
export function paintJourney(
  frame: TrailsFrame,
  { near, far, at, verdict }: DrawnJourney,
  share: number,
): void {
  const { context, viewport, inks } = frame;
  const ways = viewport.far ? far : near;
  const size = sizeAt(viewport.zoom);
  const color = inks.verdicts[verdict];
  context.strokeStyle = color;
  for (const [step, way] of ways.entries()) {
    if (way === null) continue;
    const isPassed = step < at || (step === at && share >= 1);
    context.globalAlpha = 0.22;
    context.setLineDash([]);
    context.lineWidth = 9 * size;
    if (isPassed) strokeLegs(context, way);
    context.globalAlpha = isPassed ? 0.95 : 0.5;
    context.lineWidth = (isPassed ? 2.8 : 1.6) * size;
    context.setLineDash(isPassed ? [] : [3 * size, 4 * size]);
    strokeLegs(context, way);
    placeOn(way, 1, place);
    context.setLineDash([]);
    context.globalAlpha = 1;
    context.fillStyle = isPassed ? color : inks.ground;
    context.lineWidth = 1.4 * size;
    context.beginPath();
    context.arc(place.x, place.y, STOP_RADIUS * size, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
  // Where it is not in the picture, it stays where it was seen in it.
  const shown = ways.findLastIndex((way, step) => way !== null && step <= at);
  const way = ways[shown];
  if (way === undefined || way === null) return;
  placeOn(way, shown === at ? share : 1, place);
  const isOver = at === ways.length - 1 && share >= 1;
  context.globalAlpha = 1;
  if (isOver) paintMark(context, inks, verdict, place, MARK_RADIUS * size);
  else {
    context.fillStyle = color;
    context.strokeStyle = inks.ground;
    context.lineWidth = 2 * size;
    context.beginPath();
    context.arc(place.x, place.y, PACKET_RADIUS * size, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

export function paintEndings(
  frame: TrailsFrame,
  signs: EndingSigns,
  endings: readonly Ending[],
  tracks: ReadonlyMap<string, Track>,
): void {
  const { context, viewport, now, still } = frame;
  const size = sizeAt(viewport.zoom);
  if (!still) paintRings(frame, endings, tracks, size);
  // Each that arrives is seen to arrive; a sign for all of them would hide the others.
  const signed = endings.filter(
    ({ interfaceId, verdict }) => verdict !== 'delivered' && tracks.has(interfaceId),
  );
  signs.prepare(signed, { density: size * context.getTransform().a, now, still });
  // What is written at one place stands below one another.
  const written = new Map<string, number>();
  for (const ending of signed) {
    const { interfaceId, inbound, verdict, until } = ending;
    const track = tracks.get(interfaceId);
    if (track === undefined) continue;
    const row = written.get(interfaceId) ?? 0;
    written.set(interfaceId, row + 1);
    placeOn(inbound ? track.inbound : track.outbound, 1, place);
    context.globalAlpha = Math.min(1, (3 * (until - now)) / ENDING_MS[verdict]);
    signs.draw(context, ending, { x: place.x, y: place.y + row * MARK_RADIUS * 2.2 * size }, size);
  }
  context.globalAlpha = 1;
}

/** Those that look alike at once: what a message tells of opens together. */
function paintRings(
  { context, inks, now }: TrailsFrame,
  endings: readonly Ending[],
  tracks: ReadonlyMap<string, Track>,
  size: number,
): void {
  const rings: Partial<Record<Verdict, Map<number, Path2D>>> = {};
  for (const { interfaceId, inbound, verdict, since, until } of endings) {
    const track = tracks.get(interfaceId);
    if (track === undefined) continue;
    const isQuiet = verdict === 'delivered';
    const open = isQuiet ? 1 - (until - now) / ENDING_MS[verdict] : ((now - since) % RING_MS) / RING_MS;
    const alike = (rings[verdict] ??= new Map<number, Path2D>());
    const path = alike.get(open) ?? new Path2D();
    alike.set(open, path);
    placeOn(inbound ? track.inbound : track.outbound, 1, place);
    const radius = MARK_RADIUS * size * (0.6 + RING_REACH * open * (isQuiet ? 0.4 : 1));
    path.moveTo(place.x + radius, place.y);
    path.arc(place.x, place.y, radius, 0, 2 * Math.PI);
  }
  context.lineWidth = 2 * size;
  for (const verdict of verdicts) {
    context.strokeStyle = inks.verdicts[verdict];
    for (const [open, path] of rings[verdict] ?? []) {
      context.globalAlpha = (1 - open) * (verdict === 'delivered' ? 0.7 : 0.9);
      context.stroke(path);
    }
  }
}
