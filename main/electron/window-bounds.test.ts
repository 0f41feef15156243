import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitBounds, readBounds, writeBounds } from './window-bounds.ts';

const screen = { x: 0, y: 24, width: 1920, height: 1056 };
const second = { x: 1920, y: 0, width: 1280, height: 1024 };

describe('fitBounds', () => {
  it('opens in the middle of the primary screen the first time', () => {
    expect(fitBounds(null, [screen, second])).toEqual({ x: 240, y: 102, width: 1440, height: 900 });
  });

  it('opens where it was', () => {
    const saved = { x: 2000, y: 50, width: 1000, height: 700, maximized: false };
    expect(fitBounds(saved, [screen, second])).toEqual({ x: 2000, y: 50, width: 1000, height: 700 });
  });

  it('comes back to the primary screen when its own is gone', () => {
    const saved = { x: 2000, y: 50, width: 1000, height: 700, maximized: false };
    expect(fitBounds(saved, [screen])).toEqual({ x: 460, y: 202, width: 1000, height: 700 });
  });

  it('lies wholly on one screen whatever was saved', () => {
    const int = fc.integer({ min: -5000, max: 5000 });
    const size = fc.integer({ min: 1, max: 5000 });
    const saved = fc.record({ x: int, y: int, width: size, height: size, maximized: fc.boolean() });
    fc.assert(
      fc.property(fc.option(saved), fc.record({ x: int, y: int, width: size, height: size }), (was, area) => {
        const now = fitBounds(was, [area]);
        expect(now.x).toBeGreaterThanOrEqual(area.x);
        expect(now.y).toBeGreaterThanOrEqual(area.y);
        expect(now.x + now.width).toBeLessThanOrEqual(area.x + area.width);
        expect(now.y + now.height).toBeLessThanOrEqual(area.y + area.height);
      }),
    );
  });
});

describe('readBounds and writeBounds', () => {
  it('round-trip, and read nothing from a damaged or missing file', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bounds-'));
    try {
      expect(await readBounds(folder)).toBeNull();
      const bounds = { x: -5, y: 7, width: 1000, height: 700, maximized: true };
      await writeBounds(folder, bounds);
      expect(await readBounds(folder)).toEqual(bounds);
      await writeFile(path.join(folder, 'window-bounds.json'), '{"x":"a"}');
      expect(await readBounds(folder)).toBeNull();
      await writeBounds(path.join(folder, 'absent'), bounds);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
