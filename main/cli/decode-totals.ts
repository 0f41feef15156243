// What `hopscope decode --count` says of a capture: how many packets, from when to when, of which protocols.
import type { NodeTime } from '../../app/topology/model.ts';
import { Layer } from '../../app/packet/store/marks.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { packetTimeOf } from '../../app/packet/store/packet-time.ts';

/** IANA's numbers of what Hopscope knows by name. */
const IP_PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

export class DecodeTotals {
  #packets = 0;
  #first: NodeTime | null = null;
  #last: NodeTime | null = null;
  readonly #byIpProtocol = new Uint32Array(256);
  #arp = 0;
  #other = 0;

  readonly take = (segment: PacketSegment, row: number): void => {
    this.#packets += 1;
    const { s, ns } = packetTimeOf(segment, row);
    // Packets of two interfaces may be out of order by a little.
    if (this.#first === null || isBefore(s, ns, this.#first)) this.#first = { s, ns };
    if (this.#last === null) this.#last = { s, ns };
    else if (!isBefore(s, ns, this.#last)) Object.assign(this.#last, { s, ns });
    if (segment.family[row] !== 0) {
      const protocol = segment.protocol[row] ?? 0;
      this.#byIpProtocol[protocol] = (this.#byIpProtocol[protocol] ?? 0) + 1;
    } else if (((segment.layers[row] ?? 0) & Layer.arp) !== 0) this.#arp += 1;
    else this.#other += 1;
  };

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
    return `${JSON.stringify({ packets: this.#packets, first: this.#first, last: this.#last, protocols })}\n`;
  }

  text(): string {
    if (this.#first === null || this.#last === null) return 'no packets\n';
    const seconds = this.#last.s - this.#first.s + (this.#last.ns - this.#first.ns) / 1e9;
    const protocols = this.protocols.map(([name, packets]) => `${name} ${packets}`).join(', ');
    return `${this.#packets} packets in ${seconds.toFixed(6)} s, ${clock(this.#first)} to ${clock(this.#last)}\n${protocols}\n`;
  }
}

function isBefore(s: number, ns: number, other: NodeTime): boolean {
  return s < other.s || (s === other.s && ns < other.ns);
}

function clock({ s, ns }: NodeTime): string {
  return `${new Date(s * 1000).toISOString().slice(0, 19)}.${String(ns).padStart(9, '0')}Z`;
}
