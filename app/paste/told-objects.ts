// What a paste told of Kubernetes' objects, by what tells one from another: whole objects, and rows of tables, which say less of one.
import type { EvidenceId } from '../probe/facts.ts';
import { applyList, emptyInventory, withEvidence, type Inventory } from '../probe/inventory.ts';
import type { KubeFacts, KubeKind, KubeNodeFact, PodFact } from '../probe/kube-facts.ts';
import { ALL_KUBE_KINDS, KUBE_KINDS } from '../probe/kube-kinds.ts';
import type { ReadObject } from './kubernetes-objects.ts';
import type { NodeRow, PodRow } from './kubectl-table.ts';
import { onHost } from './pods-on-host.ts';

/** The facts of each kind, by what tells one object from another. */
export class Told {
  readonly #facts = new Map<KubeKind, Map<string, KubeFacts[KubeKind]>>();
  readonly #evidence = new Map<KubeKind, Set<EvidenceId>>();

  /** An object, whole. */
  take(object: ReadObject): void {
    this.#of(object.kind).set(keyOf(object), object.fact);
  }

  /** A row of a table tells less than the object that was pasted, too, and may be newer. */
  row(object: ReadObject): void {
    const key = keyOf(object);
    this.#of(object.kind).set(key, rowOver(object, this.#of(object.kind).get(key)));
  }

  by(kind: KubeKind, id: EvidenceId): void {
    this.#evidence.set(kind, (this.#evidence.get(kind) ?? new Set()).add(id));
  }

  inventory(podRows: readonly PodRow[], assumedDefault: ReadonlySet<string>): Inventory {
    const nodes = nodesOf(this.#list('nodes'), podRows);
    const pods = onHost(withoutGuesses(this.#list('pods'), assumedDefault), nodes);
    return ALL_KUBE_KINDS.reduce((inventory, kind) => {
      const facts = kind === 'pods' ? pods : kind === 'nodes' ? nodes : this.#list(kind);
      const evidence = [...(this.#evidence.get(kind) ?? [])];
      // Nothing of a kind is not none.
      if (facts.length === 0 && evidence.length === 0) return inventory;
      const page = { kind, resourceVersion: 'pasted', next: null, facts, unread: { count: 0, first: null } };
      return evidence.reduce(
        (known, id) => withEvidence(known, kind, id),
        applyList(inventory, [page], PASTED),
      );
    }, emptyInventory);
  }

  #of(kind: KubeKind): Map<string, KubeFacts[KubeKind]> {
    const facts = this.#facts.get(kind) ?? new Map<string, KubeFacts[KubeKind]>();
    this.#facts.set(kind, facts);
    return facts;
  }

  #list<K extends KubeKind>(kind: K): KubeFacts[K][] {
    return [...this.#of(kind).values()] as KubeFacts[K][];
  }
}

const PASTED = 'As pasted: there may be others.';

/** A table tells no uid, so that both are the same Pod by its name. */
function keyOf({ kind, fact }: ReadObject): string {
  if (kind !== 'pods') return KUBE_KINDS[kind].keyOf(fact as never);
  const { namespace, name } = fact as PodFact;
  return `${namespace}/${name}`;
}

/** What a row says of an object that is known: how it is now where the table tells it, and nothing of what the table leaves out. */
const OVER: { readonly [K in KubeKind]?: (row: KubeFacts[K], known: KubeFacts[K]) => KubeFacts[K] } = {
  pods: podOver,
  nodes: nodeOver,
  services: (row, known) => {
    const same =
      row.clusterIps.every((ip) => known.clusterIps.includes(ip)) &&
      (row.type === '' || row.type === known.type);
    // Of an object that was pasted whole this is never empty.
    return same && known.sessionAffinity !== '' ? known : row;
  },
  endpointSlices: (row, known) => (known.fromTable === undefined ? known : row),
  networkPolicies: (row, known) => (known.types.length > 0 ? known : row),
  'calico.pools': (row, known) => {
    if (row.cidr !== known.cidr) return row;
    // Not wide, it tells the prefix and whom the pool is for.
    return row.ipipMode === '' ? known : { ...row, blockSize: row.blockSize ?? known.blockSize };
  },
};

function rowOver({ kind, fact }: ReadObject, known: KubeFacts[KubeKind] | undefined): KubeFacts[KubeKind] {
  const over = OVER[kind];
  return known === undefined || over === undefined ? fact : over(fact as never, known as never);
}

function podOver(row: PodFact, known: PodFact): PodFact {
  const same = known.nodeName === row.nodeName && row.ips.every((ip) => known.ips.includes(ip));
  if (!same) return row;
  const { phase, ready, terminating } = row;
  if (phase === null) return known;
  // Only kubectl describe and --show-labels tell labels.
  const labels = Object.keys(row.labels).length > 0 ? row.labels : known.labels;
  return { ...known, labels, phase, ready, terminating };
}

/** kubectl's columns are addresses, Calico's those by which it peers. */
function nodeOver(row: KubeNodeFact, known: KubeNodeFact): KubeNodeFact {
  return {
    ...known,
    addresses: [...new Set([...known.addresses, ...row.addresses])],
    annotations: { ...known.annotations, ...row.annotations },
  };
}

/** A Pod of a table without namespaces that another output has in one. */
function withoutGuesses(pods: readonly PodFact[], assumedDefault: ReadonlySet<string>): PodFact[] {
  const guessed = (pod: PodFact): boolean => pod.namespace === 'default' && assumedDefault.has(pod.name);
  const said = new Set(pods.filter((pod) => !guessed(pod)).map(({ name, ips }) => `${name} ${ips[0] ?? ''}`));
  return pods.filter((pod) => !guessed(pod) || !said.has(`${pod.name} ${pod.ips[0] ?? ''}`));
}

/** Nodes that Pods are said to run on exist, too. */
function nodesOf(nodes: readonly KubeNodeFact[], pods: readonly PodRow[]): KubeNodeFact[] {
  const known = new Set(nodes.map(({ name }) => name));
  const named = new Set(pods.flatMap(({ node }) => node ?? []));
  return [
    ...nodes,
    ...[...named]
      .filter((name) => !known.has(name))
      .map((name) => nodeFact({ name, addresses: [], line: 0 })),
  ];
}

export function nodeFact({ name, addresses }: NodeRow): KubeNodeFact {
  return { name, addresses, bootId: null, podCidrs: [], labels: {}, annotations: {} };
}
