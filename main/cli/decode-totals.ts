// What `hopscope decode --count` says of a capture: how many packets, from when to when, of which protocols.
import type { NodeTime } from '../../app/topology/model.ts';
import { Layer } from '../../app/packet/store/marks.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { packetTimeOf } from '../../app/packet/store/packet-time.ts';
import { ColumnChecksum } from './column-checksum.ts';

/** IANA's numbers of what Hopscope knows by name. */
const IP_PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

export class DecodeTotals {
  #packets = 0;
  #first: NodeTime | null = null;
  #last: NodeTime | null = null;
  readonly #byIpProtocol = new Uint32Array(256);
  #arp = 0;
  #other = 0;
  readonly #checksum: ColumnChecksum | null;

  constructor(checksum: boolean) {
    this.#checksum = checksum ? new ColumnChecksum() : null;
  }

  /** Takes in the first `length` of `rows`. */
  take(segment: PacketSegment, rows: Uint16Array, length: number): void {
    this.#packets += length;
    this.#checksum?.take(segment, rows, length);
    const { family, protocol, layers } = segment;
    const byIpProtocol = this.#byIpProtocol;
    for (let at = 0; at < length; at += 1) {
      const row = rows[at] ?? 0;
      if (family[row] !== 0) {
        const number = protocol[row] ?? 0;
        byIpProtocol[number] = (byIpProtocol[number] ?? 0) + 1;
      } else if (((layers[row] ?? 0) & Layer.arp) !== 0) this.#arp += 1;
      else this.#other += 1;
    }
    this.#takeTimes(segment, rows, length);
  }

  /** Packets of two interfaces may be out of order by a little. */
  #takeTimes(segment: PacketSegment, rows: Uint16Array, length: number): void {
    if (length === 0) return;
    const { seconds, nanoseconds } = segment;
    const begins = packetTimeOf(segment, rows[0] ?? 0);
    let { s: firstS, ns: firstNs } = this.#first ?? begins;
    let { s: lastS, ns: lastNs } = this.#last ?? begins;
    for (let at = 0; at < length; at += 1) {
      const row = rows[at] ?? 0;
      let s = seconds[row] ?? 0;
      let ns = nanoseconds[row] ?? 0;
      if (ns >= 1e9) ({ s, ns } = packetTimeOf(segment, row));
      if (s > lastS || (s === lastS && ns >= lastNs)) [lastS, lastNs] = [s, ns];
      else if (s < firstS || (s === firstS && ns < firstNs)) [firstS, firstNs] = [s, ns];
    }
    this.#first = { s: firstS, ns: firstNs };
    this.#last = { s: lastS, ns: lastNs };
  }

  /** Names with their packets, the most first. */
  get protocols(): readonly (readonly [string, number])[] {
    const ip = [...this.#byIpProtocol.entries()].map(
      ([protocol, packets]) => [IP_PROTOCOLS[protocol] ?? `IP protocol ${protocol}`, packets] as const,
    );
    return [...ip, ['ARP', this.#arp] as const, ['other', this.#other] as const]
      .filter(([, packets]) => packets > 0)
      .sort((a, b) => b[1] - a[1]);
  }

  json(): string {
    const protocols = Object.fromEntries(this.protocols);
    const checksum = this.#checksum === null ? {} : { checksum: this.#checksum.text };
    const totals = { packets: this.#packets, first: this.#first, last: this.#last, protocols, ...checksum };
    return `${JSON.stringify(totals)}\n`;
  }

  text(): string {
    if (this.#first === null || this.#last === null) return 'no packets\n';
    const seconds = this.#last.s - this.#first.s + (this.#last.ns - this.#first.ns) / 1e9;
    const protocols = this.protocols.map(([name, packets]) => `${name} ${packets}`).join(', ');
    const checksum = this.#checksum === null ? '' : `checksum ${this.#checksum.text}\n`;
    return `${this.#packets} packets in ${seconds.toFixed(6)} s, ${clock(this.#first)} to ${clock(this.#last)}\n${protocols}\n${checksum}`;
  }
}

function clock({ s, ns }: NodeTime): string {
  return `${new Date(s * 1000).toISOString().slice(0, 19)}.${String(ns).padStart(9, '0')}Z`;
}
