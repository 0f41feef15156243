// What a capture is asked for and what it tells (capture.ts runs it).
import type { NodeTime } from '../../app/probe/facts.ts';
import type { Outside } from '../../app/trace/lets-through.ts';

/** DESIGN §5: nothing of a packet beyond these bytes is used to recognise it elsewhere, and no capture keeps fewer. */
export const SNAP_MIN = 128;

/** One TCP connection of an SSH login as the node sees it: the words of its $SSH_CONNECTION. */
export interface SshConnection {
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
}

export interface CaptureRequest {
  /** A process in the namespace, and the namespace's inode that it must still be in; null: the login's own. */
  readonly namespace: { readonly pid: number; readonly inode: number } | null;
  /** null: all of them (`-i any`), as SLL2. */
  readonly interfaceName: string | null;
  /** `host A or host B`: IP addresses. Ignored when `expression` is given. */
  readonly addresses: readonly string[];
  /** Only what the addresses exchange with these, and who refuses their packets; left out: with anybody. */
  readonly peers?: readonly string[];
  /** As whom packets of the addresses go on where something masquerades them: what these exchange with whom; left out: none. */
  readonly outside?: readonly Outside[];
  /** The operator's own filter (pcap-filter(7)); the node may refuse it. */
  readonly expression: string | null;
  /** Our own SSH connections, wherever they may cross this node: never captured. */
  readonly exclude: readonly SshConnection[];
  /** Bytes, at least SNAP_MIN. */
  readonly snaplen: number;
}

/** tcpdump's counters since it began, packets. */
export interface CaptureTotals {
  /** Written by tcpdump: as many records the stream holds. */
  readonly captured: number;
  /** Passed the filter in the kernel. */
  readonly received: number;
  /** Passed the filter and found no room in the kernel's buffer: lost. */
  readonly dropped: number;
}

export interface CaptureFailure {
  readonly kind:
    | 'missing-tool' // no tcpdump, or no nsenter, on the node
    | 'not-permitted'
    | 'filter-refused' // by tcpdump, whose words are the detail
    | 'killed' // tcpdump ended by itself or by somebody else
    | 'frozen' // tcpdump is there and does not answer
    | 'namespace-gone'
    | 'no-sll2' // this tcpdump cannot tell interfaces apart on `any`: capture one interface at a time
    | 'limit' // no free channel
    | 'cancelled'
    | 'lost' // the connection
    | 'refused' // the channel
    | 'no-shell' // the login ran something else
    | 'failed'; // anything else
  readonly sentence: string;
  /** tcpdump's or the node's own words, line by line. */
  readonly detail: string | null;
}

/** A moment of the node's. */
export interface CaptureTime {
  readonly nodeTime: NodeTime;
  /** Seconds that the node was up before and behind it, in hundredths cut off. Left out: it was not told. */
  readonly uptime?: { readonly before: number; readonly after: number };
  /** Seconds of a processor that tcpdump and our shell beside it have taken. Left out: it was not told. */
  readonly cpu?: number;
}

export type CaptureEvent =
  /** The pcap stream from its first byte on; any chunking, never empty. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /**
   * Once a second while tcpdump answers. `captured`: when the stream has given so many records, everything up to
   * `nodeTime` is among them or `dropped` – surely when `exact`, else perhaps fewer than it takes (capture-tally.ts).
   */
  | ({ readonly kind: 'tick'; readonly exact: boolean } & CaptureTime & CaptureTotals)
  /** The last event: nothing of it runs on the node any more, or will in a second. `totals`: tcpdump's last, if any. */
  | {
      readonly kind: 'end';
      readonly failure: CaptureFailure | null;
      readonly totals: CaptureTotals | null;
    };

/** A running capture. Disposing ends tcpdump on the node; when it resolves the channel is closed. */
export interface Capture extends AsyncDisposable {
  /** One consumer only. Pulled: a slow reader slows tcpdump, and then the kernel counts what it drops. */
  readonly events: AsyncIterable<CaptureEvent>;
  /** `HOPSCOPE_GUARD=<id>` is in the environment of each of its processes on the node (not at tier 2). */
  readonly guardId: string;
}
