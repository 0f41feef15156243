// Bytes that nobody reads further: kept, shown as they are, never guessed at.
import { field } from './field.ts';
import type { Dissection } from './dissection.ts';

const LAYER = field('data', 'Data', 'protocol');
const DATA = field('data.data', 'Data', 'bytes');
const LEN = field('data.len', 'Length', 'uint');

export const FIELDS = [LAYER, DATA, LEN];

export function dissectData(d: Dissection, at: number): void {
  const length = d.captureEnd - at;
  if (length <= 0) return;
  d.layer(LAYER, at, length);
  d.view(DATA, at, length);
  d.add(LEN, at, 0, length);
}
