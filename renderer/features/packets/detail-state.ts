// The packet that is looked at in full. It stays, whatever becomes of the rows: another filter, a full ring.
import { create } from 'zustand';
import type { PacketDetail } from '../../../app/contract/packet-detail.ts';
import type { PacketRow } from '../../../app/contract/watch.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { readRemembered, remember } from '../../state/remembered.ts';
import { fieldsAbove, type Openness } from './detail-tree.ts';

export interface DetailState {
  readonly open: boolean;
  /** The operator closed it: keys that walk the rows do not open it again. */
  readonly dismissed: boolean;
  /** Whose fields are wished for. */
  readonly packet: { readonly run: number; readonly row: PacketRow } | null;
  /** Of `packet`, or of the one before as long as it is being read. */
  readonly detail: PacketDetail | null;
  /** Why there is none. */
  readonly trouble: 'left' | { readonly sentence: string } | null;
  /** The node that is chosen, by its index in `detail.nodes`. */
  readonly node: number | null;
  /** The byte under the pointer. */
  readonly hovered: number | null;
  readonly openness: Openness;
}

/** Fields opened and closed that are remembered; the oldest are forgotten. */
const MOST_REMEMBERED = 200;

export const useDetail = create<DetailState>(() => ({
  open: false,
  dismissed: false,
  packet: null,
  detail: null,
  trouble: null,
  node: null,
  hovered: null,
  openness: readRemembered('packet-fields', parseOpenness) ?? new Map<string, boolean>(),
}));

/** Paged over: shown where the pane is open. Walked to: unless it was closed. Asked for: in any case. */
export type Look = 'page' | 'walk' | 'ask';

export function lookAt(run: number, row: PacketRow, look: Look): void {
  const { packet, open, dismissed } = useDetail.getState();
  if (!open && (look === 'page' || (look === 'walk' && dismissed))) return;
  if (!open) useDetail.setState({ open: true, dismissed: false });
  if (packet?.run === run && packet.row.number === row.number) return;
  useDetail.setState({ packet: { run, row }, trouble: null });
  void read();
}

const nothing = { packet: null, detail: null, trouble: null, node: null, hovered: null };

export function closeDetail(): void {
  useDetail.setState({ open: false, dismissed: true, ...nothing });
}

/** Another run's packets are others. */
export function forgetDetail(): void {
  useDetail.setState({ open: false, dismissed: false, ...nothing });
}

let reading = false;

/** One packet at a time: whoever walks fast sees the last one, and main is asked no more than it answers. */
async function read(): Promise<void> {
  if (reading) return;
  reading = true;
  try {
    for (;;) {
      const { packet, detail, trouble } = useDetail.getState();
      if (packet === null || trouble !== null || isOf(detail, packet)) return;
      const found = await ask(packet.run, packet.row.number);
      if (useDetail.getState().packet !== packet) continue;
      if (isDetail(found)) useDetail.setState({ detail: found, node: sameField(found), hovered: null });
      else useDetail.setState({ detail: null, trouble: found, node: null, hovered: null });
    }
  } finally {
    reading = false;
  }
}

async function ask(
  run: number,
  number: number,
): Promise<PacketDetail | Exclude<DetailState['trouble'], null>> {
  try {
    return (await call('packets.detail', { run, number })) ?? 'left';
  } catch (error) {
    return { sentence: sentenceOf(error) };
  }
}

function isDetail(found: PacketDetail | Exclude<DetailState['trouble'], null>): found is PacketDetail {
  return typeof found === 'object' && 'nodes' in found;
}

function isOf(detail: PacketDetail | null, packet: Exclude<DetailState['packet'], null>): boolean {
  return detail?.run === packet.run && detail.number === packet.row.number;
}

/** Who walks from packet to packet compares one field. */
function sameField(next: PacketDetail): number | null {
  const { detail, node } = useDetail.getState();
  const field = node === null ? undefined : detail?.nodes[node]?.field;
  const at = field === undefined ? -1 : next.nodes.findIndex((each) => each.field === field);
  return at < 0 ? null : at;
}

export function chooseNode(node: number | null): void {
  useDetail.setState({ node });
}

export function hover(hovered: number | null): void {
  if (useDetail.getState().hovered !== hovered) useDetail.setState({ hovered });
}

/** Chooses a node and opens what it lies in. */
export function revealNode(node: number): void {
  const { detail, openness } = useDetail.getState();
  if (detail === null) return;
  useDetail.setState({ node });
  setOpenness(
    new Map([
      ...openness,
      ...fieldsAbove(detail.nodes, node).map((field): [string, boolean] => [field, true]),
    ]),
  );
}

export function setOpen(field: string, open: boolean): void {
  const openness = new Map(useDetail.getState().openness);
  openness.delete(field);
  setOpenness(openness.set(field, open));
}

function setOpenness(openness: Map<string, boolean>): void {
  const kept = [...openness].slice(-MOST_REMEMBERED);
  remember('packet-fields', JSON.stringify(kept));
  useDetail.setState({ openness: new Map(kept) });
}

function parseOpenness(text: string): Openness | undefined {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) return undefined;
  return new Map(
    value.filter(
      (entry): entry is [string, boolean] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'boolean',
    ),
  );
}
