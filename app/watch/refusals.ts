// What was refused, and by whom: a TCP reset, an ICMP error. Each is kept for a while under the flow that it answers, and found by what it
// quotes of the packet: of a reset the sequence that it acknowledges, of an error IP's identification, or TCP's sequence.
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import { PACKET_TYPE_OUTGOING, type PacketSegment } from '../packet/store/packet-segment.ts';
import { addressText, AddressKind } from '../packet/address.ts';
import { u16, u32, u8 } from '../packet/bytes.ts';
import type { FlowTable } from './flow-table.ts';
import type { Refusal } from './model.ts';
import { isIcmpError } from './packet-identity.ts';

const RST = 0x04;
const ACK = 0x10;
const UDP_BYTES = 8;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
/** Of an ICMP error, before what it quotes. */
const ERROR_BYTES = 8;
/** Of one flow: a flood of them says nothing more. */
const MOST_OF_A_FLOW = 64;
const MOST_FLOWS = 4_096;
/** ns within which a refusal passes all that it passes, whatever clocks say. */
const PASSES_NS = 1_500_000_000;

/** Where it was seen first. */
interface Place {
  /** Session time, by the clock of that node. */
  readonly at: number;
  readonly node: number;
  readonly ttl: number;
  /** It leaves a namespace there. */
  readonly leaves: boolean;
}

interface Kept extends Place {
  readonly refusal: Refusal;
  readonly visits: Set<number>;
  readonly about: About;
}

/** Where a packet is seen. */
export interface SeenAt {
  readonly flow: number;
  readonly visit: number;
  readonly node: number;
  readonly at: number;
  readonly ttl: number;
}

/** What it says of the packet that it refuses. */
type About =
  /** Resets what has no acknowledgement: acknowledges all of it (RFC 9293 3.10.7.1). */
  | { readonly kind: 'acknowledges'; readonly sequenceEnd: number }
  /** Resets what acknowledges that; others before it, that arrived, may do so, too. */
  | { readonly kind: 'acknowledged'; readonly acknowledgement: number }
  | ({ readonly kind: 'quotes' } & Quoted);

interface Quoted {
  /** IPv4's; null: it has none. */
  readonly identification: number | null;
  /** TCP's; identifier and number of an echo; null of others. */
  readonly sequence: number | null;
  /** UDP's payload, bytes; null of others. */
  readonly payload: number | null;
}

/** Of a packet, what a refusal may quote. */
export interface Refused {
  /** Under all addresses that it was seen under. */
  readonly flows: readonly number[];
  /** TCP's, and of an echo identifier and number, as the column `sequence` has it. */
  readonly sequence: number;
  /** TCP: where it ends, SYN and FIN counted. */
  readonly sequenceEnd: number;
  /** TCP; null: it acknowledges nothing. */
  readonly acknowledgement: number | null;
  /** IPv4's; 0: none. */
  readonly identification: number;
  /** Bytes behind the transport header. */
  readonly payload: number;
}

export interface Answer {
  readonly refusal: Refusal;
  /** It is about that packet, even if that has arrived. */
  readonly isSure: boolean;
}

/** Source quench and redirect: the packet has gone on. */
function isAdvice(protocol: number, flags: number): boolean {
  const type = flags >> 8;
  return protocol === IpProtocol.icmp && (type === 4 || type === 5);
}

/** TCP sends the same again at once, in smaller pieces: of two of one sequence this may be the one that has arrived. */
function isTooBig({ kind, family, type, code }: Refusal): boolean {
  return kind === 'icmp' && (family === 4 ? type === 3 && code === 4 : type === 2);
}

export class Refusals {
  readonly #byFlow = new Map<number, Kept[]>();

  /** Keeps the packet if it is a refusal. */
  notice(segment: PacketSegment, row: number, flows: FlowTable, seen: SeenAt): void {
    const protocol = segment.protocol[row] ?? 0;
    const flags = segment.flags[row] ?? 0;
    if (protocol === IpProtocol.tcp) {
      if ((flags & RST) === 0) return;
      const about = resets(segment, row, flags);
      if (about !== null) this.#keep(flows.reverse(seen.flow), about, segment, row, seen);
    } else if (isIcmpError(protocol, flags) && !isAdvice(protocol, flags)) {
      const quoted = quotedBy(segment, row, flows);
      if (quoted !== null) this.#keep(quoted.flow, { kind: 'quotes', ...quoted }, segment, row, seen);
    }
  }

  /** Whether packets of that flow were refused at all. */
  has(flow: number): boolean {
    return this.#byFlow.has(flow);
  }

