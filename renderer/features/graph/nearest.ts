import type { Drawing } from './shapes.ts';

/** How much a step aside counts against a step ahead, when the selection moves by arrow keys. */
const ASIDE = 2.5;

/** The box one gets to from another by going in a direction; the first one when nothing is selected. */
export function nearestInDirection(
  drawing: Pick<Drawing, 'boxes'>,
  fromId: string | null,
  [dx, dy]: readonly [number, number],
): string | null {
  const boxes = drawing.boxes.filter((box) => box.selects?.id === box.id);
  const from = boxes.find((box) => box.id === fromId);
  if (from === undefined) return boxes[0]?.id ?? null;
  let best: string | null = null;
  let bestCost = Infinity;
  for (const box of boxes) {
    if (box.id === from.id) continue;
    const ahead = (box.x - from.x) * dx + (box.y - from.y) * dy;
    if (ahead <= 1) continue;
    const aside = Math.abs((box.x - from.x) * dy) + Math.abs((box.y - from.y) * dx);
    const cost = ahead + ASIDE * aside;
    if (cost < bestCost) {
      best = box.id;
      bestCost = cost;
    }
  }
  return best;
}
