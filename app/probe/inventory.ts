// What Kubernetes says there is, kept up to date from lists and watches. Pure: every step gives a new inventory,
// and the same tables when nothing that we use has changed.
import type { EvidenceId } from './facts.ts';
import type { KubeFacts, KubeKind } from './kube-facts.ts';
import { ALL_KUBE_KINDS, KUBE_KINDS } from './kube-kinds.ts';
import type { KubeList, KubeWatchEvent } from './kubernetes.ts';

type Table<F> = Readonly<Record<string, F>>;

/** Tables by name, or by `namespace/name` for what lies in a namespace. */
export interface Inventory {
  /** By uid. */
  readonly pods: Table<KubeFacts['pods']>;
  readonly nodes: Table<KubeFacts['nodes']>;
  readonly services: Table<KubeFacts['services']>;
  readonly endpointSlices: Table<KubeFacts['endpointSlices']>;
  readonly networkPolicies: Table<KubeFacts['networkPolicies']>;
  /** Warnings of the last hour. */
  readonly events: Table<KubeFacts['events']>;
  readonly calico: {
    readonly pools: Table<KubeFacts['calico.pools']>;
    readonly blocks: Table<KubeFacts['calico.blocks']>;
    readonly affinities: Table<KubeFacts['calico.affinities']>;
    readonly bgpPeers: Table<KubeFacts['calico.bgpPeers']>;
    readonly bgpConfigurations: Table<KubeFacts['calico.bgpConfigurations']>;
    readonly felixConfigurations: Table<KubeFacts['calico.felixConfigurations']>;
    readonly globalNetworkPolicies: Table<KubeFacts['calico.globalNetworkPolicies']>;
    readonly networkPolicies: Table<KubeFacts['calico.networkPolicies']>;
    readonly workloadEndpoints: Table<KubeFacts['calico.workloadEndpoints']>;
  };
  readonly cilium: {
    readonly nodes: Table<KubeFacts['cilium.nodes']>;
    readonly endpoints: Table<KubeFacts['cilium.endpoints']>;
  };
  /** How each kind's list stands: an empty table means that there are none only where it says `listed`. */
  readonly kinds: Readonly<Record<KubeKind, KindReading>>;
}

export interface KindReading {
  /** `absent`: the API server does not have this kind. */
  readonly state: 'unread' | 'listed' | 'absent' | 'not-permitted' | 'failed';
  /** Where to watch from; null before the first whole list. */
  readonly resourceVersion: string | null;
  /** Why it is not listed, or what of it could not be read; null when all is well. */
  readonly sentence: string | null;
  /** The commands behind it, as the engine filed them. */
  readonly evidence: readonly EvidenceId[];
  /** When it was last refused, ms since the epoch by our clock; null while it is not. */
  readonly refusedAt: number | null;
}

export interface KindRefusal {
  readonly state: 'absent' | 'not-permitted' | 'failed';
  readonly sentence: string;
  /** ms since the epoch. */
  readonly at: number;
}

const unread: KindReading = {
  state: 'unread',
  resourceVersion: null,
  sentence: null,
  evidence: [],
  refusedAt: null,
};

export const emptyInventory: Inventory = {
  pods: {},
  nodes: {},
  services: {},
  endpointSlices: {},
  networkPolicies: {},
  events: {},
  calico: {
    pools: {},
    blocks: {},
    affinities: {},
    bgpPeers: {},
    bgpConfigurations: {},
    felixConfigurations: {},
    globalNetworkPolicies: {},
    networkPolicies: {},
    workloadEndpoints: {},
  },
  cilium: { nodes: {}, endpoints: {} },
  kinds: Object.fromEntries(ALL_KUBE_KINDS.map((kind) => [kind, unread])) as Record<KubeKind, KindReading>,
};

/** Where a kind's table stands. */
interface Place<F> {
  readonly table: (inventory: Inventory) => Table<F>;
  readonly put: (inventory: Inventory, table: Table<F>) => Inventory;
}

const places: { readonly [K in KubeKind]: Place<KubeFacts[K]> } = {
  pods: { table: ({ pods }) => pods, put: (inventory, pods) => ({ ...inventory, pods }) },
  nodes: { table: ({ nodes }) => nodes, put: (inventory, nodes) => ({ ...inventory, nodes }) },
  services: { table: ({ services }) => services, put: (inventory, services) => ({ ...inventory, services }) },
  endpointSlices: {
    table: ({ endpointSlices }) => endpointSlices,
    put: (inventory, endpointSlices) => ({ ...inventory, endpointSlices }),
  },
  networkPolicies: {
    table: ({ networkPolicies }) => networkPolicies,
    put: (inventory, networkPolicies) => ({ ...inventory, networkPolicies }),
  },
  events: { table: ({ events }) => events, put: (inventory, events) => ({ ...inventory, events }) },
  'calico.pools': ofCalico('pools'),
  'calico.blocks': ofCalico('blocks'),
  'calico.affinities': ofCalico('affinities'),
  'calico.bgpPeers': ofCalico('bgpPeers'),
  'calico.bgpConfigurations': ofCalico('bgpConfigurations'),
  'calico.felixConfigurations': ofCalico('felixConfigurations'),
  'calico.globalNetworkPolicies': ofCalico('globalNetworkPolicies'),
  'calico.networkPolicies': ofCalico('networkPolicies'),
  'calico.workloadEndpoints': ofCalico('workloadEndpoints'),
  'cilium.nodes': {
    table: ({ cilium }) => cilium.nodes,
    put: (inventory, nodes) => ({ ...inventory, cilium: { ...inventory.cilium, nodes } }),
  },
  'cilium.endpoints': {
    table: ({ cilium }) => cilium.endpoints,
    put: (inventory, endpoints) => ({ ...inventory, cilium: { ...inventory.cilium, endpoints } }),
  },
};

