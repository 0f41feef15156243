// What Kubernetes says there is, kept up to date from lists and watches. Pure: every step gives a new inventory,
// and the same one when nothing that we use has changed.
import type { EvidenceId } from './facts.ts';
import type { KubeFact, KubeKind, KubeList, KubeNodeFact, KubeWatchEvent, PodFact } from './kubernetes.ts';

export interface Inventory {
  /** By uid. */
  readonly pods: Readonly<Record<string, PodFact>>;
  /** By name. */
  readonly nodes: Readonly<Record<string, KubeNodeFact>>;
  /** Where to watch from; null before the first whole list. */
  readonly resourceVersion: { readonly pods: string | null; readonly nodes: string | null };
  /** The commands behind it, as the engine filed them. */
  readonly evidence: readonly EvidenceId[];
}

export const emptyInventory: Inventory = {
  pods: {},
  nodes: {},
  resourceVersion: { pods: null, nodes: null },
  evidence: [],
};

/** `pages`: all pages of one list, in order. Replaces what was known of this kind. */
export function applyList(inventory: Inventory, pages: readonly KubeList[]): Inventory {
  const last = pages.at(-1);
  if (last === undefined) return inventory;
  const { kind, resourceVersion } = last;
  const versions = { ...inventory.resourceVersion, [kind]: resourceVersion };
  if (kind === 'pods') {
    const pods = Object.fromEntries(
      pages.flatMap((page) => page.pods).map((pod) => [pod.uid, kept(inventory.pods[pod.uid], pod)]),
    );
    return { ...inventory, pods, resourceVersion: versions };
  }
  const nodes = Object.fromEntries(
    pages.flatMap((page) => page.nodes).map((node) => [node.name, kept(inventory.nodes[node.name], node)]),
  );
  return { ...inventory, nodes, resourceVersion: versions };
}

/** `expired` and `error` change nothing: the engine ends that watch and lists again. */
export function applyWatchEvent(inventory: Inventory, kind: KubeKind, event: KubeWatchEvent): Inventory {
  switch (event.type) {
    case 'expired':
    case 'error':
      return inventory;
    case 'bookmark':
      return withVersion(inventory, kind, event.resourceVersion);
    case 'upsert':
      return withVersion(upsert(inventory, event.fact), kind, event.resourceVersion);
    case 'delete':
      return withVersion(remove(inventory, event.fact), kind, event.resourceVersion);
  }
}

function upsert(inventory: Inventory, fact: KubeFact): Inventory {
  if (fact.kind === 'pods') {
    const pod = kept(inventory.pods[fact.pod.uid], fact.pod);
    return pod === inventory.pods[pod.uid]
      ? inventory
      : { ...inventory, pods: { ...inventory.pods, [pod.uid]: pod } };
  }
  const node = kept(inventory.nodes[fact.node.name], fact.node);
  return node === inventory.nodes[node.name]
    ? inventory
    : { ...inventory, nodes: { ...inventory.nodes, [node.name]: node } };
}

function remove(inventory: Inventory, fact: KubeFact): Inventory {
  if (fact.kind === 'pods') {
    const { [fact.pod.uid]: gone, ...pods } = inventory.pods;
    return gone === undefined ? inventory : { ...inventory, pods };
  }
  const { [fact.node.name]: gone, ...nodes } = inventory.nodes;
  return gone === undefined ? inventory : { ...inventory, nodes };
}

function withVersion(inventory: Inventory, kind: KubeKind, version: string): Inventory {
  return { ...inventory, resourceVersion: { ...inventory.resourceVersion, [kind]: version } };
}

/** The old object when the new one says the same. Facts are built in one place, so that their keys stand in one order. */
function kept<T>(before: T | undefined, now: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
