// Regions in rows over their wires. All of a row are equally high, so their NICs stand on one line.
import type { Density } from './density.ts';
import { regionHeight, regionWidth } from './region.ts';
import { cellCount, type RegionPlan } from './region-plan.ts';

export interface Viewport {
  readonly w: number;
  readonly h: number;
}

export interface Arrangement {
  /** Regions side by side. */
  readonly columns: number;
  /** Pods side by side in a region. */
  readonly podColumns: number;
}

export interface Place {
  readonly plan: RegionPlan;
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly row: number;
  readonly column: number;
}

export interface Arranged {
  readonly places: readonly Place[];
  /** Where each row's first wire runs. */
  readonly wireY: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly arrangement: Arrangement;
  /** At which it fits the viewport. */
  readonly zoom: number;
}

export interface ArrangeInput {
  readonly uppers: readonly RegionPlan[];
  readonly lowers: readonly RegionPlan[];
  readonly density: Density;
  /** Free height above each row for BGP arcs. */
  readonly arcRoom: number;
  readonly wires: number;
}

export const WIRE_STEP = 30;
const REGION_GAP = { full: 44, dense: 44, mid: 36, compact: 30 };
/** From the rim to the first wire, half a NIC included. */
const TO_WIRE = { full: 52, dense: 52, mid: 34, compact: 30 };
const AFTER_WIRE = { full: 34, dense: 34, mid: 26, compact: 24 };
const MOST_POD_COLUMNS = 8;
/** A picture that is still this good compared with the best is not rearranged. */
const GOOD_ENOUGH = 0.8;
/** Larger than life gains nothing. */
const LARGEST_ZOOM = 1.1;
/** Wider rows than this are no picture any more; it also bounds the search. */
const MOST_COLUMNS = 16;

export function arrange(input: ArrangeInput, viewport: Viewport, previous: Arrangement | null): Arranged {
  // An unfolded node has a row of its own and must not widen the others.
  const counts = input.uppers.filter((plan) => !plan.unfolded).map(cellCount);
  const mostPods = Math.max(2, ...counts);
  const step = input.density.name === 'full' ? 1 : 2;
  let best: Arranged | null = null;
  for (let columns = 1; columns <= Math.max(1, Math.min(MOST_COLUMNS, input.uppers.length)); columns += 1) {
    if (input.lowers.length > columns) continue;
    for (let podColumns = 2; podColumns <= Math.min(MOST_POD_COLUMNS, mostPods + 1); podColumns += step) {
      const candidate = place(input, { columns, podColumns }, viewport);
      // Of equally good ones the first: fewer columns.
      if (best === null || candidate.zoom > best.zoom * 1.001) best = candidate;
    }
  }
  best ??= place(input, { columns: Math.max(1, input.lowers.length), podColumns: 2 }, viewport);
  if (previous !== null && input.lowers.length <= previous.columns) {
    const kept = place(input, previous, viewport);
    if (kept.zoom >= best.zoom * GOOD_ENOUGH) return kept;
  }
  return best;
}

/** What surrounds the regions: the trunk, overhanging wires, a margin. */
const MARGIN = 56;

function zoomFor(width: number, height: number, viewport: Viewport): number {
  return Math.min(viewport.w / (width + MARGIN), viewport.h / (height + MARGIN), LARGEST_ZOOM);
}

function place(input: ArrangeInput, arrangement: Arrangement, viewport: Viewport): Arranged {
  const { density } = input;
  const gap = REGION_GAP[density.name];
  const columns = Math.max(
    1,
    Math.min(arrangement.columns, Math.max(input.uppers.length, input.lowers.length)),
  );
  const w = regionWidth(density, arrangement.podColumns);
  const rowWidth = (count: number): number => count * w + (count - 1) * gap;
  const width = rowWidth(columns);
  const withColumns = (plan: RegionPlan): RegionPlan => ({ ...plan, podColumns: arrangement.podColumns });
  const places: Place[] = [];
  const wireY: number[] = [];
  let y = 0;
  const rows = rowsOf(input.uppers, columns);
  for (const [row, members] of rows.entries()) {
    y += input.arcRoom;
    const plans = members.map((plan) =>
      plan.unfolded ? { ...plan, podColumns: columnsFitting(density, width) } : withColumns(plan),
    );
    const h = Math.max(...plans.map(regionHeight));
    // A last row that is not full stays under its columns, so that the wires' drops line up.
    plans.forEach((plan, column) =>
      places.push({ plan, x: column * (w + gap), y, w: plan.unfolded ? width : w, h, row, column }),
    );
    y += h + TO_WIRE[density.name];
    wireY.push(y);
    y += (input.wires - 1) * WIRE_STEP + AFTER_WIRE[density.name];
  }
  if (input.lowers.length > 0) {
    const plans = input.lowers.map(withColumns);
    const h = Math.max(...plans.map(regionHeight));
    const left = (width - rowWidth(plans.length)) / 2;
    y += 16;
    plans.forEach((plan, column) =>
      places.push({ plan, x: left + column * (w + gap), y, w, h, row: rows.length, column }),
    );
    y += h;
  }
  return {
    places,
    wireY,
    width,
    height: y,
    arrangement: { columns, podColumns: arrangement.podColumns },
    zoom: zoomFor(width, y, viewport),
  };
}

/** Rows of so many regions; an unfolded one has a row to itself. */
function rowsOf(plans: readonly RegionPlan[], columns: number): RegionPlan[][] {
  const rows: RegionPlan[][] = [];
  let open: RegionPlan[] | null = null;
  for (const plan of plans) {
    if (plan.unfolded) {
      rows.push([plan]);
      open = null;
    } else if (open === null || open.length === columns) {
      open = [plan];
      rows.push(open);
    } else {
      open.push(plan);
    }
  }
  return rows;
}

/** Chips stand in pairs around a spine, so their columns are even in number. */
function columnsFitting(density: Density, width: number): number {
  const fitting = Math.floor((width - 2 * density.pad + density.gap.x) / (density.cell.w + density.gap.x));
  return Math.max(2, density.name === 'full' ? fitting : fitting - (fitting % 2));
}
