// Whether the frames of a namespace's bridges are shown to IP's packet filters (br_netfilter, Documentation/networking/ip-sysctl.rst).
import type { TracedNamespace } from './namespace.ts';

/** Where the module is not there, neither is its setting. */
export function showsToFilters({ sysctls }: Pick<TracedNamespace, 'sysctls'>, family: 4 | 6): boolean {
  return sysctls?.get(callPath(family)) === '1';
}

export function callPath(family: 4 | 6): string {
  return `bridge/bridge-nf-call-${family === 4 ? 'iptables' : 'ip6tables'}`;
}
