// Flows: packets of one protocol from one end to another, a number each. Which of them are one connection's packets under other addresses,
// connections.ts says. Numbers rise and are never used again; what is idle is forgotten, and has another number if it comes back.
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

/** Somebody may invent flows: packets of more than these at a time are not followed. */
export const MOST_FLOWS = 200_000;
/** Of a flow that is not followed. */
export const NO_FLOW = 0;

const FIRST_SLOTS = 1 << 10;
const NOT_SEEN = 0;

export class FlowTable {
  readonly #most: number;
  readonly #tuples = new Map<number, FlowTuple>();
  #next = 1;
  #refused = 0;
  /** The latest time that a packet came of. */
  #now = 0;
  /** By ids of the segment looked at last: an address is made a text once a segment. */
  #segment: PacketSegment | null = null;
  #addresses = new Uint32Array(0);
  #addressIds = new Map<string, number>();
  #texts: string[] = [''];
  /** A hash table of open addressing: ids of the ends, ports, protocol; the flow and when it was seen last. */
  #sources = new Uint32Array(FIRST_SLOTS);
  #destinations = new Uint32Array(FIRST_SLOTS);
  #ports = new Uint32Array(FIRST_SLOTS);
  #protocols = new Uint8Array(FIRST_SLOTS);
  #flows = new Uint32Array(FIRST_SLOTS);
  #seen = new Float64Array(FIRST_SLOTS);

  /** @param most flows at a time */
  constructor(most: number = MOST_FLOWS) {
    this.#most = most;
  }

