// Whether a picture of the window shows the graph: by the colours that only the graph's canvas has there.
import fs from 'node:fs';
import { inClone } from './paths.mjs';
import { decodePng } from './png.mjs';

/** What is drawn in them: outlines of route plates and NICs with the wires between, and the routes' owners with BGP's arcs. */
const TONES = { plates: '--path-line', owners: '--bgp' };
/** The middle of the window, as shares of it: between tree and inspector, above the panel. */
const MIDDLE = { left: 0.2, right: 0.75, top: 0.06, bottom: 0.68 };
const COLUMNS = 6;
const ROWS = 4;
/** Sum of the channels' differences: outlines and letters are mixed with what is beside them. */
const NEAR = 80;
/** A dot's middle is not mixed with what lies beside it. */
const MOVING_NEAR = 40;
/** Pixels in one cell of the grid: less may be a letter's edge. */
const ENOUGH = 12;
/** Three nodes, each with a plate, a NIC and its routes' owners, lie apart. */
export const PLACES = 4;

function colourOf(name) {
  // The first block is the dark theme, in which reports are drawn.
  const theme = fs.readFileSync(inClone('renderer/ui/theme.css'), 'utf8');
  const hex = new RegExp(`${name}: #([0-9a-f]{6});`).exec(theme)?.[1];
  if (hex === undefined) throw new Error(`renderer/ui/theme.css has no colour ${name}.`);
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** Calls `visit(x, y)` for every pixel of the window's middle that is near the colour. */
function eachNear({ width, height, channels, pixels }, colour, near, visit) {
  const [left, right] = [MIDDLE.left, MIDDLE.right].map((share) => Math.round(share * width));
  const [top, bottom] = [MIDDLE.top, MIDDLE.bottom].map((share) => Math.round(share * height));
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = (y * width + x) * channels;
      const away = colour.reduce((sum, value, i) => sum + Math.abs(value - pixels[at + i]), 0);
      if (away <= near) visit((x - left) / (right - left), (y - top) / (bottom - top));
    }
  }
}

/** In how many of the grid's cells the picture has enough of the colour. */
function placesWith(picture, colour) {
  const cells = new Array(COLUMNS * ROWS).fill(0);
  eachNear(picture, colour, NEAR, (across, down) => {
    cells[Math.floor(down * ROWS) * COLUMNS + Math.floor(across * COLUMNS)] += 1;
  });
  return cells.filter((count) => count >= ENOUGH).length;
}

/** `{ plates, owners }`: at how many places of the whole window's picture (a PNG, dark theme) each is drawn. */
export function graphPlaces(png) {
  const picture = decodePng(png);
  return Object.fromEntries(
    Object.entries(TONES).map(([name, variable]) => [name, placesWith(picture, colourOf(variable))]),
  );
}

/** How many pixels of the window's picture, in its middle, have the colour of packets on their way back: nothing else there has it. */
export function movingPixels(png) {
  let count = 0;
  eachNear(decodePng(png), colourOf('--ok'), MOVING_NEAR, () => {
    count += 1;
  });
  return count;
}
