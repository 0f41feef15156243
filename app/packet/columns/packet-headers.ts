// What the headers of one packet say, as far as columns hold it: dissectors read from it and tell it, one after the other.
import { AddressKind } from '../address.ts';
import { Mark, TunnelKind } from '../store/marks.ts';
import { PACKET_TYPE_UNKNOWN } from '../store/packet-segment.ts';
import { Step } from './steps.ts';

/** Where nothing is. */
export const NOWHERE = -1;

/** The outermost flow of a packet in a tunnel. */
export interface OuterHeaders {
  family: number;
  protocol: number;
  tunnel: number;
  sourceAt: number;
  destinationAt: number;
  sourcePort: number;
  destinationPort: number;
  network: number;
}

/** Reused from packet to packet. Places are indices into `bytes`. */
export class PacketHeaders {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the packet begins. */
  start = 0;
  /** Where the next header begins, and where what was captured of it and of what it holds ends. */
  at = 0;
  end = 0;
  /** Where that ends on the wire; perhaps past what was captured. */
  wireEnd = 0;

  // Columns of the same names (packet-segment.ts) say in which units. All of the innermost flow.
  ifindex = 0;
  packetType: number = PACKET_TYPE_UNKNOWN;
  family = 0;
  protocol = 0;
  sourcePort = 0;
  destinationPort = 0;
  flags = 0;
  sequence = 0;
  payloadLength = 0;
  layers = 0;
  marks = 0;
  /** `AddressKind` of the addresses; 0: none. A packet may have a source only. */
  addressKind = 0;
  sourceAt = NOWHERE;
  destinationAt = NOWHERE;
  /** The innermost IP header. */
  ipAt = 0;
  /** IPv6's fragment header. */
  fragmentAt = NOWHERE;
  /** Moves inwards with the headers; column `transportOffset`. */
  transportAt = 0;
  /** What leads from this flow to one within it: `TunnelKind` and network; 0: nothing yet. */
  tunnel = 0;
  network = 0;
  /** Only there with `Mark.tunnel`. */
  readonly outer: OuterHeaders = {
    family: 0,
    protocol: 0,
    tunnel: 0,
    sourceAt: 0,
    destinationAt: 0,
    sourcePort: 0,
    destinationPort: 0,
    network: 0,
  };

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Forgets the packet before. @param len bytes on the wire */
  begin(start: number, caplen: number, len: number): void {
    this.start = start;
    this.at = start;
    this.end = start + caplen;
    // Odd files say that more was captured than there was.
    this.wireEnd = start + Math.max(len, caplen);
    this.transportAt = start;
    this.ifindex = 0;
    this.packetType = PACKET_TYPE_UNKNOWN;
    this.family = 0;
    this.layers = 0;
    this.marks = 0;
    this.addressKind = 0;
    this.sourceAt = NOWHERE;
    this.destinationAt = NOWHERE;
    this.#forgetFlow();
  }

  /** What the layer that begins now holds ends here on the wire, if not before. */
  limit(wireEnd: number): void {
    if (wireEnd < this.wireEnd) this.wireEnd = wireEnd;
    if (wireEnd < this.end) this.end = wireEnd;
  }

  /** A header was read; the next begins here. */
  advance(at: number): void {
    this.at = at;
    // After IP the transport's header stays where it is, whatever it carries, until another IP header comes.
    if (this.family === 0) this.transportAt = at;
  }

  /** An IP header was read. */
  advanceToTransport(at: number): void {
    this.at = at;
    this.transportAt = at;
  }

  /** A header that would end at `headerEnd` is not there whole: the capture ends before, or what is around it does. */
  cut(headerEnd: number): typeof Step.done {
    if (headerEnd > this.wireEnd) return this.broken();
    this.marks |= Mark.truncated;
    this.transportAt = this.end;
    return Step.done;
  }

  /** The header that begins at `at` contradicts itself or what is around it. */
  broken(): typeof Step.done {
    this.marks |= Mark.broken;
    this.transportAt = this.at;
    return Step.done;
  }

  /** The link's own addresses stand in as long as nothing better comes. @param destination `NOWHERE`: there is none. */
  linkAddresses(source: number, destination: number): void {
    if (this.addressKind !== 0) return;
    this.addressKind = AddressKind.mac;
    this.sourceAt = source;
    this.destinationAt = destination;
  }

  /**
   * An IP or ARP header at `at`, with whole addresses. One within another flow makes that the outer one.
   * @param family 4 or 6; 0: ARP
   */
  beginFlow(family: number, kind: number, source: number, destination: number): void {
    if (this.family !== 0) {
      if ((this.marks & Mark.tunnel) === 0) this.#keepOuter();
      else this.marks |= Mark.deeper;
      // Fragments of the tunnel's are its own affair.
      this.marks &= ~Mark.firstFragment;
      this.#forgetFlow();
    }
    this.family = family;
    this.addressKind = kind;
    this.sourceAt = source;
    this.destinationAt = destination;
    this.ipAt = this.at;
  }

  #forgetFlow(): void {
    this.protocol = 0;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.flags = 0;
    this.sequence = 0;
    this.payloadLength = 0;
    this.fragmentAt = NOWHERE;
    this.tunnel = 0;
    this.network = 0;
  }

  #keepOuter(): void {
    this.marks |= Mark.tunnel;
    const { outer } = this;
    outer.family = this.family;
    outer.protocol = this.protocol;
    outer.tunnel = this.tunnel === 0 ? TunnelKind.ipInIp : this.tunnel;
    outer.sourceAt = this.sourceAt;
    outer.destinationAt = this.destinationAt;
    outer.sourcePort = this.sourcePort;
    outer.destinationPort = this.destinationPort;
    outer.network = this.network;
  }
}
