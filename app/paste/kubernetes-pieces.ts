// Kubernetes' part of a paste: tables of `kubectl get`, JSON and YAML of all kinds, as the inventory that a live session would have.
import { fewOf } from '../few-of.ts';
import type { EvidenceId } from '../probe/facts.ts';
import { applyList, emptyInventory, withEvidence, type Inventory } from '../probe/inventory.ts';
import type { KubeFacts, KubeKind, KubeNodeFact, PodFact } from '../probe/kube-facts.ts';
import { ALL_KUBE_KINDS, KUBE_KINDS } from '../probe/kube-kinds.ts';
import { parseNodeTable, parsePodTable, phaseOf, type NodeRow, type PodRow } from './kubectl-table.ts';
import { kubernetesObjects, type ReadObject } from './kubernetes-objects.ts';
import type { PastedLine } from './pasted-text.ts';
import { textOf } from './piece-snapshot.ts';
import { onHost } from './pods-on-host.ts';
import { unreadPiece, type Piece, type UnreadLine } from './scan.ts';

export interface KubernetesPieces {
  readonly pods: readonly PodRow[];
  readonly nodes: readonly NodeRow[];
  /** Null when nothing of Kubernetes was pasted. */
  readonly inventory: Inventory | null;
  /** Pieces that told something of Kubernetes, or would have if they could be read. */
  readonly own: ReadonlySet<Piece>;
  readonly used: ReadonlySet<Piece>;
  readonly unread: readonly UnreadLine[];
  /** Pods whose namespace nobody wrote: taken for `default`. */
  readonly assumedDefault: ReadonlySet<string>;
}

/** @param pieces oldest first: of two that name one object the later is believed. */
export function kubernetesPieces(
  pieces: readonly Piece[],
  evidenceId: (piece: Piece) => EvidenceId,
): KubernetesPieces {
  const told = new Told();
  const podRows: PodRow[] = [];
  const nodeRows: NodeRow[] = [];
  const own = new Set<Piece>();
  const used = new Set<Piece>();
  const unread: UnreadLine[] = [];
  const assumedDefault = new Set<string>();
  let yaml = 0;
  for (const piece of pieces) {
    const id = evidenceId(piece);
    if (piece.kind === 'kubectl-pods') {
      const { rows, unread: left } = parsePodTable(piece.lines);
      const asked = /(?:\s-n|--namespace)[ =]?([a-z0-9-]{1,63})/.exec(piece.command ?? '')?.[1] ?? null;
      for (const row of rows) {
        const namespace = row.namespace ?? asked ?? 'default';
        if (row.namespace === null && asked === null) assumedDefault.add(row.name);
        podRows.push({ ...row, namespace });
        told.pod(podFact(row, namespace));
      }
      told.by('pods', id);
      used.add(piece);
      unread.push(...left.map((line) => unreadRow(piece, line)));
    } else if (piece.kind === 'kubectl-nodes') {
      const { rows, unread: left } = parseNodeTable(piece.lines);
      nodeRows.push(...rows);
      for (const row of rows) told.take({ kind: 'nodes', fact: nodeFact(row) });
      told.by('nodes', id);
      used.add(piece);
      unread.push(...left.map((line) => unreadRow(piece, line)));
    } else if (piece.kind === 'json' || piece.kind === 'yaml') {
      const text = textOf(piece);
      const objects = kubernetesObjects(text, piece.kind, yaml);
      if (piece.kind === 'yaml') yaml += text.length;
      if (objects === null) continue;
      own.add(piece);
      if (!objects.ok) {
        unread.push(unreadPiece(piece, objects.failure));
        continue;
      }
      const { known, odd } = objects.value;
      if (known.length > 0) used.add(piece);
      if (odd.length > 0) unread.push(unreadPiece(piece, oddOnes(odd)));
      for (const object of known) {
        told.take(object);
        told.by(object.kind, id);
        if (isOf(object, 'pods')) podRows.push(rowOf(object.fact, piece.line));
        else if (isOf(object, 'nodes'))
          nodeRows.push({ name: object.fact.name, addresses: object.fact.addresses, line: piece.line });
      }
    }
  }
  for (const piece of used) own.add(piece);
  return {
    pods: podRows,
    nodes: nodeRows,
    own,
    used,
    unread,
    assumedDefault,
    inventory: used.size === 0 ? null : told.inventory(podRows, assumedDefault),
  };
}

/** The facts of each kind, by what tells one object from another. */
class Told {
  readonly #facts = new Map<KubeKind, Map<string, KubeFacts[KubeKind]>>();
  readonly #evidence = new Map<KubeKind, Set<EvidenceId>>();

  take({ kind, fact }: ReadObject): void {
    const key = kind === 'pods' ? podKey(fact as PodFact) : KUBE_KINDS[kind].keyOf(fact as never);
    this.#of(kind).set(key, fact);
  }

  /** A row of a table: of a Pod that was pasted whole it tells how it is now, and no more. */
  pod(row: PodFact): void {
    const known = this.#of('pods').get(podKey(row)) as PodFact | undefined;
    const same =
      known !== undefined && known.nodeName === row.nodeName && row.ips.every((ip) => known.ips.includes(ip));
    const { phase, ready, terminating } = row;
    this.#of('pods').set(podKey(row), same ? { ...known, phase, ready, terminating } : row);
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

function isOf<K extends KubeKind>(object: ReadObject, kind: K): object is ReadObject<K> {
  return object.kind === kind;
}

/** A table tells no uid, so that both are the same Pod by its name. */
function podKey({ namespace, name }: PodFact): string {
  return `${namespace}/${name}`;
}

/** A Pod of a table without namespaces that another output has in one. */
function withoutGuesses(pods: readonly PodFact[], assumedDefault: ReadonlySet<string>): PodFact[] {
  const guessed = (pod: PodFact): boolean => pod.namespace === 'default' && assumedDefault.has(pod.name);
  const said = new Set(pods.filter((pod) => !guessed(pod)).map(({ name, ips }) => `${name} ${ips[0] ?? ''}`));
  return pods.filter((pod) => !guessed(pod) || !said.has(`${pod.name} ${pod.ips[0] ?? ''}`));
}

function oddOnes(odd: readonly string[]): string {
  return `not what such an object should be: ${fewOf(odd, 3)}`;
}

function rowOf(fact: PodFact, line: number): PodRow {
  return { ...fact, status: fact.phase ?? '', ip: fact.ips[0] ?? null, node: fact.nodeName, line };
}

function podFact(row: PodRow, namespace: string): PodFact {
  const { phase, terminating } = phaseOf(row.status);
  return {
    uid: `pasted:${namespace}/${row.name}`,
    namespace,
    name: row.name,
    nodeName: row.node,
    ips: row.ip === null ? [] : [row.ip],
    phase,
    ready: row.ready,
    hostNetwork: false,
    terminating,
    createdAt: null,
    networks: [],
    labels: row.labels,
    moreLabels: 0,
  };
}

function nodeFact({ name, addresses }: NodeRow): KubeNodeFact {
  return { name, addresses, bootId: null, podCidrs: [], labels: {}, annotations: {} };
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

function unreadRow(piece: Piece, { number, last, text }: PastedLine): UnreadLine {
  return {
    source: piece.source,
    line: number,
    lastLine: last,
    text: text.slice(0, 300),
    why: 'a row of a table that is not whole',
  };
}
