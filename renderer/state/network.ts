import ipaddr from 'ipaddr.js';
import type { InterfaceEntity } from '../../app/topology/model.ts';

/** "10.12.0.0/16" for 10.12.22.151/16; null for what does not parse. */
export function networkOf(address: string, prefixLength: number): string | null {
  const cidr = `${address}/${String(prefixLength)}`;
  try {
    const network = address.includes(':')
      ? ipaddr.IPv6.networkAddressFromCIDR(cidr)
      : ipaddr.IPv4.networkAddressFromCIDR(cidr);
    return `${network.toString()}/${String(prefixLength)}`;
  } catch {
    return null;
  }
}

/** The subnet an interface shares with its neighbours: IPv4 first; host addresses (/32, /128) share nothing. */
export function wireOf(each: InterfaceEntity): string | null {
  const shared = each.addresses.filter(
    (address) => address.scope !== 'link' && address.prefixLength < (address.family === 4 ? 32 : 128),
  );
  const first = shared.find((address) => address.family === 4) ?? shared[0];
  return first === undefined ? null : networkOf(first.address, first.prefixLength);
}

export function isDown(each: InterfaceEntity): boolean {
  return (
    each.adminUp === false ||
    each.operstate === 'DOWN' ||
    each.operstate === 'LOWERLAYERDOWN' ||
    each.carrier === false
  );
}

/** Why a link is down, in the kernel's words; null when it is up. UNKNOWN is up for tunnels and loopback. */
export function downReason(each: InterfaceEntity): string | null {
  if (each.adminUp === false) return 'admin down';
  if (each.carrier === false) return 'no carrier';
  return isDown(each) ? (each.operstate ?? 'down').toLowerCase() : null;
}
