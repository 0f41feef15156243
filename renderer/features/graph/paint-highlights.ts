// Draws what moves. The canvas has the picture's own coordinates: the context is moved by Cytoscape's pan and zoom.
import type { Alike } from './alike.ts';
import { type Lane, type Motion, FLOW_RATE, GLOW_MS, TRAVEL_MS } from './motion.ts';
import type { Palette } from './stylesheet.ts';
import type { Track, Tracks } from './tracks.ts';
import { placeOn, type Way } from './way.ts';

export interface Viewport {
  /** CSS px from the canvas' corner to the picture's origin. */
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly far: boolean;
}

export type Ink = 'away' | 'back' | 'refused';

const inks: readonly Ink[] = ['away', 'back', 'refused'];

/** Dots as pictures, a colour each: drawing one is a copy. */
export type Sprites = Readonly<Record<Ink, { readonly image: HTMLCanvasElement; readonly color: string }>>;

/** px of a sprite, halo included, at twice the size at which the largest dot is drawn. */
const SPRITE = 64;
/** Of a sprite's half, the dot itself. */
const CORE = 0.36;
/** px on the screen: of a dot for one packet, and of the largest. */
const LEAST_RADIUS = 3.2;
const MOST_RADIUS = 5.5;
/** How far behind the dots of a tail are, in radii, and how strong. */
const TAIL = [2.6, 1.3] as const;
const TAIL_ALPHA = [0.22, 0.45] as const;
/** Among more dots than these nobody follows a single one, and its tail costs twice as much as itself. */
const MOST_TAILED = 120;
/** px a second that a stream's dashes move. */
const FLOW_SPEED = 130;
const FLOW_DASH = [9, 7];
/** px on the screen, of a count's letters and from its line. */
const COUNT_PX = 10.5;
const COUNT_ASIDE = 10;

export function makeSprites(palette: Palette): Sprites {
  const colors: Record<Ink, string> = { away: palette.path, back: palette.ok, refused: palette.bad };
  const made = inks.map(
    (ink) => [ink, { image: makeSprite(colors[ink], palette.halo), color: colors[ink] }] as const,
  );
  return Object.fromEntries(made) as unknown as Sprites;
}

function makeSprite(color: string, strength: number): HTMLCanvasElement {
  const image = document.createElement('canvas');
  image.width = image.height = SPRITE;
  const context = image.getContext('2d');
  if (context === null) return image;
  const middle = SPRITE / 2;
  const halo = context.createRadialGradient(middle, middle, middle * CORE, middle, middle, middle);
  halo.addColorStop(0, color);
  // Of the same colour: “transparent” is a black one, and shows on white.
  halo.addColorStop(1, `${color}00`);
  context.globalAlpha = strength;
  context.fillStyle = halo;
  context.fillRect(0, 0, SPRITE, SPRITE);
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.beginPath();
  context.arc(middle, middle, middle * CORE, 0, 2 * Math.PI);
  context.fill();
  return image;
}

/** What lines look like, one above the other. */
export interface LineLooks {
  readonly lit: Alike;
  readonly bands: Alike;
  readonly dashes: Alike;
}

export interface Frame {
  readonly context: CanvasRenderingContext2D;
  /** Device px. */
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  readonly viewport: Viewport;
  readonly tracks: Tracks;
  readonly sprites: Sprites;
  readonly motion: Motion;
  readonly lines: LineLooks;
  /** ms. */
  readonly now: number;
  /** Nothing moves: lines are lit, and say how many packets have passed. */
  readonly still: boolean;
}

const place = { x: 0, y: 0 };

