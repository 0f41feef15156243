// What the kernel makes of sysctls for packets that come in by a device. IPv4, linux/inetdevice.h: IN_DEV_FORWARD is the device's
// own, IN_DEV_RPFILTER the larger, IN_DEV_ORCONF either of `all` and its own. IPv6, net/ipv6/ip6_output.c ip6_forward: `all` alone
// forwards, or since Linux 6.17 the device's force_forwarding; it has no filter of sources.
import type { IncomingSettings } from './kernel-lookup.ts';

/** What most nodes of a cluster have: where it was not read, a note says what would be otherwise. */
export const ASSUMED_SETTINGS: IncomingSettings = {
  forwarding: true,
  rpFilter: 0,
  acceptLocal: false,
  routeLocalnet: false,
  srcValidMark: false,
  hasAddress: true,
};

/** Null where forwarding or rp_filter of the device was not read. @param sysctls by path below /proc/sys/net. */
export function incomingSettings(
  sysctls: ReadonlyMap<string, string>,
  { family, dev, hasAddress }: { family: 4 | 6; dev: string; hasAddress: boolean },
): IncomingSettings | null {
  const at = (device: string, name: string): number =>
    Number(sysctls.get(`ipv${family}/conf/${device}/${name}`) ?? NaN);
  if (family === 6) {
    const forwarding = at('all', 'forwarding');
    if (Number.isNaN(forwarding)) return null;
    return { ...ASSUMED_SETTINGS, forwarding: forwarding > 0 || at(dev, 'force_forwarding') > 0 };
  }
  const either = (name: string): boolean => at(dev, name) > 0 || at('all', name) > 0;
  const rpFilter = Math.max(at(dev, 'rp_filter'), at('all', 'rp_filter'));
  const forwarding = at(dev, 'forwarding');
  if (Number.isNaN(forwarding) || Number.isNaN(rpFilter)) return null;
  return {
    forwarding: forwarding > 0,
    rpFilter: rpFilter === 1 ? 1 : rpFilter > 1 ? 2 : 0,
    acceptLocal: either('accept_local'),
    routeLocalnet: either('route_localnet'),
    srcValidMark: either('src_valid_mark'),
    hasAddress,
  };
}
