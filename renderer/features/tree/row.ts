// One row of the tree, as all its parts know it.
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { Selection } from '../../state/selection.ts';

export interface TreeRow {
  readonly key: string;
  readonly testId: string;
  readonly level: 1 | 2 | 3;
  readonly kind: 'heading' | 'node' | 'pod' | 'interface' | 'bgp';
  readonly label: string;
  /** Right-hand side: an address, a time. */
  readonly aside: string;
  readonly tone: 'plain' | 'ok' | 'warn' | 'bad' | 'faint' | 'bgp' | 'path';
  /** What the colour says, in words; also read out. */
  readonly remark: string;
  readonly tooltip: string;
  readonly status: NodeStatus | null;
  readonly selects: Selection | null;
  /** Null for a leaf. */
  readonly open: boolean | null;
  readonly parent: string | null;
  /** Of a node whose facts may no longer hold. */
  readonly dimmed: boolean;
  /** Among the rows of the same parent, from 1; 0 until all rows are known, and for headings. */
  readonly position: number;
  readonly siblings: number;
}
