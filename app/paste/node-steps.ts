// One node's pieces, in order of time, as the readings that a live node would have given at those moments.
import { snapshotOf } from '../probe/discovery.ts';
import type { EvidenceId } from '../probe/facts.ts';
import type { NodeMeta, NodeSnapshot } from '../probe/snapshot.ts';
import { sha1Hex } from '../topology/sha1.ts';
import { contradicts, overlay, type Overlaid } from './overlay.ts';
import { pieceReading, nodeTime, type PieceReading } from './piece-snapshot.ts';
import { withPartsTold } from './told-in-part.ts';
import { unreadPiece, type Piece, type UnreadLine } from './scan.ts';

export interface NodeSteps {
  /** Oldest first; each holds what was known then. */
  readonly steps: readonly Overlaid[];
  readonly unread: readonly UnreadLine[];
  /** Evidence id of each piece that told something. */
  readonly used: ReadonlySet<Piece>;
}

/** A paste with more moments of one node than this tells the last of them together. */
const MOST_STEPS = 50;

export function nodeSteps(
  label: string,
  pieces: readonly Piece[],
  evidenceId: (piece: Piece) => EvidenceId,
  /** What Pods on it showed of themselves, a snapshot each. */
  insides: readonly PieceReading[],
): NodeSteps {
  const unread: UnreadLine[] = [];
  const used = new Set<Piece>();
  const parts: PieceReading[] = [...insides];
  for (const piece of pieces) {
    const reading = pieceReading(piece, { label, evidenceId: evidenceId(piece), meta: derivedMeta(label) });
    if (reading === null) continue;
    if (reading.ok) {
      used.add(piece);
      parts.push(reading.value);
    } else unread.push(unreadPiece(piece, reading.failure));
  }
  parts.sort((a, b) => a.snapshot.seenAt - b.snapshot.seenAt);
  // A node that told its boot id once is that node in what else was pasted of it.
  const meta = parts.find(({ collected }) => collected)?.snapshot.meta ?? derivedMeta(label);
  const steps: Overlaid[] = [];
  let known: Overlaid = {
    snapshot: nothing(label, meta, parts[0]?.snapshot.seenAt ?? 0),
    whole: new Set(),
    wholeLists: new Set(),
  };
  for (const part of parts) {
    if (steps.length < MOST_STEPS && contradicts(known, part)) steps.push(known);
    known = overlay(known, part);
  }
  return { steps: parts.length === 0 ? [] : [...steps, known].map(withPartsTold), unread, used };
}

/** No boot id was pasted: the node's name stands for it, and every paste of that name is the same node. */
export function derivedMeta(label: string): NodeMeta {
  const hash = sha1Hex(`pasted ${label}`);
  const bootId = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ].join('-');
  return { bootId, hostname: label, kernel: '', uid: -1, rootInode: null, tools: [] };
}

export function nothing(label: string, meta: NodeMeta, ms: number): NodeSnapshot {
  return snapshotOf(new Map(), { nodeLabel: label, seenAt: ms, at: nodeTime(ms), meta, complete: true });
}
