// What the page sees of a watch: captures, vantage points, losses, windows of rows, and counts for the highlights.
// Two streams with credits in bytes (DESIGN §10): `packets` carries the view and the rows, `highlights` the counts.
import { z } from 'zod';
import type { NodeTime } from '../topology/model.ts';

/** Packets that were there and are not ours to show, by who lost them. */
export interface Loss {
  /** The node's kernel: tcpdump was too slow for it. */
  readonly kernel: number;
  /** Left out on purpose, to spare the node. */
  readonly governor: number;
  /** Hopscope: what could not be decoded, or was in flight when a connection was cut and is known to be missing. */
  readonly ours: number;
}

/** One tcpdump: where it listens and how it is doing. */
export interface CaptureView {
  /** Part of a packet's vantage point; never used twice in a run. */
  readonly id: number;
  readonly nodeLabel: string;
  /** The Pod in whose namespace it listens; null: the node's own namespace. */
  readonly pod: { readonly id: string; readonly name: string } | null;
  readonly state: 'starting' | 'running' | 'waiting' | 'off';
  /** ms since the epoch, our clock: since when it is in this state. */
  readonly since: number;
  /** What is wrong and what to do; null when nothing is. */
  readonly sentence: string | null;
  /** Packets decoded. */
  readonly packets: number;
  readonly loss: Loss;
  /** Everything up to then (the node's clock) is decoded or counted as lost; null before the first second. */
  readonly watermark: NodeTime | null;
}

/** An interface in a namespace where packets were seen (DESIGN §4). */
export interface VantagePointView {
  /** Rows name it by this. */
  readonly id: number;
  readonly captureId: number;
  /** `k8s-worker-1/ens192`; inside a Pod `k8s-worker-1/c2c-network-demo/eth0`. */
  readonly label: string;
  readonly nodeLabel: string;
  readonly podName: string | null;
  readonly interfaceName: string;
  /** Null while the topology does not know this interface. */
  readonly interfaceId: string | null;
  readonly packets: number;
}

export interface WatchTarget {
  readonly podId: string;
  /** `namespace/name`, or the name alone. */
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface WatchView {
  /** Rises with every start: rows and vantage points of another run are another's. 0: nothing was ever watched. */
  readonly run: number;
  /** `off` before the first start, `ended` when it was stopped or could not go on: what was captured stays readable. */
  readonly state: 'off' | 'on' | 'ended';
  readonly target: WatchTarget | null;
  /** The operator's own capture filter (pcap-filter(7)) instead of the Pod's addresses; null as a rule. */
  readonly expression: string | null;
  /** ms since the epoch, our clock. */
  readonly since: number | null;
  /** True statements about the whole watch: the Pod is gone, nodes without a capture, the decoder began anew. */
  readonly sentences: readonly string[];
  readonly captures: readonly CaptureView[];
  readonly vantagePoints: readonly VantagePointView[];
  readonly packets: {
    /** Decoded since the start. */
    readonly total: number;
    /** Still kept; the oldest leave when the ring is full. */
    readonly kept: number;
    /** Bytes that the kept ones take. */
    readonly bytes: number;
  };
  readonly loss: Loss;
}

export const noLoss: Loss = { kernel: 0, governor: 0, ours: 0 };

export const noWatch: WatchView = {
  run: 0,
  state: 'off',
  target: null,
  expression: null,
  since: null,
  sentences: [],
  captures: [],
  vantagePoints: [],
  packets: { total: 0, kept: 0, bytes: 0 },
  loss: noLoss,
};

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
  /** As Wireshark's column says it: TCP, HTTP, ARP, ICMP, … */
  readonly protocol: string;
  /** Bytes on the wire, and of them captured. */
  readonly length: number;
  readonly captured: number;
  /** One line. What packets carry is hostile: control characters are replaced. */
  readonly summary: string;
  readonly tone: 'plain' | 'opening' | 'closing' | 'refused' | 'trouble';
}

/** Which rows the page shows. Main sends them whenever they are others than those it sent last. */
export const packetWindowSchema = z.object({
  type: z.literal('window'),
  /** Which of the rows that pass the filter comes first, counted from the run's first; null: the last `count` ones. */
  from: z.number().int().min(0).nullable(),
  count: z.number().int().min(0).max(500),
  /** Address, network and port (app/packet/quick-filter.ts); empty: all. */
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
}

export type PacketsMessage =
  { readonly type: 'watch'; readonly view: WatchView } | { readonly type: 'rows'; readonly rows: PacketRows };

/** The interfaces that the page draws: nothing else is told. */
export const highlightsFromPageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('visible'), interfaces: z.array(z.string().max(512)).max(20_000) }),
  z.object({ type: z.literal('credit'), bytes: z.number().int().positive() }),
]);
export type HighlightsFromPage = z.infer<typeof highlightsFromPageSchema>;

/** Packets at one interface since the last message. */
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
