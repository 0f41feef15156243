// Kubernetes' part of a paste: tables of `kubectl get`, JSON and YAML of all kinds, as the inventory that a live session would have.
import { fewOf } from '../few-of.ts';
import type { EvidenceId } from '../probe/facts.ts';
import type { Inventory } from '../probe/inventory.ts';
import type { KubeKind, PodFact } from '../probe/kube-facts.ts';
import { parseNodeTable, parsePodTable, phaseOf, type NodeRow, type PodRow } from './kubectl-table.ts';
import { describedPod } from './described-pods.ts';
import { kubernetesObjects, type ReadObject } from './kubernetes-objects.ts';
import { isObjectTable, readObjectTable } from './object-tables.ts';
import type { PastedLine } from './pasted-text.ts';
import { textOf } from './piece-snapshot.ts';
import { unreadPiece, type Piece, type UnreadLine } from './scan.ts';
import { whyUnread } from './why-unread.ts';
import { nodeFact, Told } from './told-objects.ts';

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
  /** The same of Services. */
  readonly guessedServices: ReadonlySet<string>;
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
  const guessedServices = new Set<string>();
  let yaml = 0;
  for (const piece of pieces) {
    const id = evidenceId(piece);
    if (piece.kind === 'kubectl-pods') {
      const { rows, unread: left } = parsePodTable(piece.lines);
      const asked = namespaceOf(piece);
      for (const row of rows) {
        const namespace = row.namespace ?? asked ?? 'default';
        if (row.namespace === null && asked === null) assumedDefault.add(row.name);
        podRows.push({ ...row, namespace });
        told.row({ kind: 'pods', fact: podFact(row, namespace) });
      }
      told.by('pods', id);
      used.add(piece);
      unread.push(...left.map((line) => unreadRow(piece, line)));
    } else if (piece.kind === 'kubectl-nodes') {
      const { rows, unread: left } = parseNodeTable(piece.lines);
      nodeRows.push(...rows);
      for (const row of rows) told.row({ kind: 'nodes', fact: nodeFact(row) });
      told.by('nodes', id);
      used.add(piece);
      unread.push(...left.map((line) => unreadRow(piece, line)));
    } else if (piece.kind === 'kubectl-describe') {
      const fact = describedPod(piece.lines);
      own.add(piece);
      if (fact === null) unread.push(unreadPiece(piece, whyUnread(piece.lines[0]?.text ?? '')));
      else {
        told.row({ kind: 'pods', fact });
        told.by('pods', id);
        podRows.push(rowOf(fact, piece.line));
        used.add(piece);
      }
    } else if (isObjectTable(piece.kind)) {
      const asked = namespaceOf(piece);
      const { objects, unread: left, unsaidNamespace } = readObjectTable(piece.kind, piece.lines, asked);
      for (const object of objects) {
        told.row(object);
        told.by(object.kind, id);
        if (isOf(object, 'pods')) {
          podRows.push(rowOf(object.fact, piece.line));
          if (unsaidNamespace) assumedDefault.add(object.fact.name);
        } else if (isOf(object, 'nodes'))
          nodeRows.push({ name: object.fact.name, addresses: object.fact.addresses, line: piece.line });
        else if (isOf(object, 'services') && unsaidNamespace && object.fact.name !== 'kubernetes')
          guessedServices.add(object.fact.name);
      }
      // A heading alone says that there are none.
      if (objects.length > 0) used.add(piece);
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
    guessedServices,
    inventory: used.size === 0 ? null : told.inventory(podRows, assumedDefault),
  };
}

function namespaceOf({ command }: Piece): string | null {
  return /(?:\s-n|--namespace)[ =]?([a-z0-9-]{1,63})/.exec(command ?? '')?.[1] ?? null;
}

function isOf<K extends KubeKind>(object: ReadObject, kind: K): object is ReadObject<K> {
  return object.kind === kind;
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

function unreadRow(piece: Piece, { number, last, text }: PastedLine): UnreadLine {
  return {
    source: piece.source,
    line: number,
    lastLine: last,
    text: text.slice(0, 300),
    why: 'a row of a table that is not whole',
  };
}
