// Which EtherType a packet's outermost link header gives, told from its bytes: no column holds what few ask for.
import { u16, u8 } from '../bytes.ts';

const VLAN_TAGS: readonly number[] = [0x8100, 0x88a8, 0x9100];
const TAG_BYTES = 4;
/** Where the EtherType lies, by LINKTYPE_…: Ethernet, LINUX_SLL, LINUX_SLL2; and where the header ends. */
const PLACES: Readonly<Record<number, readonly [at: number, headerBytes: number]>> = {
  1: [12, 14],
  113: [14, 16],
  276: [0, 20],
};
const OF_VERSION: Readonly<Record<number, number>> = { 4: 0x0800, 6: 0x86dd };
const RAW: readonly number[] = [12, 14, 101, 228, 229];
const NULL_OR_LOOP: readonly number[] = [0, 108];

/** 0 when there is none, or it was not captured. Below 1536 it is a length (IEEE 802.3). */
export function etherTypeOf(linkType: number, raw: Uint8Array): number {
  if (RAW.includes(linkType)) return OF_VERSION[u8(raw, 0) >> 4] ?? 0;
  if (NULL_OR_LOOP.includes(linkType)) return OF_VERSION[u8(raw, 4) >> 4] ?? 0;
  const place = PLACES[linkType];
  if (place === undefined || raw.length < place[1]) return 0;
  let type = u16(raw, place[0]);
  for (let at = place[1]; VLAN_TAGS.includes(type) && at + TAG_BYTES <= raw.length; at += TAG_BYTES)
    type = u16(raw, at + 2);
  return type;
}
