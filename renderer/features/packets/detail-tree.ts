// A packet's fields as a tree: which lines show, what a key does, and whose a byte is. Pure.
import type { PacketDetailNode } from '../../../app/contract/packet-detail.ts';
import { treeMove } from '../../ui/tree-move.ts';

export interface TreeLine {
  /** Of the node, in the packet's order. */
  readonly index: number;
  /** Null: nothing to open. */
  readonly open: boolean | null;
  /** Index of the node that it is part of; null for a layer. */
  readonly parent: number | null;
  /** For screen readers: its place among its siblings, from 1, and how many there are. */
  readonly position: number;
  siblings: number;
}

/** Opened or closed by the operator, by the field's name: remembered from packet to packet. */
export type Openness = ReadonlyMap<string, boolean>;

/** What hardly anybody looks for. */
const CLOSED_LAYERS: ReadonlySet<string> = new Set(['frame', 'eth', 'sll', 'sll2', 'vlan', 'null', 'loop']);

export function isOpen({ depth, field }: PacketDetailNode, openness: Openness): boolean {
  return openness.get(field) ?? (depth === 0 && !CLOSED_LAYERS.has(field));
}

/** The lines that show: those within a closed one do not. */
export function linesOf(nodes: readonly PacketDetailNode[], openness: Openness): TreeLine[] {
  const lines: TreeLine[] = [];
  /** The nodes that the present one is within, outermost first, with the lines of their children. */
  const above: { readonly index: number; readonly depth: number; readonly children: TreeLine[] }[] = [];
  const roots: TreeLine[] = [];
  const groups = [roots];
  let hiddenBelow: number | null = null;
  nodes.forEach((node, index) => {
    if (hiddenBelow !== null && node.depth > hiddenBelow) return;
    hiddenBelow = null;
    while ((above.at(-1)?.depth ?? -1) >= node.depth) above.pop();
    const parent = above.at(-1);
    const siblings = parent?.children ?? roots;
    const inner = (nodes[index + 1]?.depth ?? 0) > node.depth;
    const open = inner ? isOpen(node, openness) : null;
    const line = { index, open, parent: parent?.index ?? null, position: siblings.length + 1, siblings: 0 };
    siblings.push(line);
    lines.push(line);
    if (open === false) hiddenBelow = node.depth;
    else if (inner) {
      const children: TreeLine[] = [];
      groups.push(children);
      above.push({ index, depth: node.depth, children });
    }
  });
  for (const group of groups) for (const line of group) line.siblings = group.length;
  return lines;
}

export type DetailMove =
  | { readonly type: 'go'; readonly index: number }
  | { readonly type: 'open'; readonly index: number; readonly open: boolean };

/** What a key does; Enter and space open and close. */
export function detailMove(
  lines: readonly TreeLine[],
  focused: number | null,
  pressed: string,
  page: number,
): DetailMove | null {
  const steps = lines.map(({ index, open, parent }) => ({ key: index, open, parent }));
  const toggles = pressed === 'Enter' || pressed === ' ';
  const move = toggles ? null : treeMove(steps, focused, pressed, page);
  if (!toggles && move === null) return null;
  if (move?.type === 'focus') return { type: 'go', index: move.key };
  const line = lines.find(({ index }) => index === focused);
  return line === undefined || line.open === null
    ? null
    : { type: 'open', index: line.index, open: !line.open };
}

/**
 * The innermost field that a byte is of: the one with the fewest bytes, and of those the deepest. Of several that share
 * just these bytes, as flags do, it is what holds them together. Null: no field's.
 */
export function nodeAt(nodes: readonly PacketDetailNode[], byte: number): number | null {
  let best: number | null = null;
  let shared = false;
  for (const [index, node] of nodes.entries()) {
    if (node.length === 0 || byte < node.at || byte >= node.at + node.length) continue;
    const known = best === null ? undefined : nodes[best];
    const fewer = known === undefined || node.length < known.length;
    const deeper = known !== undefined && node.length === known.length && node.depth > known.depth;
    if (fewer || deeper) {
      best = index;
      shared = false;
    } else if (node.length === known.length && node.depth === known.depth) shared = true;
  }
  return shared && best !== null ? (parentOf(nodes, best) ?? best) : best;
}

export function parentOf(nodes: readonly PacketDetailNode[], index: number): number | null {
  const depth = nodes[index]?.depth ?? 0;
  for (let at = index - 1; at >= 0; at -= 1) if ((nodes[at]?.depth ?? 0) < depth) return at;
  return null;
}

/** The fields that have to be open for a node to show. */
export function fieldsAbove(nodes: readonly PacketDetailNode[], index: number): string[] {
  const fields: string[] = [];
  for (let at = parentOf(nodes, index); at !== null; at = parentOf(nodes, at)) {
    const field = nodes[at]?.field;
    if (field !== undefined) fields.push(field);
  }
  return fields;
}

/** A node and what is within it as lines of text, indented. */
export function treeText(nodes: readonly PacketDetailNode[], from = 0): string {
  const first = nodes[from];
  if (first === undefined) return '';
  const base = from === 0 ? 0 : first.depth;
  const lines: string[] = [];
  for (let index = from; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (node === undefined || (from > 0 && index > from && node.depth <= base)) break;
    lines.push(`${'    '.repeat(node.depth - base)}${node.text}`);
  }
  return lines.join('\n');
}
