// What a topology is built from.
import type { Inventory } from '../probe/inventory.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import type { EvidenceHead, NodeTime } from './model.ts';

export interface NodeReading {
  /** The latest, with partial reads laid over it by `mergeSnapshots`. */
  readonly snapshot: NodeSnapshot;
  /** OpenSSH form, `SHA256:…`; `PASTED` where nobody was connected. */
  readonly hostKeyFingerprint: string;
}

/** Where a host key would stand: nobody proved who said it. */
export const PASTED = 'pasted';

/** `ip monitor` said that a device was deleted. */
export interface LinkDeletion {
  readonly nodeLabel: string;
  /** The namespace as that node numbers it; null for its own. */
  readonly nsid: number | null;
  readonly ifindex: number;
  readonly at: NodeTime | null;
}

export interface TopologyInput {
  readonly cluster: string;
  /** By label. A node that was never read is not there; one that is out of reach keeps its last reading. */
  readonly readings: Readonly<Record<string, NodeReading>>;
  /** Null while no inventory could be had: then Pods are found from their namespaces alone. */
  readonly inventory: Inventory | null;
  /** Since the last build, each told once, together with a reading made after it. */
  readonly deletions: readonly LinkDeletion[];
  /** Labels that left the cluster file: their nodes end. */
  readonly endedLabels: readonly string[];
  /** Evidence that is not in a snapshot (kubectl). */
  readonly evidence: readonly EvidenceHead[];
  /** Sentences about the whole cluster that the engine adds (no inventory, …). */
  readonly warnings: readonly string[];
}
