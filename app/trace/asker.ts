// From which address a namespace asks for another: net/ipv4/arp.c arp_solicit, net/ipv6/ndisc.c ndisc_solicit, ndisc_send_ns.
import { parseAddress, sameAddress, type Address } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { isOwnAddress } from './filter-context.ts';
import type { TracedNamespace } from './namespace.ts';
import { addressesOf, hasInPrefix, selectSource4 } from './source-address.ts';

/**
 * The source of a question of this namespace's own (arp_announce 0: that of the packet, where it is its own). Null: it has none.
 */
export function askerOf(
  at: TracedNamespace,
  device: InterfaceEntity,
  address: Address,
  packetSource: Address,
): Address | null {
  if (address.family === 6) return asker6(device, packetSource);
  const value = (dev: string): number => Number(at.sysctls?.get(`ipv4/conf/${dev}/arp_announce`) ?? 0);
  const announce = Math.max(value('all'), value(device.name));
  const isOwn = isOwnAddress(at, packetSource);
  const onLink = (): boolean =>
    addressesOf(device, 4).some((one) => hasInPrefix(one, address) && hasInPrefix(one, packetSource));
  if (isOwn && (announce === 0 || (announce === 1 && onLink()))) return packetSource;
  return selectSource4(at, device.name, address, LINK_SCOPE);
}

/** The packet's, where the device has it; else that of the link. */
function asker6(device: InterfaceEntity, packetSource: Address): Address | null {
  const own = addressesOf(device, 6);
  const parsed = own.map(({ address }) => parseAddress(address));
  if (parsed.some((one) => one !== null && sameAddress(one, packetSource))) return packetSource;
  return parsed[own.findIndex(({ scope }) => scope === 'link')] ?? null;
}

const LINK_SCOPE = 253;