function ofCalico<N extends keyof Inventory['calico']>(name: N): Place<KubeFacts[`calico.${N}`]> {
  type F = KubeFacts[`calico.${N}`];
  return {
    table: ({ calico }) => calico[name] as Table<F>,
    put: (inventory, table) => ({ ...inventory, calico: { ...inventory.calico, [name]: table } }),
  };
}

/** `pages`: all pages of one list, in order. Replaces what was known of this kind. `remark`: what is to be said of the list itself. */
export function applyList<K extends KubeKind>(
  inventory: Inventory,
  pages: readonly KubeList<K>[],
  remark: string | null = null,
): Inventory {
  const last = pages.at(-1);
  if (last === undefined) return inventory;
  const { kind, resourceVersion } = last;
  const { table, put } = places[kind];
  const { keyOf } = KUBE_KINDS[kind];
  const before = table(inventory);
  const facts = pages.flatMap((page) => page.facts);
  const now = Object.fromEntries(
    facts.map((fact) => {
      const key = keyOf(fact);
      return [key, kept(before[key], fact)];
    }),
  );
  const unreadCount = pages.reduce((sum, page) => sum + page.unread.count, 0);
  const first = pages.find((page) => page.unread.first !== null)?.unread.first ?? '';
  const sentence =
    unreadCount === 0
      ? remark
      : `${unreadCount} of ${unreadCount + facts.length} objects in the list of ${kind} are not understood, the first: ${first}`;
  return withReading(put(inventory, now), kind, {
    state: 'listed',
    resourceVersion,
    sentence,
    refusedAt: null,
  });
}

/** How many objects of a kind are known. */
export function countOfKind(inventory: Inventory, kind: KubeKind): number {
  return Object.keys(places[kind].table(inventory)).length;
}

/** A kind that could not be listed. What was known of it stays, and is as old as it is. */
export function applyRefusal(
  inventory: Inventory,
  kind: KubeKind,
  { state, sentence, at }: KindRefusal,
): Inventory {
  const known = state === 'absent' ? places[kind].put(inventory, {}) : inventory;
  return withReading(known, kind, { state, sentence, refusedAt: at });
}

/** `expired` and `error` change nothing: the engine ends that watch and lists again. */
export function applyWatchEvent<K extends KubeKind>(
  inventory: Inventory,
  kind: K,
  event: KubeWatchEvent<K>,
): Inventory {
  switch (event.type) {
    case 'expired':
    case 'error':
      return inventory;
    case 'bookmark':
      return atVersion(inventory, kind, event.resourceVersion);
    case 'upsert':
      return atVersion(upsert(inventory, kind, event.fact), kind, event.resourceVersion);
    case 'delete':
      return atVersion(remove(inventory, kind, event.fact), kind, event.resourceVersion);
  }
}

/** Names one more command behind a kind. */
export function withEvidence(inventory: Inventory, kind: KubeKind, id: EvidenceId): Inventory {
  const { evidence } = inventory.kinds[kind];
  return evidence.includes(id) ? inventory : withReading(inventory, kind, { evidence: [...evidence, id] });
}

function upsert<K extends KubeKind>(inventory: Inventory, kind: K, fact: KubeFacts[K]): Inventory {
  const { table, put } = places[kind];
  const before = table(inventory);
  const key = KUBE_KINDS[kind].keyOf(fact);
  const now = kept(before[key], fact);
  return now === before[key] ? inventory : put(inventory, { ...before, [key]: now });
}

function remove<K extends KubeKind>(inventory: Inventory, kind: K, fact: KubeFacts[K]): Inventory {
  const { table, put } = places[kind];
  const { [KUBE_KINDS[kind].keyOf(fact)]: gone, ...rest } = table(inventory);
  return gone === undefined ? inventory : put(inventory, rest);
}

function atVersion(inventory: Inventory, kind: KubeKind, resourceVersion: string): Inventory {
  return withReading(inventory, kind, { resourceVersion });
}

function withReading(inventory: Inventory, kind: KubeKind, reading: Partial<KindReading>): Inventory {
  return { ...inventory, kinds: { ...inventory.kinds, [kind]: { ...inventory.kinds[kind], ...reading } } };
}

/** The old object when the new one says the same. Facts are built in one place, so that their keys stand in one order. */
function kept<T>(before: T | undefined, now: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
