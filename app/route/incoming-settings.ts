// What the kernel makes of sysctls for packets that come in by a device (linux/inetdevice.h: IN_DEV_FORWARD is the device's
// own, IN_DEV_RPFILTER the larger, IN_DEV_ORCONF either of `all` and its own).
import type { IncomingSettings } from './kernel-lookup.ts';

/** Null where forwarding or rp_filter of the device was not read. @param sysctls by path below /proc/sys/net. */
export function incomingSettings(
  sysctls: ReadonlyMap<string, string>,
  dev: string,
  hasAddress: boolean,
): IncomingSettings | null {
  const own = (name: string): number => Number(sysctls.get(`ipv4/conf/${dev}/${name}`) ?? NaN);
  const all = (name: string): number => Number(sysctls.get(`ipv4/conf/all/${name}`) ?? NaN);
  const either = (name: string): boolean => own(name) > 0 || all(name) > 0;
  const rpFilter = Math.max(own('rp_filter'), all('rp_filter'));
  const forwarding = own('forwarding');
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
