// Where the window was, so that it opens there again – unless that screen is gone.
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** Device-independent pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const boundsSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
  maximized: z.boolean(),
});
export type WindowBounds = z.infer<typeof boundsSchema>;

/** Tree, graph and inspector beside each other need this much. */
export const LEAST_SIZE = { width: 960, height: 600 } as const;
export const DEFAULT_SIZE = { width: 1440, height: 900 } as const;

/** @param workAreas the screens without their panels; the first is the primary one. */
export function fitBounds(saved: WindowBounds | null, workAreas: readonly Rectangle[]): Rectangle {
  const home = workAreas.find((area) => saved !== null && overlap(saved, area) > 0) ?? workAreas[0];
  if (home === undefined) return { x: 0, y: 0, ...DEFAULT_SIZE };
  const width = clamp(saved?.width ?? DEFAULT_SIZE.width, LEAST_SIZE.width, home.width);
  const height = clamp(saved?.height ?? DEFAULT_SIZE.height, LEAST_SIZE.height, home.height);
  const wanted =
    saved !== null && overlap(saved, home) > 0
      ? saved
      : { x: home.x + (home.width - width) / 2, y: home.y + (home.height - height) / 2 };
  return {
    x: Math.round(clamp(wanted.x, home.x, home.x + home.width - width)),
    y: Math.round(clamp(wanted.y, home.y, home.y + home.height - height)),
    width,
    height,
  };
}

/** Null when there is none or it cannot be read: a lost window place is not worth a word. */
export async function readBounds(folder: string): Promise<WindowBounds | null> {
  try {
    const parsed = boundsSchema.safeParse(JSON.parse(await readFile(fileIn(folder), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export async function writeBounds(folder: string, bounds: WindowBounds): Promise<void> {
  const draft = `${fileIn(folder)}.new`;
  try {
    await writeFile(draft, JSON.stringify(boundsSchema.parse(bounds)));
    await rename(draft, fileIn(folder));
  } catch {
    // As above: a read-only profile must not get in the way of quitting.
  }
}

function fileIn(folder: string): string {
  return path.join(folder, 'window-bounds.json');
}

/** Square pixels that two rectangles share. */
function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/** The upper bound wins: a screen smaller than our least size still holds the whole window. */
function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
