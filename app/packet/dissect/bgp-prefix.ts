// Prefixes in BGP: a length in bits, then as many bytes as it needs (RFC 4271 §4.3, RFC 4760 §5).
import { AddressKind, addressText } from '../address.ts';
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';

// IANA, Address Family Numbers and SAFI Namespace.
export const AFI_WORDS = { 1: 'IPv4', 2: 'IPv6', 25: 'L2VPN', 16_388: 'BGP-LS' };
export const SAFI_WORDS = {
  1: 'Unicast',
  2: 'Multicast',
  4: 'Labelled unicast',
  5: 'Multicast VPN',
  65: 'VPLS',
  70: 'EVPN',
  71: 'BGP-LS',
  128: 'Labelled VPN unicast',
  132: 'Route target',
  133: 'Flow specification',
};

export const IPV4_BYTES = 4;
export const IPV6_BYTES = 16;

export const PREFIX_LENGTH = field('bgp.prefix_length', 'Prefix length', 'uint');
export const PATH_ID = field('bgp.nlri_path_id', 'Path id', 'uint');

/**
 * Prefixes one after the other, each told as `of`, an address field. With `pathIds` each has a path identifier before it
 * (RFC 7911).
 */
export function readPrefixes(
  d: Dissection,
  at: number,
  end: number,
  of: Field,
  addressBytes: 4 | 16,
  pathIds = false,
): void {
  let next = at;
  while (next < end) {
    if (pathIds) {
      d.uint(PATH_ID, next, 4);
      next += 4;
    }
    d.reading(PREFIX_LENGTH);
    const bits = d.u8(next);
    if (bits > addressBytes * 8) d.fail();
    const bytes = Math.ceil(bits / 8);
    d.reading(of);
    const prefix = d.bytes(next + 1, bytes);
    d.add(PREFIX_LENGTH, next, 1, bits);
    if (d.wants(of)) {
      const address = new Uint8Array(addressBytes);
      address.set(prefix);
      const spare = bytes * 8 - bits;
      if (spare > 0) address[bytes - 1] = ((address[bytes - 1] ?? 0) >> spare) << spare;
      d.add(of, next + 1, bytes, address);
      if (d.whole) d.say(`${of.label}: ${addressWords(address)}/${bits.toString()}`);
    }
    next += 1 + bytes;
  }
}

function addressWords(address: Uint8Array): string {
  return addressText(address.length === IPV4_BYTES ? AddressKind.ipv4 : AddressKind.ipv6, address, 0);
}

/**
 * Whether a list of prefixes reads as one with a path identifier before each, and not without: nothing in the message says
 * so, only the OPENs of the session's beginning did.
 */
export function hasPathIds(d: Dissection, at: number, end: number, addressBytes: 4 | 16): boolean {
  return fits(d, at, end, addressBytes, 4) && !fits(d, at, end, addressBytes, 0);
}

function fits(d: Dissection, at: number, end: number, addressBytes: 4 | 16, idBytes: number): boolean {
  let next = at;
  while (next < end) {
    if (next + idBytes >= end) return false;
    const bits = d.u8(next + idBytes);
    if (bits > addressBytes * 8) return false;
    // Lists without identifiers seem to have /0 everywhere when read with them, and the other way round.
    if (bits === 0 && end - at > idBytes + 1) return false;
    next += idBytes + 1 + Math.ceil(bits / 8);
  }
  return next === end;
}
