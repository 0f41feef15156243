// Ethernet II and IEEE 802.3: two MAC addresses, then EtherType or length (IEEE 802.3 §3.1.1).
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import { LONGEST_LENGTH, readOnByLength } from './ieee-802.ts';
import { ETHER_TYPE_WORDS, Link } from './numbers.ts';

const ETH = field('eth', 'Ethernet', 'protocol');
const ADDR = field('eth.addr', 'Source or destination', 'mac');
const LG = field('eth.lg', 'Locally administered', 'boolean');
const IG = field('eth.ig', 'Group', 'boolean');
const DST = field('eth.dst', 'Destination', 'mac', { also: [ADDR] });
const DST_LG = field('eth.dst.lg', 'Locally administered', 'boolean', { also: [LG] });
const DST_IG = field('eth.dst.ig', 'Group', 'boolean', { also: [IG] });
const SRC = field('eth.src', 'Source', 'mac', { also: [ADDR] });
const SRC_LG = field('eth.src.lg', 'Locally administered', 'boolean', { also: [LG] });
const SRC_IG = field('eth.src.ig', 'Group', 'boolean', { also: [IG] });
const TYPE = field('eth.type', 'EtherType', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const LEN = field('eth.len', 'Length', 'uint');
const NEITHER = field('eth.invalid_lentype', 'Neither type nor length', 'uint', { hexDigits: 4 });

export const FIELDS = [ETH, ADDR, LG, IG, DST, DST_LG, DST_IG, SRC, SRC_LG, SRC_IG, TYPE, LEN, NEITHER];

const HEADER_BYTES = 14;
const LOWEST_TYPE = 0x0600;
const FABRIC_PATH = 0x8903;
const FABRIC_PATH_BYTES = 16;
const ISL: ReadonlySet<number> = new Set([0x01000c0000, 0x0c000c0000]);
const ISL_BYTES = 26;
/** FabricPath’s, where the frame’s own would be. */
const FRAME_CHECK_BYTES = 4;

export function dissectEthernet(d: Dissection, at: number, end: number): void {
  d.layer(ETH, at, HEADER_BYTES);
  // Addresses alone tell little: nothing is said of a header that is not there whole.
  d.reading(TYPE);
  d.need(at, HEADER_BYTES);
  if (wraps(d, at, end)) return;
  address(d, at, DST, DST_LG, DST_IG);
  address(d, at + 6, SRC, SRC_LG, SRC_IG);
  const type = d.u16(at + 12);
  const payloadAt = at + HEADER_BYTES;
  if (type >= LOWEST_TYPE || type === 0) {
    d.add(TYPE, at + 12, 2, type);
    d.next('etherType', type, payloadAt, end);
  } else if (type <= LONGEST_LENGTH) {
    d.add(LEN, at + 12, 2, type);
    readOnByLength(d, type, payloadAt, end);
  } else {
    d.add(NEITHER, at + 12, 2, type);
    d.next('data', 0, payloadAt, end);
  }
}

/** Two of Cisco’s that look like Ethernet and hold a whole frame: FabricPath, and ISL, a VLAN tag from before 802.1Q. */
function wraps(d: Dissection, at: number, end: number): boolean {
  const type = d.u16(at + 12);
  const isl = type <= LONGEST_LENGTH && ISL.has(d.number(at, 5));
  if (!isl && type !== FABRIC_PATH) return false;
  if (isl) d.next('linkType', Link.ethernet, at + ISL_BYTES, end);
  else d.next('linkType', Link.ethernet, at + FABRIC_PATH_BYTES, end - FRAME_CHECK_BYTES);
  return true;
}

function address(d: Dissection, at: number, whole: Field, local: Field, group: Field): void {
  d.mac(whole, at);
  d.open();
  d.bits(local, at, 1, 0x02);
  d.bits(group, at, 1, 0x01);
  d.close();
}
