import { HTTP_PORT, POD_GATEWAY } from './addressing.ts';
import type { KubeObject } from './api-server/json.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { hideObject, showObject } from './cluster-inventory.ts';
import { nodeFault, podFault, REFILTERED } from './fault-script.ts';
import { policyChain, tier } from './firewall.ts';

const CALICO = ['bgp', 'vxlan'] as const;
const DENY_ID = 'default/knp.default.deny';
const ASKING = '/run/lab/policy-drop.pid';
/** Of no pool and no block. */
const FORGED = '192.0.2.77';
/** Entries of conntrack that fill a table of the kernel's default size. */
const CONNTRACK_ENTRIES = 262_144;
const NOTHING_NEW =
  'tcp flags & (fin | syn | rst | ack) == syn drop; meta l4proto { icmp, udp } drop; icmpv6 type echo-request drop';

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
  'policy-drop': beside(
    podFault({
      summary:
        'a NetworkPolicy that allows nothing selects a Pod, and another Pod of the node asks it in vain',
      finding: 'policy-drop',
      modes: CALICO,
      inflict: ({ node, pod }) => [
        `iptables-nft -N ${policyChain(DENY_ID)}`,
        // Before the profile: after what lets known connections pass, and the mark's clearing.
        ...tier(policyChain(DENY_ID)).map(
          (rule, at) => `iptables-nft -I cali-tw-${pod.hostInterface} ${String(4 + at)} ${rule}`,
        ),
        // Policies are there to drop: only what somebody sends is missed.
        ...node.pods
          .filter((other) => other !== pod)
          .slice(0, 1)
          .flatMap((other) => [
            `( i=0; while [ $i -lt 2400 ]; do nsenter -t "$(cat /run/lab/pods/${other.name})" -n -- timeout 0.2 busybox nc ${pod.address} ${HTTP_PORT} </dev/null || :; sleep 0.05; i=$((i + 1)); done ) </dev/null >/dev/null 2>&1 &`,
            `echo $! >${ASKING}`,
          ]),
      ],
      mend: () => [
        `[ ! -e ${ASKING} ] || kill $(cat ${ASKING}) 2>/dev/null || :`,
        `rm -f ${ASKING}`,
        REFILTERED,
      ],
    }),
    ({ argument }) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny', namespace: 'default' },
      spec: { podSelector: { matchLabels: { app: argument } }, policyTypes: ['Ingress'] },
    }),
  ),
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
      // What begins and ends meanwhile would leave places for others: nothing begins, and what has ended is forgotten.
      `nft 'table inet lab_filling { chain in { type filter hook prerouting priority -400; ${NOTHING_NEW}; }; chain out { type filter hook output priority -400; ${NOTHING_NEW}; }; }'`,
      'sleep 0.3',
      'for ended in "tcp --state TIME_WAIT" icmp icmpv6 udp; do conntrack -D -p $ended >/dev/null 2>&1 || :; done',
      // What cannot be put in any more is the aim.
      `seq 0 ${CONNTRACK_ENTRIES - 1} | awk '{ a = sprintf("198.18.%d.%d", int($1 / 1024) % 256, int($1 / 4) % 256); printf "-A -s %s -d 198.51.100.1 -p tcp --sport %d --dport 80 -t 3600 --state ESTABLISHED -u ASSURED\\n", a, 1024 + ($1 % 4) * 1000 + int($1 / 262144) }' | conntrack -R - >/dev/null 2>&1 || :`,
      'nft delete table inet lab_filling',
      '[ "$(cat /proc/sys/net/netfilter/nf_conntrack_count)" -ge $(( $(cat /proc/sys/net/netfilter/nf_conntrack_max) * 95 / 100 )) ] || { echo "the table did not fill" >&2; exit 1; }',
    ],
    mend: () => [
      'nft delete table inet lab_filling 2>/dev/null || :',
      'conntrack -D -d 198.51.100.1 >/dev/null 2>&1 || :',
    ],
  }),
};

/** The fault, and what the cluster's API says of it. */
function beside(fault: Fault, object: (target: FaultTarget) => KubeObject): Fault {
  return {
    ...fault,
    inflict: async (target) => {
      const done = await fault.inflict(target);
      if (done.ok) await showObject(target.folder, object(target));
      return done;
    },
    mend: async (target) => {
      const { apiVersion, kind, metadata } = object(target);
      const { name, namespace = '' } = metadata;
      await hideObject(target.folder, { apiVersion, kind, name, namespace });
      return fault.mend(target);
    },
  };
}
