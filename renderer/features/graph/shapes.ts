// What the layout hands to the drawing: shapes with absolute places, in model pixels (one screen pixel at zoom 1).
import type { Selection } from '../../state/selection.ts';
import type { GraphAge, Tone } from './picture.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly id: string;
  readonly kind: 'region' | 'card' | 'fold' | 'plate' | 'nic' | 'port' | 'bus';
  /** The centre. */
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly tone: Tone;
  readonly marks: readonly Mark[];
  readonly selects: Selection | null;
  /** The node region it belongs to; what unfolds when a fold is pressed. */
  readonly nodeId: string | null;
}

export type Mark = 'dimmed' | 'appearing' | 'ended' | 'lower';

export interface Line {
  readonly id: string;
  readonly kind: 'veth' | 'uplink' | 'drop' | 'trunk' | 'arc' | 'arc-behind';
  readonly source: string;
  readonly target: string;
  readonly from: Point;
  readonly to: Point;
  /** Corners in between; for an arc, the one control point. */
  readonly via: readonly Point[];
  readonly tone: Tone;
  readonly marks: readonly Mark[];
  readonly selects: Selection | null;
}

export interface Text {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor: 'left' | 'center' | 'right';
  readonly style: 'title' | 'mono' | 'small' | 'tag' | 'arc' | 'far' | 'far-line';
  readonly tone: Tone | 'bright';
  readonly marks: readonly Mark[];
  /** What follows the text and moves with the clock; null when nothing does. */
  readonly age: GraphAge | null;
  /** What it stands for when something is selected. */
  readonly owner: string | null;
}

export interface Drawing {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly texts: readonly Text[];
}

/** JetBrains Mono is 0.6 em wide, so text can be fitted without measuring it. */
export const MONO_EM = 0.6;

export function monoColumns(width: number, fontSize: number): number {
  return Math.max(1, Math.floor(width / (fontSize * MONO_EM)));
}
