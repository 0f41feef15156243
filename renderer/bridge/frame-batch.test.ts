import { expect, it } from 'vitest';
import { createFrameBatch, type FrameClock } from './frame-batch.ts';

function handFrames(): FrameClock & { tick(): void; waiting(): number } {
  const callbacks = new Map<number, () => void>();
  let last = 0;
  return {
    request(callback) {
      last += 1;
      callbacks.set(last, callback);
      return last;
    },
    cancel(handle) {
      callbacks.delete(handle);
    },
    tick() {
      const due = [...callbacks.values()];
      callbacks.clear();
      for (const callback of due) callback();
    },
    waiting: () => callbacks.size,
  };
}

it('handles once a frame, in order, and asks for no frame without work', () => {
  const frames = handFrames();
  const seen: (readonly number[])[] = [];
  const batch = createFrameBatch<number>((items) => seen.push(items), frames);
  batch.push(1);
  batch.push(2);
  expect([seen, frames.waiting()]).toEqual([[], 1]);
  frames.tick();
  expect([seen, frames.waiting()]).toEqual([[[1, 2]], 0]);
  batch.push(3);
  frames.tick();
  expect(seen).toEqual([[1, 2], [3]]);
});

it('a disposed batch handles nothing more', () => {
  const frames = handFrames();
  const seen: unknown[] = [];
  const batch = createFrameBatch<number>((items) => seen.push(items), frames);
  batch.push(1);
  batch.dispose();
  frames.tick();
  expect([seen, frames.waiting()]).toEqual([[], 0]);
});
