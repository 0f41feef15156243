// What the engine and its packet worker say to each other. The worker decodes hostile bytes into segments of shared
// memory; the engine keeps the segments, so that packets outlive the worker.
import type { PacketWindow } from '../../app/contract/watch.ts';
import type { DetailNode } from '../../app/packet/dissect/detail.ts';
import type { FollowedStream } from '../../app/packet/follow/followed-stream.ts';
import type { PacketSummary } from '../../app/packet/summary/summarize.ts';
import type { FlowCount, SoughtFlow } from '../../app/packet/store/flow-counts.ts';
import type { SpilledSegment } from '../../app/packet/store/spill.ts';
import type { NodeTime } from '../../app/topology/model.ts';
import type { TalkCount } from './packet-peers.ts';
import type { SpillShare } from './spill-file.ts';

export type PacketRequest =
  /** First to a fresh worker, and with every run: an empty store, or one that goes on from what is kept. */
  | {
      readonly kind: 'begin';
      readonly maxBytes: number;
      /** The watched Pod's addresses: whoever else a packet with one of them names is told as a peer. */
      readonly watched: readonly string[];
      /** Oldest first. */
      readonly segments: readonly SharedArrayBuffer[];
      /** Where what leaves memory goes, and what of this run is there, oldest first; null: nowhere. */
      readonly spill: {
        readonly share: SpillShare;
        readonly run: number;
        readonly kept: readonly SpilledSegment[];
      } | null;
    }
  /** The watched Pod's addresses are others now. */
  | { readonly kind: 'watch'; readonly watched: readonly string[] }
  /** Ports that VXLAN has here, beside the usual ones: of packets that are decoded from then on. */
  | { readonly kind: 'ports'; readonly vxlan: readonly number[] }
  | {
      readonly kind: 'take';
      readonly chunks: readonly StreamChunk[];
      /** Buffers of segments that have left and that nobody reads: to be used again. */
      readonly spare: readonly SharedArrayBuffer[];
    }
  | { readonly kind: 'rows'; readonly window: PacketWindow }
  /** One packet in full. */
  | { readonly kind: 'detail'; readonly number: number }
  /** The TCP stream of one packet. */
  | { readonly kind: 'follow'; readonly number: number }
  /** Where packets of these flows were seen, from number `from` on; the same ones are counted on. */
  | { readonly kind: 'count'; readonly flows: readonly SoughtFlow[]; readonly from: number };

/** A stretch of one capture's pcap stream. */
export interface StreamChunk {
  readonly captureId: number;
  /** Where in the stream it begins, bytes: a worker that has not seen the beginning cannot go on. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Nothing follows. */
  readonly last: boolean;
  /** As text, of the one device that is captured; null: of all, or it has none. */
  readonly deviceMac: string | null;
}

export type PacketReply =
  /** To `begin`, `watch` and `ports`. */
  | { readonly kind: 'begun' }
  | {
      readonly kind: 'taken';
      readonly captures: readonly CaptureProgress[];
      /** Segments begun since the last reply. */
      readonly begun: readonly SharedArrayBuffer[];
      /** Number of the oldest packet still kept: whole segments before it have left. */
      readonly firstKept: number;
      /** Number of the oldest packet in memory: those before it are spilled. */
      readonly firstInMemory: number;
      /** Spilled since the last reply. */
      readonly spilled: readonly SpilledSegment[];
      /** What is wrong with the disk that they go to; null: nothing. */
      readonly spillSentence: string | null;
      readonly total: number;
      readonly kept: number;
      readonly bytes: number;
      /** Addresses that packets exchanged with the watched ones, each told once. */
      readonly peers: readonly { readonly address: string; readonly at: NodeTime }[];
      /** Packets with each of them since this was last told: once a second; else null. */
      readonly talks: readonly TalkCount[] | null;
    }
  | {
      readonly kind: 'rows';
      readonly first: number;
      readonly end: number;
      readonly from: number;
      /** Without what only the topology knows: whose addresses, and which interface. */
      readonly rows: readonly PacketSummary[];
      readonly filterError: string | null;
      /** While the filter has not looked at all packets: how many there are, and how many it has. Both 0 once it has. */
      readonly toScan: number;
      readonly scanned: number;
    }
  /** Null: it is not kept any more, or not decoded yet. */
  | { readonly kind: 'detail'; readonly detail: DecodedDetail | null }
  /** Null: the packet is not kept any more, or is no TCP segment. */
  | { readonly kind: 'follow'; readonly kept: boolean; readonly stream: FollowedStream | null }
  /** Not whole: packets have left, or there was no time for all. */
  | {
      readonly kind: 'count';
      readonly counts: readonly FlowCount[];
      /** All that is there has been looked at. */
      readonly caughtUp: boolean;
      /** How often packets left memory before they were looked at. */
      readonly gaps: number;
    };

export interface DecodedDetail {
  /** What was captured: a copy, for what the ring holds may leave. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes on the wire. */
  readonly length: number;
  readonly nodes: readonly DetailNode[];
}

/** How far one capture has come. */
export interface CaptureProgress {
  readonly captureId: number;
  /** The chunk was not decoded: this worker has not seen what came before it. */
  readonly lost: boolean;
  /** Decoded since its beginning. */
  readonly records: number;
  /** LINKTYPE_… of the stream; null before it said so. */
  readonly linkType: number | null;
  /** Why the rest of its stream cannot be read; null as long as it can. */
  readonly broken: string | null;
  /** Packets since the last reply, by interface. */
  readonly tallies: readonly InterfaceTally[];
  /** Time of the last of these packets; null when there are none. */
  readonly at: NodeTime | null;
}

export interface InterfaceTally {
  /** 0 when the capture does not tell interfaces apart. */
  readonly ifindex: number;
  readonly inbound: number;
  readonly outbound: number;
  /** Of both: TCP resets and ICMP errors. */
  readonly refused: number;
}
