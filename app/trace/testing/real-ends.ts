// For tests on the real kernel: which counters of the router tell how a packet ended (FIELD-NOTES §7).
import type { RealResult } from './real-router.ts';

/** What rises for each end, and nothing else of all that is named here. */
export const ENDS: Readonly<Record<string, readonly string[]>> = {
  'leaves r1': ['tx r1'],
  '  delivered': [],
  'dropped reverse-path': ['TcpExt IPReversePathFilter'],
  'dropped martian-source': [],
  'dropped martian-destination': [],
  'dropped blackhole': [],
  'dropped filter-drop': [],
  'dropped forwarding-off': ['Ip InAddrErrors'],
  'rejected no-route': ['IpExt InNoRoutes'],
  'rejected unreachable': [],
  'rejected prohibit': [],
  'rejected filter-reject': ['Icmp OutDestUnreachs'],
  'rejected ttl-exceeded': ['Ip InHdrErrors', 'Icmp OutTimeExcds'],
  'rejected too-big': ['Ip FragFails', 'Icmp OutDestUnreachs'],
  'rejected no-socket': ['Udp NoPorts', 'Icmp OutDestUnreachs'],
  'dropped wrong-neighbour': [],
};

const TOLD = 'Icmp OutDestUnreachs';
/** Of errors of its routes a router tells few (ip_rt_error_burst). */
const TOLD_RARELY: ReadonlySet<string> = new Set([
  'rejected no-route',
  'rejected unreachable',
  'rejected prohibit',
]);
const LOOKED_AT = [...new Set(Object.values(ENDS).flat())];

/** In alphabetical order. */
export function risenOf({ rose }: RealResult, end: string): string[] {
  return LOOKED_AT.filter((name) => rose.has(name) && !(name === TOLD && TOLD_RARELY.has(end))).toSorted();
}

/** What a router says to the sender may take any way, or none, where several things are changed at once. */
function isSure(name: string, end: string): boolean {
  return !name.startsWith('Icmp ') && !(name === 'tx r1' && end.startsWith('rejected'));
}

export function surely(end: string): string[] {
  return (ENDS[end] ?? []).filter((name) => isSure(name, end)).toSorted();
}

export function surelyRisenOf(result: RealResult, end: string): string[] {
  return risenOf(result, end).filter((name) => isSure(name, end));
}
