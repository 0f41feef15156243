// Whether the frames of a namespace's bridges are shown to IP's packet filters (br_netfilter, Documentation/networking/ip-sysctl.rst;
// net/bridge/br_netfilter_hooks.c br_nf_pre_routing: the namespace's setting, or the bridge's own).
import type { TracedNamespace } from './namespace.ts';

/** Where the module is not there, neither is its setting. */
export function showsToFilters(
  { sysctls, links }: Pick<TracedNamespace, 'sysctls' | 'links'>,
  family: 4 | 6,
  bridge: string,
): boolean {
  const own = `nf_call_${TOOLS[family]}`;
  return (
    sysctls?.get(callPath(family)) === '1' ||
    links?.get(bridge)?.details?.find(([name]) => name === own)?.[1] === '1'
  );
}

const TOOLS = { 4: 'iptables', 6: 'ip6tables' } as const;

export function callPath(family: 4 | 6): string {
  return `bridge/bridge-nf-call-${TOOLS[family]}`;
}
