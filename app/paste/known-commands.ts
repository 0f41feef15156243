// The commands whose output is known where it is pasted: a name for each, and what one would type for it.
import { OBJECT_TABLES, type ObjectTableKind } from './object-tables.ts';

/** The command to type for such output, where nobody said which one it was. */
export const USUAL_COMMAND = {
  ...commandsOf(OBJECT_TABLES),
  'ip-addr': 'ip addr',
  'address-lines': 'ip addr | grep inet',
  'address-rows': 'ip -br addr',
  ifconfig: 'ifconfig -a',
  'brief-links': 'ip -br link',
  'ip-route': 'ip route',
  'ip-route-get': 'ip route get',
  'route-n': 'route -n',
  'route-columns': 'route -n',
  'ip-rule': 'ip rule',
  'ip-neigh': 'ip neigh',
  arp: 'arp -an',
  'bridge-fdb': 'bridge fdb show',
  'kubectl-pods': 'kubectl get pods -o wide',
  'kubectl-describe': 'kubectl describe pods',
  'kubectl-nodes': 'kubectl get nodes -o wide',
  'calicoctl-status': 'calicoctl node status',
  'bird-protocols': 'birdcl show protocols all',
  'bird-status': 'birdcl show status',
  'bird-routes': 'birdcl show route all',
  'iptables-save': 'iptables-save -c',
  'nft-list': 'nft list ruleset',
  'ipset-list': 'ipset list',
  ipvsadm: 'ipvsadm -Ln',
  'ss-listeners': 'ss -lntu',
  'netstat-listeners': 'netstat -lntu',
  'ethtool-features': 'ethtool -k',
  'wg-show': 'wg show',
  sysctl: 'sysctl',
  counters: 'cat /proc/net/snmp /proc/net/netstat',
  tcpdump: 'tcpdump -nn',
  json: 'JSON',
  yaml: 'YAML',
  collected: 'hopscope collect',
} satisfies Readonly<Record<string, string>>;

export type PieceKind = keyof typeof USUAL_COMMAND;

function commandsOf(tables: typeof OBJECT_TABLES): Readonly<Record<ObjectTableKind, string>> {
  const commands = Object.entries(tables).map(([kind, { command }]) => [kind, command]);
  return Object.fromEntries(commands) as Record<ObjectTableKind, string>;
}
