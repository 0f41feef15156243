// The matrix as cells: what the row's node says of its session with the column's, so that one-sided sessions are lopsided.
import type {
  BgpMatrix,
  BgpMatrixEnd,
  BgpMatrixNode,
  BgpMatrixPair,
} from '../../../app/topology/bgp-matrix-model.ts';

export type CellTone =
  'up' | 'troubled' | 'bad' | 'missing' | 'gap' | 'quiet' | 'unknown' | 'self' | 'dead' | 'none';

export interface Column {
  /** A node's id, or an address that is nobody's. */
  readonly key: string;
  readonly name: string;
}

export interface Cell {
  readonly tone: CellTone;
  /** In words, for who cannot see it. */
  readonly text: string;
  readonly pair: BgpMatrixPair | null;
}

export interface Cells {
  readonly rows: readonly BgpMatrixNode[];
  readonly columns: readonly Column[];
  readonly at: (row: number, column: number) => Cell;
}

const nothing: Cell = { tone: 'none', text: 'no session', pair: null };

/** The weightiest first: where two sessions share a cell (both families) the first one's tone is the cell's. */
const WEIGHT: readonly CellTone[] = ['bad', 'missing', 'gap', 'troubled', 'unknown', 'quiet', 'up'];

export function matrixCells({ nodes, pairs, gaps }: BgpMatrix): Cells {
  const outside = new Set(
    pairs.flatMap(({ sides }) => sides.flatMap(({ nodeId, name }) => (nodeId === null ? [name] : []))),
  );
  const columns: Column[] = [
    ...nodes.map(({ nodeId, label }) => ({ key: nodeId, name: label })),
    ...[...outside].map((name) => ({ key: name, name })),
  ];
  const cells = new Map<string, Cell>();
  const put = (row: string, column: string, cell: Cell): void => {
    const key = `${row} ${column}`;
    const before = cells.get(key);
    if (before === undefined || WEIGHT.indexOf(cell.tone) < WEIGHT.indexOf(before.tone)) cells.set(key, cell);
  };
  for (const pair of pairs) {
    pair.sides.forEach((side, at) => {
      const far = pair.sides[1 - at];
      if (side.nodeId === null || far === undefined) return;
      const end = pair.ends[at] ?? null;
      const tone = end === null ? (pair.verdict === 'one-sided' ? 'missing' : 'unknown') : toneOf(end, pair);
      put(side.nodeId, far.nodeId ?? far.name, {
        tone,
        text: `${side.name} – ${far.name}: ${end === null ? pair.verdict : end.state}${pair.wrong ? `. ${pair.sentences[0] ?? ''}` : ''}`,
        pair,
      });
    });
  }
  for (const { sides, sentence } of gaps) {
    const [one, other] = sides;
    const cell: Cell = { tone: 'gap', text: sentence, pair: null };
    if (one.nodeId === null || other.nodeId === null) continue;
    put(one.nodeId, other.nodeId, cell);
    put(other.nodeId, one.nodeId, cell);
  }
  return {
    rows: nodes,
    columns,
    at: (row, column) => {
      const node = nodes[row];
      const to = columns[column];
      if (node === undefined || to === undefined) return nothing;
      if (node.nodeId !== to.key) return cells.get(`${node.nodeId} ${to.key}`) ?? nothing;
      const told = node.sentence ?? node.daemon ?? node.state;
      return { tone: node.state === 'dead' ? 'dead' : 'self', text: `${node.label}: ${told}`, pair: null };
    },
  };
}

function toneOf({ health }: BgpMatrixEnd, { wrong }: BgpMatrixPair): CellTone {
  switch (health) {
    case 'established':
      return wrong ? 'troubled' : 'up';
    case 'stale':
      return 'troubled';
    case 'waiting':
      return wrong ? 'bad' : 'quiet';
    case 'old':
      return 'unknown';
    case 'down':
    case 'disabled':
    case 'gone':
      return 'bad';
  }
}
