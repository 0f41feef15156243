// Policy rules that neither the kernel nor a network of Pods made.

/** The kernel's own (ip-rule(8)). */
const STANDARD = /lookup (local|main|default|255|254|253)$/;
/** Calico's for WireGuard, Cilium's for its proxy and its own encryption (marks and tables of each). */
const OF_THE_NETWORK = /\blookup (wireguard|2004|2005)\b|fwmark 0x(200|a00|d00|e00)\/0xf00/;

/** @param rule as a trace tells it, `100: from 192.168.1.2 lookup 4321`; null: none is known. */
export function isForeignRule(rule: string | null): boolean {
  return rule !== null && !STANDARD.test(rule) && !OF_THE_NETWORK.test(rule);
}