export function paintHighlights(frame: Frame): void {
  const { context, pixelRatio, viewport, motion, now } = frame;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, frame.width, frame.height);
  const scale = pixelRatio * viewport.zoom;
  context.setTransform(scale, 0, 0, scale, pixelRatio * viewport.x, pixelRatio * viewport.y);
  const tracks = viewport.far ? frame.tracks.far : frame.tracks.near;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  paintLines(frame, tracks);
  const size = sizeAt(viewport.zoom);
  for (const lane of motion.lanes) {
    const track = tracks.get(lane.interfaceId);
    if (track !== undefined) paintLane(frame, lane, track, size);
  }
  if (!frame.still) {
    const tail = motion.dots.length > MOST_TAILED ? 0 : TAIL.length;
    for (const dot of motion.dots) {
      const track = tracks.get(dot.lane.interfaceId);
      const share = (now - dot.start) / TRAVEL_MS;
      if (track === undefined || share < 0) continue;
      const sprite = frame.sprites[dot.refused ? 'refused' : inkOf(dot.lane)];
      const radius = radiusOf(dot.weight) * size;
      const way = wayOf(dot.lane, track);
      if (way.length === 0) paintPulse(frame, way, sprite.color, radius, share);
      else paintDot(context, way, sprite.image, radius, share, tail);
    }
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

/** Bigger by the logarithm of what it stands for. */
export function radiusOf(weight: number): number {
  return Math.min(MOST_RADIUS, LEAST_RADIUS + 0.5 * Math.log2(Math.max(1, weight)));
}

/** px of the picture for a px of a dot: it follows the zoom only so far, to stay visible and to hide nothing. */
export function sizeAt(zoom: number): number {
  return Math.max(0.65, Math.min(1.3, zoom)) / zoom;
}

function inkOf({ away }: Lane): Ink {
  return away ? 'away' : 'back';
}

function wayOf({ inbound }: Lane, track: Track): Way {
  return inbound ? track.inbound : track.outbound;
}

function paintLines(frame: Frame, tracks: ReadonlyMap<string, Track>): void {
  const {
    context,
    motion,
    now,
    still,
    lines: { lit, bands, dashes },
  } = frame;
  for (const lane of motion.lanes) {
    const track = tracks.get(lane.interfaceId);
    const way = track === undefined ? null : wayOf(lane, track);
    const dark = darkOf(lane, now);
    if (way === null || way.length === 0 || dark >= 1) continue;
    const { color } = frame.sprites[lineInk(frame, lane)];
    lit.add(color, 0.5 * (1 - dark), 2, way);
    if (still || lane.flowUntil <= now) continue;
    // A band as wide as the stream is strong, and dashes running with it.
    const strength = 4 + 0.5 * Math.log2(lane.rate / FLOW_RATE + 1);
    bands.add(color, 0.28, Math.min(6.4, strength), way);
    dashes.add(color, 0.95, 2.6, way);
  }
  lit.stroke(context);
  bands.stroke(context);
  context.setLineDash(FLOW_DASH);
  context.lineDashOffset = (-(now / 1000) * FLOW_SPEED) % 1600;
  dashes.stroke(context);
  context.setLineDash([]);
}

/** What shows at a place where there is no line, and in words where nothing moves. */
function paintLane(frame: Frame, lane: Lane, track: Track, size: number): void {
  const { now, still } = frame;
  const dark = darkOf(lane, now);
  if (dark >= 1) return;
  const { color } = frame.sprites[lineInk(frame, lane)];
  const way = wayOf(lane, track);
  if (way.length === 0 && (still || lane.flowUntil > now))
    paintPulse(frame, way, color, LEAST_RADIUS * size, still ? dark : (now % TRAVEL_MS) / TRAVEL_MS);
  if (still) paintCount(frame, lane, track, color, 1 - dark);
}

/** 0: it is lit; from 1 on it is dark. */
function darkOf({ movingUntil }: Lane, now: number): number {
  return Math.max(0, now - movingUntil) / GLOW_MS;
}

function lineInk({ now, still }: Frame, lane: Lane): Ink {
  const isOne = lane.flowUntil > now || still;
  return lane.refusedShare > 0.5 && isOne ? 'refused' : inkOf(lane);
}

function paintDot(
  context: CanvasRenderingContext2D,
  way: Way,
  image: HTMLCanvasElement,
  radius: number,
  share: number,
  tail: number,
): void {
  const half = radius / CORE;
  for (let each = TAIL.length - tail; each <= TAIL.length; each += 1) {
    const behind = TAIL[each] ?? 0;
    const at = share - (behind * radius) / way.length;
    if (at < 0) continue;
    placeOn(way, at, place);
    context.globalAlpha = TAIL_ALPHA[each] ?? 1;
    const size = behind === 0 ? half : half * (1 - 0.1 * behind);
    context.drawImage(image, place.x - size, place.y - size, 2 * size, 2 * size);
  }
}

/** A ring that opens: a packet passed here, and there is no line for it to travel. */
function paintPulse(frame: Frame, way: Way, color: string, radius: number, share: number): void {
  const { context, viewport } = frame;
  placeOn(way, 0, place);
  context.globalAlpha = 1 - share;
  context.strokeStyle = color;
  context.lineWidth = 2 / viewport.zoom;
  context.beginPath();
  context.arc(place.x, place.y, radius * (0.7 + 1.6 * share), 0, 2 * Math.PI);
  context.stroke();
  context.globalAlpha = Math.max(0, 1 - share * 1.4);
  context.fillStyle = color;
  context.beginPath();
  context.arc(place.x, place.y, radius * 0.7, 0, 2 * Math.PI);
  context.fill();
}

/** Beside the interface's own line, where nothing else is written: what came in over what went out. */
function paintCount(frame: Frame, lane: Lane, track: Track, color: string, alpha: number): void {
  const { context, viewport } = frame;
  const leg = track.inbound.legs[0]?.points ?? [];
  const [from, to] = leg.slice(-2);
  // A place has no line to write beside; the line that begins there says the same.
  if (from === undefined || to === undefined) return;
  const size = 1 / viewport.zoom;
  const text = `${lane.count.toLocaleString('en')} ${lane.inbound ? 'in' : 'out'}`;
  context.globalAlpha = alpha;
  context.font = `600 ${String(COUNT_PX * size)}px "JetBrains Mono Variable", monospace`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  context.fillStyle = color;
  const y = (from.y + to.y) / 2 + (lane.inbound ? -6 : 6) * size;
  context.fillText(text, Math.min(from.x, to.x) - COUNT_ASIDE * size, y);
}
