// Which way an Ethernet frame went that was captured at one device: its link type does not say, its addresses do.
import { PACKET_TYPE_OUTGOING } from '../store/packet-segment.ts';

const HEADER_BYTES = 14;
const MAC_BYTES = 6;
/** First byte of a group's address, broadcast among them. */
const GROUP_BIT = 1;

/**
 * SLL2's packet type as the kernel would have it; null when the frame is cut before that. What another device sent through
 * this one, a bridge's port or a macvlan's parent, is for another machine in both ways.
 *
 * @param heap holds the frame from `at` to `end`. @param own the device's address, six bytes
 */
export function ethernetPacketType(
  heap: Uint8Array,
  at: number,
  end: number,
  own: Uint8Array,
): number | null {
  if (at + HEADER_BYTES > end) return null;
  if (isAt(heap, at + MAC_BYTES, own)) return PACKET_TYPE_OUTGOING;
  if (isAt(heap, at, own)) return 0;
  if (((heap[at] ?? 0) & GROUP_BIT) === 0) return 3;
  return heap.subarray(at, at + MAC_BYTES).every((byte) => byte === 0xff) ? 1 : 2;
}

function isAt(heap: Uint8Array, at: number, mac: Uint8Array): boolean {
  for (let index = 0; index < MAC_BYTES; index += 1) if (heap[at + index] !== mac[index]) return false;
  return true;
}
