// A filter against the columns of one segment: addresses are looked up once a segment, rows compare numbers.
import { Layer } from '../store/marks.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import type { FilterTerm, Network, QuickFilter } from './quick-filter.ts';

export class FilterScan {
  readonly #segment: PacketSegment;
  readonly #terms: readonly FilterTerm[];
  /** By address id: which terms' networks it is in, a bit each. */
  #networks: Uint16Array;
  #addresses = 0;

  constructor(filter: QuickFilter, segment: PacketSegment) {
    this.#segment = segment;
    this.#terms = filter.terms;
    this.#networks = new Uint16Array(segment.addressCount + 1);
  }

  /** Writes the rows of [from, to) that pass to `rows`, from `length` on. Returns the new length. */
  scan(from: number, to: number, rows: Uint16Array, length: number): number {
    this.#lookUp();
    let end = length;
    for (let row = from; row < to; row += 1) {
      if (this.#passes(row)) {
        rows[end] = row;
        end += 1;
      }
    }
    return end;
  }

  #passes(row: number): boolean {
    const segment = this.#segment;
    for (let index = 0; index < this.#terms.length; index += 1) {
      const term = this.#terms[index];
      if (term === undefined) return false;
      switch (term.kind) {
        case 'arp':
          if (((segment.layers[row] ?? 0) & Layer.arp) === 0) return false;
          break;
        case 'protocol':
          if (segment.family[row] === 0 || !term.protocols.includes(segment.protocol[row] ?? 0)) return false;
          break;
        case 'end': {
          const bit = 1 << index;
          const { port } = term;
          const here =
            (term.network === null || ((this.#networks[segment.source[row] ?? 0] ?? 0) & bit) !== 0) &&
            (port === null || this.#portIs(segment.sourcePort[row], port, row));
          const there =
            (term.network === null || ((this.#networks[segment.destination[row] ?? 0] ?? 0) & bit) !== 0) &&
            (port === null || this.#portIs(segment.destinationPort[row], port, row));
          if (!here && !there) return false;
          break;
        }
      }
    }
    return true;
  }

  /** Port 0 is also what packets without ports have. */
  #portIs(port: number | undefined, wanted: number, row: number): boolean {
    if (port !== wanted) return false;
    if (wanted !== 0) return true;
    const protocol = this.#segment.protocol[row];
    return protocol === 6 || protocol === 17;
  }

  /** Addresses that came since the last scan. */
  #lookUp(): void {
    const count = this.#segment.addressCount;
    if (count === this.#addresses) return;
    if (count >= this.#networks.length) {
      const roomier = new Uint16Array(Math.max(count + 1, this.#networks.length * 2));
      roomier.set(this.#networks);
      this.#networks = roomier;
    }
    const { heap } = this.#segment;
    for (const [index, term] of this.#terms.entries()) {
      if (term.kind !== 'end' || term.network === null) continue;
      for (let id = this.#addresses + 1; id <= count; id += 1) {
        if (contains(term.network, heap, this.#segment.addressOffset(id))) {
          this.#networks[id] = (this.#networks[id] ?? 0) | (1 << index);
        }
      }
    }
    this.#addresses = count;
  }
}

/** @param at where the address's entry begins: kind, then bytes. */
function contains(network: Network, heap: Uint8Array, at: number): boolean {
  const kind = network.bytes.length === 4 ? 4 : 6;
  if (heap[at] !== kind) return false;
  const whole = network.prefixLength >> 3;
  for (let index = 0; index < whole; index += 1) {
    if (heap[at + 1 + index] !== network.bytes[index]) return false;
  }
  const bits = network.prefixLength & 7;
  if (bits === 0) return true;
  return (((heap[at + 1 + whole] ?? 0) ^ (network.bytes[whole] ?? 0)) & (0xff << (8 - bits)) & 0xff) === 0;
}