  /** From 1; `NO_FLOW` when there are too many. @param second session time of the packet, s */
  of(segment: PacketSegment, row: number, second = 0): number {
    const source = this.#addressOf(segment, segment.source[row] ?? 0);
    const destination = this.#addressOf(segment, segment.destination[row] ?? 0);
    const protocol = segment.protocol[row] ?? 0;
    if (second > this.#now) this.#now = second;
    return this.#find(source, destination, protocol, portsOf(segment, row, protocol), second);
  }

  /** The flow of that tuple, whether a packet of it was seen or not. */
  ofTuple({ protocol, source, destination, sourcePort, destinationPort }: FlowTuple): number {
    const ports = ((sourcePort << 16) | destinationPort) >>> 0;
    return this.#find(this.#addressId(source), this.#addressId(destination), protocol, ports, this.#now);
  }

  /** Null for `NO_FLOW`, and for what is forgotten. */
  tuple(flow: number): FlowTuple | null {
    return this.#tuples.get(flow) ?? null;
  }

  /** Packets the other way; of an ICMP echo these have the same identifier. */
  reverse(flow: number): number {
    const tuple = this.tuple(flow);
    return tuple === null ? NO_FLOW : this.ofTuple(reversed(tuple));
  }

  get size(): number {
    return this.#tuples.size;
  }

  /** Packets whose flow was one too many. */
  get refused(): number {
    return this.#refused;
  }

  /** When each flow was seen last, session time, s. */
  seen(visit: (flow: number, second: number) => void): void {
    for (const [slot, flow] of this.#flows.entries())
      if (flow !== NO_FLOW) visit(flow, this.#seen[slot] ?? 0);
  }

  forget(flows: ReadonlySet<number>): void {
    if (flows.size === 0) return;
    const kept: number[] = [];
    for (const [slot, flow] of this.#flows.entries())
      if (flow !== NO_FLOW && !flows.has(flow)) kept.push(slot);
    for (const flow of flows) this.#tuples.delete(flow);
    const texts = this.#texts;
    this.#texts = [''];
    this.#addressIds = new Map();
    this.#segment = null;
    this.#rebuild(sizeFor(kept.length), kept, (address) => this.#addressId(texts[address] ?? ''));
  }

  #find(source: number, destination: number, protocol: number, ports: number, second: number): number {
    if (source === 0 || destination === 0) {
      this.#refused += 1;
      return NO_FLOW;
    }
    const slot = this.#slotOf(source, destination, protocol, ports);
    const known = this.#flows[slot] ?? NO_FLOW;
    if (known !== NO_FLOW) {
      if (second > (this.#seen[slot] ?? 0)) this.#seen[slot] = second;
      return known;
    }
    if (this.#tuples.size >= this.#most) {
      this.#refused += 1;
      return NO_FLOW;
    }
    const flow = this.#next;
    this.#next += 1;
    this.#put(slot, source, destination, protocol, ports, flow, second);
    const from = this.#texts[source] ?? '';
    this.#tuples.set(flow, {
      family: from.includes(':') ? 6 : 4,
      protocol,
      source: from,
      destination: this.#texts[destination] ?? '',
      sourcePort: ports >>> 16,
      destinationPort: ports & 0xffff,
    });
    // Half of the slots are free: a search takes two looks.
    if (this.#tuples.size * 2 > this.#flows.length) {
      const used = [...this.#flows.keys()].filter((at) => this.#flows[at] !== NO_FLOW);
      this.#rebuild(this.#flows.length * 2, used, (address) => address);
    }
    return flow;
  }

  #slotOf(source: number, destination: number, protocol: number, ports: number): number {
    const mask = this.#flows.length - 1;
    let hash =
      Math.imul(source, 0x9e3779b1) ^ Math.imul(destination, 0x85ebca6b) ^ Math.imul(ports, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15) ^ protocol, 0x27d4eb2f);
    for (let slot = (hash ^ (hash >>> 13)) & mask; ; slot = (slot + 1) & mask) {
      if (this.#flows[slot] === NO_FLOW) return slot;
      if (
        this.#sources[slot] === source &&
        this.#destinations[slot] === destination &&
        this.#ports[slot] === ports &&
        this.#protocols[slot] === protocol
      )
        return slot;
    }
  }

  #put(
    slot: number,
    source: number,
    destination: number,
    protocol: number,
    ports: number,
    flow: number,
    second: number,
  ): void {
    this.#sources[slot] = source;
    this.#destinations[slot] = destination;
    this.#protocols[slot] = protocol;
    this.#ports[slot] = ports;
    this.#flows[slot] = flow;
    this.#seen[slot] = second;
  }

  #rebuild(slots: number, kept: readonly number[], idOf: (address: number) => number): void {
    const [sources, destinations, ports] = [this.#sources, this.#destinations, this.#ports];
    const [protocols, flows, seen] = [this.#protocols, this.#flows, this.#seen];
    this.#sources = new Uint32Array(slots);
    this.#destinations = new Uint32Array(slots);
    this.#ports = new Uint32Array(slots);
    this.#protocols = new Uint8Array(slots);
    this.#flows = new Uint32Array(slots);
    this.#seen = new Float64Array(slots);
    for (const old of kept) {
      const [source, destination] = [idOf(sources[old] ?? 0), idOf(destinations[old] ?? 0)];
      const [protocol, pair] = [protocols[old] ?? 0, ports[old] ?? 0];
      const slot = this.#slotOf(source, destination, protocol, pair);
      this.#put(slot, source, destination, protocol, pair, flows[old] ?? 0, seen[old] ?? 0);
    }
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
    // Two ends a flow, and as many that were only asked for.
    if (text === '' || this.#texts.length > 4 * this.#most) return 0;
    const id = this.#texts.push(text) - 1;
    this.#addressIds.set(text, id);
    return id;
  }
}

function reversed(tuple: FlowTuple): FlowTuple {
  const { source, destination, sourcePort, destinationPort } = tuple;
  const isEcho = tuple.protocol === IpProtocol.icmp || tuple.protocol === IpProtocol.icmpv6;
  return {
    ...tuple,
    source: destination,
    destination: source,
    sourcePort: isEcho ? sourcePort : destinationPort,
    destinationPort: isEcho ? destinationPort : sourcePort,
  };
}

/** Twice what is there, so that it does not grow at once. */
function sizeFor(count: number): number {
  let slots = FIRST_SLOTS;
  while (slots < count * 4) slots *= 2;
  return slots;
}

/** Source << 16 | destination. Fragments beyond the first have none, and so are a flow of their own between the same ends. */
function portsOf(segment: PacketSegment, row: number, protocol: number): number {
  if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6) {
    const isEchoes = isEcho(protocol, (segment.flags[row] ?? 0) >> 8);
    return isEchoes ? ((segment.sequence[row] ?? 0) & 0xffff0000) >>> 0 : 0;
  }
  return (((segment.sourcePort[row] ?? 0) << 16) | (segment.destinationPort[row] ?? 0)) >>> 0;
}

function isEcho(protocol: number, type: number): boolean {
  return protocol === IpProtocol.icmp ? type === 0 || type === 8 : type === 128 || type === 129;
}
