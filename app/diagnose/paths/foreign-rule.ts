// Policy rules that neither the kernel nor a network of Pods made.

/** The kernel's own (ip-rule(8)). */
const STANDARD = /lookup (local|main|default|255|254|253)$/;
/** Calico's for WireGuard, Cilium's for its proxy and its own encryption (marks and tables of each). */
const OF_THE_NETWORK = /\blookup (wireguard|2004|2005)\b|fwmark 0x(200|a00|d00|e00)\/0xf00/;

/**
 * Of networks whose Pods are at a cloud's interfaces a rule for each leads out by its own: Cilium's (pkg/datapath/linux/linux_defaults), Amazon's VPC CNI
 * plugin's (pkg/networkutils, those of security groups by the interface it comes in by), Terway's (plugin/datapath).
 */
const OF_AN_INTERFACE =
  /^(?:11[01]|1536|2048): from \S+ (?:to \S+ )?lookup \d+$|^10: from all iif (?:vlan|eni)\S+ lookup \d+$/;

/** @param rule as a trace tells it, `100: from 192.168.1.2 lookup 4321`; null: none is known. */
export function isForeignRule(rule: string | null): boolean {
  return rule !== null && ![STANDARD, OF_THE_NETWORK, OF_AN_INTERFACE].some((own) => own.test(rule));
}
