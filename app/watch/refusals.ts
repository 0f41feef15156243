// What was refused, and by whom: a TCP reset, an ICMP error. Each is kept for a while under the flow that it answers, and found by what it
// quotes of the packet: of a reset the sequence that it acknowledges, of an error IP's identification, or TCP's sequence.
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import type { PacketSegment } from '../packet/store/packet-segment.ts';
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

interface Kept extends Refusal {
  readonly at: number;
  readonly ttl: number;
  /** End of the sequence that it is about; null: it does not say. */
  readonly acknowledges: number | null;
  readonly quoted: Quoted | null;
}

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
  readonly flow: number;
  /** TCP's, and of an echo identifier and number, as the column `sequence` has it. */
  readonly sequence: number;
  /** TCP: where it ends, SYN and FIN counted. */
  readonly sequenceEnd: number;
  /** IPv4's; 0: none. */
  readonly identification: number;
  /** Bytes behind the transport header. */
  readonly payload: number;
}

export class Refusals {
  readonly #byFlow = new Map<number, Kept[]>();

  /** Keeps the packet if it is a refusal. */
  notice(
    segment: PacketSegment,
    row: number,
    flows: FlowTable,
    seen: { flow: number; visit: number; at: number; ttl: number },
  ): void {
    const protocol = segment.protocol[row] ?? 0;
    const flags = segment.flags[row] ?? 0;
    const number = segment.firstNumber + row;
    const common = {
      visit: seen.visit,
      at: seen.at,
      ttl: seen.ttl,
      number,
      family: segment.family[row] === 6 ? (6 as const) : (4 as const),
    };
    if (protocol === IpProtocol.tcp) {
      if ((flags & RST) === 0 || (flags & ACK) === 0) return;
      const acknowledges = segment.acknowledgement(row);
      this.#keep(flows.reverse(seen.flow), {
        ...{ ...common, kind: 'reset', type: 0, code: 0, acknowledges, quoted: null },
      });
    } else if (isIcmpError(protocol, flags)) {
      const quoted = quotedBy(segment, row, flows);
      if (quoted === null) return;
      this.#keep(quoted.flow, {
        ...{ ...common, kind: 'icmp', type: flags >> 8, code: flags & 0xff, acknowledges: null, quoted },
      });
    }
  }

  /** Who refused that packet first, by its travel; null: nobody did. @param until a later one is another packet's */
  of(packet: Refused, until: number): Refusal | null {
    const fits = (this.#byFlow.get(packet.flow) ?? []).filter(
      (one) => one.at <= until && answers(one, packet),
    );
    // Where it was sent it has its whole TTL.
    const [first] = fits.sort((a, b) => b.ttl - a.ttl || a.at - b.at || a.number - b.number);
    if (first === undefined) return null;
    const { visit, kind, family, type, code, number } = first;
    return { visit, kind, family, type, code, number };
  }

  forgetBefore(time: number): void {
    for (const [flow, kept] of this.#byFlow) {
      const left = kept.filter(({ at }) => at >= time);
      if (left.length === 0) this.#byFlow.delete(flow);
      else if (left.length < kept.length) this.#byFlow.set(flow, left);
    }
  }

  #keep(flow: number, refusal: Kept): void {
    if (flow === 0) return;
    const kept = this.#byFlow.get(flow);
    if (kept === undefined) {
      if (this.#byFlow.size < MOST_FLOWS) this.#byFlow.set(flow, [refusal]);
    } else if (kept.length < MOST_OF_A_FLOW) kept.push(refusal);
  }
}

function answers({ acknowledges, quoted }: Kept, packet: Refused): boolean {
  if (quoted === null) return acknowledges === packet.sequenceEnd;
  const { identification, sequence, payload } = quoted;
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
