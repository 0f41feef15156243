// The question `inventory.view`: how each kind's list stands. An empty table means "none" only where it was read.
import type { EvidenceHead } from './facts.ts';
import { countOfKind, type Inventory, type KindReading } from './inventory.ts';
import { ALL_KUBE_KINDS, kindName } from './kube-kinds.ts';

export interface KindView {
  /** As an operator calls it: `ippools.crd.projectcalico.org`. */
  readonly name: string;
  readonly state: KindReading['state'];
  /** Objects that are known: of a kind that can no longer be read, those of before. */
  readonly count: number;
  /** ms since the epoch, by our clock: when what is known was said, or that it is not. */
  readonly asOf: number | null;
  /** Why it is not listed, or what is to be said of the list. */
  readonly sentence: string | null;
  /** To type for the same. */
  readonly command: string | null;
}

export interface InventoryView {
  /** Why nothing is known; null where Kubernetes was read at all. */
  readonly sentence: string | null;
  readonly kinds: readonly KindView[];
}

const NOT_READ =
  'Kubernetes has not been read: the cluster file names neither kubectl nor a kubeconfig under inventory, or nothing has answered yet.';

export function inventoryView(
  inventory: Inventory | null,
  evidence: Readonly<Record<string, EvidenceHead>>,
): InventoryView {
  if (inventory === null) return { sentence: NOT_READ, kinds: [] };
  return {
    sentence: null,
    kinds: ALL_KUBE_KINDS.map((kind) => {
      const { state, sentence, evidence: ids, refusedAt } = inventory.kinds[kind];
      const heads = ids.flatMap((id) => evidence[id] ?? []);
      const told = heads.reduce<number | null>((last, { seenAt }) => Math.max(last ?? 0, seenAt), null);
      return {
        name: kindName(kind),
        state,
        count: countOfKind(inventory, kind),
        asOf: state === 'listed' ? told : refusedAt,
        sentence,
        command: heads[0]?.command ?? null,
      };
    }),
  };
}
