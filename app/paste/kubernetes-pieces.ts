// Kubernetes' part of a paste: tables and JSON of `kubectl get`, as the inventory that a live session would have.
import type { EvidenceId } from '../probe/facts.ts';
import { applyList, emptyInventory, withEvidence, type Inventory } from '../probe/inventory.ts';
import type { KubeFacts, KubeNodeFact, PodFact } from '../probe/kube-facts.ts';
import { KUBE_KINDS } from '../probe/kube-kinds.ts';
import type { KubeList } from '../probe/kubernetes.ts';
import { parseNodeTable, parsePodTable, phaseOf, type NodeRow, type PodRow } from './kubectl-table.ts';
import type { PastedLine } from './pasted-text.ts';
import type { PieceKind } from './piece-kind.ts';
import { textOf } from './piece-snapshot.ts';
import { onHost } from './pods-on-host.ts';
import type { Piece, UnreadLine } from './scan.ts';

export interface KubernetesPieces {
  readonly pods: readonly PodRow[];
  readonly nodes: readonly NodeRow[];
  /** Null when nothing of Kubernetes was pasted. */
  readonly inventory: Inventory | null;
  readonly used: ReadonlySet<Piece>;
  readonly unread: readonly UnreadLine[];
  /** Pods whose namespace nobody wrote: taken for `default`. */
  readonly assumedDefault: ReadonlySet<string>;
}

/** @param pieces oldest first: of two that name one Pod the later is believed. */
export function kubernetesPieces(
  pieces: readonly Piece[],
  evidenceId: (piece: Piece) => EvidenceId,
): KubernetesPieces {
  const pods = new Map<string, PodFact>();
  const nodes = new Map<string, KubeNodeFact>();
  const podRows: PodRow[] = [];
  const nodeRows: NodeRow[] = [];
  const used = new Set<Piece>();
  const unread: UnreadLine[] = [];
  const assumedDefault = new Set<string>();
  for (const piece of pieces) {
    if (piece.kind === 'kubectl-pods') {
      const { rows, unread: left } = parsePodTable(piece.lines);
      const asked = /(?:\s-n|--namespace)[ =]?([a-z0-9-]{1,63})/.exec(piece.command ?? '')?.[1] ?? null;
      for (const row of rows) {
        const namespace = row.namespace ?? asked ?? 'default';
        if (row.namespace === null && asked === null) assumedDefault.add(row.name);
        podRows.push({ ...row, namespace });
        const fact = podFact({ ...row, namespace }, namespace);
        pods.set(fact.uid, fact);
      }
      used.add(piece);
      unread.push(...left.map((line) => unreadRow(piece, line)));
    } else if (piece.kind === 'kubectl-nodes') {
      const { rows, unread: left } = parseNodeTable(piece.lines);
      nodeRows.push(...rows);
      for (const row of rows) nodes.set(row.name, nodeFact(row));
      used.add(piece);
      unread.push(...left.map((line) => unreadRow(piece, line)));
    } else if (piece.kind === 'json') {
      const items = itemsOf(textOf(piece));
      if (items === null) continue;
      used.add(piece);
      for (const fact of items.pods) {
        pods.set(fact.uid, fact);
        podRows.push({
          ...fact,
          status: fact.phase ?? '',
          ip: fact.ips[0] ?? null,
          node: fact.nodeName,
          line: piece.line,
        });
      }
      for (const fact of items.nodes) {
        nodes.set(fact.name, fact);
        nodeRows.push({ name: fact.name, addresses: fact.addresses, line: piece.line });
      }
    }
  }
  const telling = (kinds: readonly PieceKind[]): EvidenceId[] =>
    [...used].filter(({ kind }) => kinds.includes(kind)).map(evidenceId);
  const behind = { pods: telling(['kubectl-pods', 'json']), nodes: telling(['kubectl-nodes', 'json']) };
  const known = nodesOf(nodes, podRows);
  return {
    pods: podRows,
    nodes: nodeRows,
    used,
    unread,
    assumedDefault,
    inventory: used.size === 0 ? null : inventoryOf(onHost([...pods.values()], known), known, behind),
  };
}

function inventoryOf(
  pods: readonly PodFact[],
  nodes: readonly KubeNodeFact[],
  evidence: Readonly<Record<'pods' | 'nodes', readonly EvidenceId[]>>,
): Inventory {
  let inventory = applyList(emptyInventory, [listOf('pods', pods)]);
  inventory = applyList(inventory, [listOf('nodes', nodes)]);
  for (const kind of ['pods', 'nodes'] as const)
    for (const id of evidence[kind]) inventory = withEvidence(inventory, kind, id);
  return inventory;
}

function listOf<K extends 'pods' | 'nodes'>(kind: K, facts: readonly KubeFacts[K][]): KubeList<K> {
  return { kind, resourceVersion: 'pasted', next: null, facts, unread: { count: 0, first: null } };
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
  };
}

function nodeFact({ name, addresses }: NodeRow): KubeNodeFact {
  return { name, addresses, bootId: null, podCidrs: [], labels: {}, annotations: {} };
}

/** Nodes that Pods are said to run on exist, too. */
function nodesOf(nodes: ReadonlyMap<string, KubeNodeFact>, pods: readonly PodRow[]): KubeNodeFact[] {
  const named = new Set(pods.flatMap(({ node }) => node ?? []));
  return [
    ...nodes.values(),
    ...[...named]
      .filter((name) => !nodes.has(name))
      .map((name) => nodeFact({ name, addresses: [], line: 0 })),
  ];
}

/** `kubectl get … -o json`: a list or one object. Null when it is something else. */
function itemsOf(text: string): { pods: PodFact[]; nodes: KubeNodeFact[] } | null {
  if (!/"apiVersion"/.test(text.slice(0, 2000))) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const listed = value !== null && typeof value === 'object' && 'items' in value ? value.items : [value];
  const items: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const kindOf = (item: unknown): unknown =>
    item !== null && typeof item === 'object' && 'kind' in item ? item.kind : kindOfList(value);
  const of = (kind: string): unknown[] => items.filter((item) => kindOf(item) === kind);
  return {
    pods: of('Pod').flatMap((item) => KUBE_KINDS.pods.factOf(item) ?? []),
    nodes: of('Node').flatMap((item) => KUBE_KINDS.nodes.factOf(item) ?? []),
  };
}

/** Items of a `PodList` need not say that they are Pods. */
function kindOfList(value: unknown): string | null {
  const kind: unknown = value !== null && typeof value === 'object' && 'kind' in value ? value.kind : null;
  return typeof kind === 'string' ? kind.replace(/List$/, '') : null;
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
