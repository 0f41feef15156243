// One line of the ledger: what a namespace dropped between two samples, for one reason.
import type { DropReason } from './drop-reasons.ts';

/** A counter that proves it, by the kernel's name, with the device where it is one's. */
export interface DropProof {
  readonly counter: string;
  readonly rise: number;
}

export interface DropEntry {
  readonly reason: DropReason;
  /** Inode; null is the node's own. */
  readonly namespace: number | null;
  readonly device: string | null;
  /** Or frames, or connections, as the reason says. At least 1. */
  readonly packets: number;
  readonly proof: readonly DropProof[];
}
