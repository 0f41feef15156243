// What the page sees of a watch: captures, vantage points, losses, windows of rows, and counts for the highlights.
// Two streams with credits in bytes (DESIGN §10): `packets` carries the view and the rows, `highlights` the counts.
import { z } from 'zod';
import type { NodeTime } from '../topology/model.ts';
import type { WatchView } from './watch-view.ts';

export * from './watch-view.ts';

export interface PacketEndpoint {
  /** IP address, else MAC address; empty when the packet has none. */
  readonly address: string;
  readonly port: number | null;
  /** Whose address it was at that time: a Pod's name, a node's, or null. */
  readonly name: string | null;
}

export interface PacketRow {
  /** From 1, in the order of decoding; never used twice in a run. */
  readonly number: number;
  /** The capturing node's clock. */
  readonly at: NodeTime;
  /** Id of a VantagePointView. */
  readonly vantagePoint: number;
  /** In: the interface received it. Out: it was sent there. Other: for another machine (SLL2 type 3) or unknown. */
  readonly direction: 'in' | 'out' | 'other';
  readonly source: PacketEndpoint;
  readonly destination: PacketEndpoint;
  /** Whose ports those of the ends are. */
  readonly transport: 'tcp' | 'udp' | null;
  /** As Wireshark's column says it: TCP, HTTP, ARP, ICMP, … */
  readonly protocol: string;
  /** Bytes on the wire, and of them captured. */
  readonly length: number;
  readonly captured: number;
  /** One line. What packets carry is hostile: control characters are replaced. */
  readonly summary: string;
  /** The outermost flow, with the tunnel's name and network: `VXLAN 4096`. Null: it is in no tunnel. */
  readonly tunnel: { readonly name: string; readonly source: string; readonly destination: string } | null;
  readonly tone: 'plain' | 'opening' | 'closing' | 'refused' | 'trouble';
}

/** Which rows the page shows. Main sends them whenever they are others than those it sent last. */
export const packetWindowSchema = z.object({
  type: z.literal('window'),
  /** Which of the rows that pass the filter comes first, counted from the run's first; null: the last `count` ones. */
  from: z.number().int().min(0).nullable(),
  count: z.number().int().min(0).max(500),
  /** A display filter (app/packet/filter); empty: all. */
  filter: z.string().max(500),
  /** Paused: nothing newer than this packet's number; null: all. */
  until: z.number().int().min(0).nullable(),
});
export type PacketWindow = z.infer<typeof packetWindowSchema>;

export const packetsFromPageSchema = z.discriminatedUnion('type', [
  packetWindowSchema,
  z.object({ type: z.literal('credit'), bytes: z.number().int().positive() }),
]);
export type PacketsFromPage = z.infer<typeof packetsFromPageSchema>;

export interface PacketRows {
  readonly run: number;
  readonly window: PacketWindow;
  /** Index of the first row still kept, and past the last, among those that pass the filter. */
  readonly first: number;
  readonly end: number;
  /** Index of `rows[0]`: `window.from` moved to where rows are. */
  readonly from: number;
  readonly rows: readonly PacketRow[];
  /** What is wrong with the filter; then there are no rows. */
  readonly filterError: string | null;
  /**
   * While the filter has not looked at all packets: how many it has to look at, and how many it has. Rows are those found
   * so far, and more are sent by themselves. Both are 0 once it has.
   */
  readonly toScan: number;
  readonly scanned: number;
}

export type PacketsMessage =
  { readonly type: 'watch'; readonly view: WatchView } | { readonly type: 'rows'; readonly rows: PacketRows };

/** The interfaces that the page draws: nothing else is told. */
export const highlightsFromPageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('visible'), interfaces: z.array(z.string().max(512)).max(20_000) }),
  z.object({ type: z.literal('credit'), bytes: z.number().int().positive() }),
]);
export type HighlightsFromPage = z.infer<typeof highlightsFromPageSchema>;

/**
 * Packets at one interface since the last message. Negative where those told before turned out to be another
 * interface's: sums stay right, and nothing has moved.
 */
export interface Highlight {
  readonly interfaceId: string;
  readonly inbound: number;
  readonly outbound: number;
  /** Of both: TCP resets and ICMP errors. */
  readonly refused: number;
}

export interface HighlightsMessage {
  readonly type: 'highlights';
  readonly run: number;
  readonly items: readonly Highlight[];
}
