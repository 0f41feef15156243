// How a watch is doing, as the page sees it: captures, vantage points, losses. Apart from the schemas beside it, because the
// page needs a value of it, and zod tries on loading whether it may compile code, which the page's policy forbids.
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
  /** Only what the Pod exchanges with it is captured, as it is called and as it was asked for; null: with anybody. */
  readonly only: { readonly name: string; readonly to: string } | null;
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
  only: null,
  since: null,
  sentences: [],
  captures: [],
  vantagePoints: [],
  packets: { total: 0, kept: 0, bytes: 0 },
  loss: noLoss,
};
