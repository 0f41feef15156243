// Ethernet II and IEEE 802.3: two MAC addresses, then EtherType or length (IEEE 802.3 §3.1.1).
import { field } from './field.ts';
import type { Dissection } from './dissection.ts';

const ETH = field('eth', 'Ethernet', 'protocol');
const DST = field('eth.dst', 'Destination', 'mac');
const SRC = field('eth.src', 'Source', 'mac');
const TYPE = field('eth.type', 'EtherType', 'uint', { hexDigits: 4 });

export const FIELDS = [ETH, DST, SRC, TYPE];

const HEADER_BYTES = 14;

export function dissectEthernet(d: Dissection, at: number, end: number): void {
  d.layer(ETH, at, HEADER_BYTES);
  d.mac(DST, at);
  d.mac(SRC, at + 6);
  const type = d.uint(TYPE, at + 12, 2);
  d.next('etherType', type, at + HEADER_BYTES, end);
}