  /** Who refused that packet first; null: nobody did. Earlier and later ones are another packet's; session time. */
  of(packet: Refused, from: number, until: number): Answer | null {
    let found: Kept | null = null;
    for (const flow of packet.flows)
      for (const kept of this.#byFlow.get(flow) ?? [])
        if (kept.at >= from && kept.at <= until && answers(kept.about, packet))
          if (found === null || isBefore(kept, found)) found = kept;
    if (found === null) return null;
    return {
      refusal: found.refusal,
      isSure: found.about.kind !== 'acknowledged' && !isTooBig(found.refusal),
    };
  }

  forgetBefore(time: number): void {
    for (const [flow, kept] of this.#byFlow) {
      const left = kept.filter(({ at }) => at >= time);
      if (left.length === 0) this.#byFlow.delete(flow);
      else if (left.length < kept.length) this.#byFlow.set(flow, left);
    }
  }

  #keep(
    flow: number,
    about: About,
    segment: PacketSegment,
    row: number,
    { visit, at, node, ttl }: SeenAt,
  ): void {
    if (flow === 0) return;
    const kept = this.#byFlow.get(flow) ?? [];
    const flags = segment.flags[row] ?? 0;
    const isReset = about.kind !== 'quotes';
    const leaves = segment.packetType[row] === PACKET_TYPE_OUTGOING;
    const refusal: Refusal = {
      visit,
      kind: isReset ? 'reset' : 'icmp',
      family: segment.family[row] === 6 ? 6 : 4,
      type: isReset ? 0 : flags >> 8,
      code: isReset ? 0 : flags & 0xff,
      number: segment.firstNumber + row,
    };
    const same = kept.findIndex(
      (one) => !one.visits.has(visit) && Math.abs(one.at - at) <= PASSES_NS && isSameAbout(one.about, about),
    );
    const one = kept[same];
    if (one !== undefined) {
      one.visits.add(visit);
      if (isBefore({ at, node, ttl, leaves }, one)) kept[same] = { ...one, refusal, at, node, ttl, leaves };
      return;
    }
    if (kept.length >= MOST_OF_A_FLOW || (kept.length === 0 && this.#byFlow.size >= MOST_FLOWS)) return;
    kept.push({ refusal, visits: new Set([visit]), at, node, ttl, leaves, about });
    this.#byFlow.set(flow, kept);
  }
}

/** Where it was sent it has its whole TTL, and leaves. Clocks of two nodes say nothing. */
function isBefore(one: Place, other: Place): boolean {
  if (one.ttl !== other.ttl) return one.ttl > other.ttl;
  if (one.leaves !== other.leaves && (one.node !== other.node || one.at === other.at)) return one.leaves;
  return one.at < other.at;
}

function isSameAbout(one: About, other: About): boolean {
  if (one.kind === 'acknowledges')
    return other.kind === 'acknowledges' && one.sequenceEnd === other.sequenceEnd;
  if (one.kind === 'acknowledged')
    return other.kind === 'acknowledged' && one.acknowledgement === other.acknowledgement;
  return (
    other.kind === 'quotes' &&
    one.identification === other.identification &&
    one.sequence === other.sequence &&
    one.payload === other.payload
  );
}

/** Null: it ends a connection, and is no answer to a packet. */
function resets(segment: PacketSegment, row: number, flags: number): About | null {
  if ((flags & ACK) === 0) return { kind: 'acknowledged', acknowledgement: segment.sequence[row] ?? 0 };
  if (segment.sequence[row] !== 0) return null;
  return { kind: 'acknowledges', sequenceEnd: segment.acknowledgement(row) };
}

function answers(about: About, packet: Refused): boolean {
  if (about.kind === 'acknowledges')
    return packet.acknowledgement === null && about.sequenceEnd === packet.sequenceEnd;
  if (about.kind === 'acknowledged') return packet.acknowledgement === about.acknowledgement;
  const { identification, sequence, payload } = about;
  // Of a stream that was cut on its way, what it quotes may lie within.
  if (sequence !== null && packet.payload > 0 && packet.acknowledgement !== null)
    return (sequence - packet.sequence) >>> 0 < packet.payload;
  return (
    (sequence === null || sequence === packet.sequence) &&
    (payload === null || payload === packet.payload) &&
    (identification === null || identification === packet.identification)
  );
}

/** The packet that an ICMP error is about; null where too little of it is there. */
function quotedBy(
  segment: PacketSegment,
  row: number,
  flows: FlowTable,
): (Quoted & { readonly flow: number }) | null {
  const bytes = segment.raw(row);
  const ip = (segment.transportOffset[row] ?? 0) + ERROR_BYTES;
  const family = u8(bytes, ip) >> 4;
  const header = family === 4 ? (u8(bytes, ip) & 0x0f) * 4 : IPV6_BYTES;
  if ((family !== 4 && family !== 6) || header < IPV4_BYTES || ip + header + ERROR_BYTES > bytes.length)
    return null;
  const protocol = u8(bytes, ip + (family === 4 ? 9 : 6));
  const [kind, source, destination] =
    family === 4 ? [AddressKind.ipv4, ip + 12, ip + 16] : [AddressKind.ipv6, ip + 8, ip + 24];
  const transport = ip + header;
  const hasPorts = protocol === IpProtocol.tcp || protocol === IpProtocol.udp || protocol === IpProtocol.sctp;
  const isEcho =
    (protocol === IpProtocol.icmp && u8(bytes, transport) === 8) ||
    (protocol === IpProtocol.icmpv6 && u8(bytes, transport) === 128);
  const flow = flows.ofTuple({
    ...{
      family,
      protocol,
      source: addressText(kind, bytes, source),
      destination: addressText(kind, bytes, destination),
    },
    sourcePort: hasPorts ? u16(bytes, transport) : isEcho ? u16(bytes, transport + 4) : 0,
    destinationPort: hasPorts ? u16(bytes, transport + 2) : 0,
  });
  return {
    flow,
    identification: family === 4 ? u16(bytes, ip + 4) : null,
    sequence: protocol === IpProtocol.tcp || isEcho ? u32(bytes, transport + 4) : null,
    payload: protocol === IpProtocol.udp ? u16(bytes, transport + 4) - UDP_BYTES : null,
  };
}
