import { POD_GATEWAY } from './addressing.ts';
import type { Fault } from './fault-kind.ts';
import { nodeFault, podFault, REFILTERED } from './fault-script.ts';

const CALICO = ['bgp', 'vxlan'] as const;
/** Of no pool and no block. */
const FORGED = '192.0.2.77';
/** Entries of conntrack that fill a table of the kernel's default size. */
const CONNTRACK_ENTRIES = 262_144;

export const filterFaults: Readonly<Record<string, Fault>> = {
  'anti-spoof-drop': podFault({
    summary:
      'a Pod sends from an address that is not its own, and Calico drops it before its routes are asked',
    finding: 'anti-spoof-drop',
    modes: CALICO,
    inflict: () => [
      `$POD ip address add ${FORGED}/32 dev eth0`,
      `$POD ip route replace default via ${POD_GATEWAY} dev eth0 src ${FORGED}`,
    ],
    mend: () => [
      `$POD ip route replace default via ${POD_GATEWAY} dev eth0`,
      `$POD ip address del ${FORGED}/32 dev eth0`,
    ],
  }),
  'policy-drop': podFault({
    summary: 'a policy lets nobody in to a Pod',
    finding: 'policy-drop',
    modes: CALICO,
    inflict: ({ pod }) => [
      'iptables-nft -N cali-pi-default/knp.default.deny',
      'iptables-nft -A cali-pi-default/knp.default.deny -m comment --comment "Policy default/knp.default.deny ingress" -j DROP',
      // After what lets answers to known connections in.
      `iptables-nft -I cali-tw-${pod.hostInterface} 3 -m comment --comment "Start of tier default" -j cali-pi-default/knp.default.deny`,
    ],
    mend: () => [REFILTERED],
  }),
  'forward-policy-drop': nodeFault({
    summary: "the node's FORWARD policy is DROP, and nothing before it lets Pods' packets pass",
    finding: 'forward-policy-drop',
    inflict: () => [
      'iptables-nft -P FORWARD DROP',
      // Calico accepts what its chains have marked; flanneld whatever is of the pool.
      'iptables-nft-save -t filter | grep -e "^-A FORWARD .*-j ACCEPT" -e "^-A FLANNEL-FWD .*-j ACCEPT" | sed "s/^-A/-D/" | while read -r rule; do echo "$rule" | xargs iptables-nft; done',
    ],
    mend: () => [REFILTERED],
  }),
  'iptables-backend-split': nodeFault({
    summary: 'rules of the old iptables drop what those of the new one accept',
    finding: 'iptables-backend-split',
    inflict: () => ['iptables-legacy -I FORWARD -m comment --comment "old firewall" -j DROP'],
    mend: () => ['iptables-legacy -F', 'iptables-legacy -P FORWARD ACCEPT'],
  }),
  'conntrack-full': nodeFault({
    summary: 'the connection table is full of connections that last',
    finding: 'conntrack-full',
    inflict: () => [
      // What cannot be put in any more is the aim.
      `seq 0 ${CONNTRACK_ENTRIES - 1} | awk '{ a = sprintf("198.18.%d.%d", int($1 / 1024) % 256, int($1 / 4) % 256); printf "-A -s %s -d 198.51.100.1 -p tcp --sport %d --dport 80 -t 3600 --state ESTABLISHED -u ASSURED\\n", a, 1024 + ($1 % 4) * 1000 + int($1 / 262144) }' | conntrack -R - >/dev/null 2>&1 || :`,
      '[ "$(cat /proc/sys/net/netfilter/nf_conntrack_count)" -ge $(( $(cat /proc/sys/net/netfilter/nf_conntrack_max) * 95 / 100 )) ] || { echo "the table did not fill" >&2; exit 1; }',
    ],
    mend: () => ['conntrack -D -d 198.51.100.1 >/dev/null 2>&1 || :'],
  }),
};
