// Flows: packets of one protocol from one end to another, a number each. Which of them are one connection's packets under other addresses,
// `translations.ts` says.
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import type { PacketSegment } from '../packet/store/packet-segment.ts';

export interface FlowTuple {
  readonly family: 4 | 6;
  /** IP protocol. */
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** 0: none. Of an ICMP echo the identifier is the source's. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Somebody may invent flows: packets of more than these are not followed. */
export const MOST_FLOWS = 200_000;

const MOST_ADDRESSES = 2 * MOST_FLOWS;

/** Of a flow that is not followed. */
export const NO_FLOW = 0;

const NOT_SEEN = 0;

export class FlowTable {
  readonly #tuples: FlowTuple[] = [];
  /** By ids of the segment looked at last: an address is made a text once a segment. */
  #segment: PacketSegment | null = null;
  #addresses = new Uint32Array(0);
  readonly #addressIds = new Map<string, number>();
  readonly #texts: string[] = [''];
  /** By pair of addresses, then by protocol and ports: two small numbers instead of one text. */
  readonly #byEnds = new Map<number, Map<number, number>>();
  #refused = 0;

  /** From 1; `NO_FLOW` when there are too many. */
  of(segment: PacketSegment, row: number): number {
    const source = this.#addressOf(segment, segment.source[row] ?? 0);
    const destination = this.#addressOf(segment, segment.destination[row] ?? 0);
    const protocol = segment.protocol[row] ?? 0;
    const [sourcePort, destinationPort] = portsOf(segment, row, protocol);
    return this.#find(
      segment.family[row] === 6 ? 6 : 4,
      protocol,
      source,
      destination,
      sourcePort,
      destinationPort,
    );
  }

  /** The flow of that tuple, whether a packet of it was seen or not. */
  ofTuple(tuple: FlowTuple): number {
    const { family, protocol, source, destination, sourcePort, destinationPort } = tuple;
    return this.#find(
      family,
      protocol,
      this.#addressId(source),
      this.#addressId(destination),
      sourcePort,
      destinationPort,
    );
  }

  /** Null for `NO_FLOW`. */
  tuple(flow: number): FlowTuple | null {
    return this.#tuples[flow - 1] ?? null;
  }

  /** Packets the other way; of an ICMP echo these have the same identifier. */
  reverse(flow: number): number {
    const tuple = this.tuple(flow);
    if (tuple === null) return NO_FLOW;
    const { source, destination, sourcePort, destinationPort } = tuple;
    const isEcho = tuple.protocol === IpProtocol.icmp || tuple.protocol === IpProtocol.icmpv6;
    return this.ofTuple({
      ...tuple,
      source: destination,
      destination: source,
      sourcePort: isEcho ? sourcePort : destinationPort,
      destinationPort: isEcho ? destinationPort : sourcePort,
    });
  }

  get size(): number {
    return this.#tuples.length;
  }

  /** Packets whose flow was one too many. */
  get refused(): number {
    return this.#refused;
  }

  #find(
    family: 4 | 6,
    protocol: number,
    source: number,
    destination: number,
    sourcePort: number,
    destinationPort: number,
  ): number {
    if (source === 0 || destination === 0) {
      this.#refused += 1;
      return NO_FLOW;
    }
    // Both below 2^21: exact in a double.
    const ends = source * 2_097_152 + destination;
    let flows = this.#byEnds.get(ends);
    if (flows === undefined) {
      flows = new Map();
      this.#byEnds.set(ends, flows);
    }
    const rest = (protocol * 65_536 + sourcePort) * 65_536 + destinationPort;
    const known = flows.get(rest);
    if (known !== undefined) return known;
    if (this.#tuples.length >= MOST_FLOWS) {
      this.#refused += 1;
      return NO_FLOW;
    }
    const [from, to] = [this.#texts[source] ?? '', this.#texts[destination] ?? ''];
    const flow = this.#tuples.push({
      family,
      protocol,
      source: from,
      destination: to,
      sourcePort,
      destinationPort,
    });
    flows.set(rest, flow);
    return flow;
  }

  #addressOf(segment: PacketSegment, id: number): number {
    if (segment !== this.#segment) {
      this.#segment = segment;
      this.#addresses = new Uint32Array(256);
    }
    if (id >= this.#addresses.length) {
      const longer = new Uint32Array(Math.max(id + 1, this.#addresses.length * 2));
      longer.set(this.#addresses);
      this.#addresses = longer;
    }
    const known = this.#addresses[id] ?? NOT_SEEN;
    if (known !== NOT_SEEN) return known;
    const found = this.#addressId(segment.address(id));
    this.#addresses[id] = found;
    return found;
  }

  /** 0: one too many. */
  #addressId(text: string): number {
    const known = this.#addressIds.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length > MOST_ADDRESSES) return 0;
    const id = this.#texts.push(text) - 1;
    this.#addressIds.set(text, id);
    return id;
  }
}

/** Fragments beyond the first have none, and so are a flow of their own between the same ends. */
function portsOf(segment: PacketSegment, row: number, protocol: number): readonly [number, number] {
  if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6)
    return [isEcho(protocol, (segment.flags[row] ?? 0) >> 8) ? (segment.sequence[row] ?? 0) >>> 16 : 0, 0];
  return [segment.sourcePort[row] ?? 0, segment.destinationPort[row] ?? 0];
}

function isEcho(protocol: number, type: number): boolean {
  return protocol === IpProtocol.icmp ? type === 0 || type === 8 : type === 128 || type === 129;
}
