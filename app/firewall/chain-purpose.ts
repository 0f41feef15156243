// What a chain is for, and whose it is, by its name: names are an interface of these programs in all but word. Sources:
// Calico felix/rules/*.go, kube-proxy pkg/proxy/iptables and pkg/proxy/nftables, kubelet pkg/kubelet (utiliptables), Docker
// libnetwork iptables.go, flannel pkg/trafficmngr/iptables, firewalld nftables.py, ufw user.rules, kube-router pkg/controllers/netpol,
// azure-container-networking npm/util/const.go, weave npc/constants.go.
import type { FirewallFamily } from '../probe/firewall-facts.ts';

export type ChainOwner =
  | 'kernel'
  | 'calico'
  | 'kube-proxy'
  | 'kubelet'
  | 'docker'
  | 'flannel'
  | 'cilium'
  | 'firewalld'
  | 'ufw'
  | 'cni'
  | 'libvirt'
  | 'kube-router'
  | 'azure-npm'
  | 'weave'
  | 'unknown';

export interface ChainPurpose {
  readonly owner: ChainOwner;
  /** One sentence without its stop; null when the name says nothing. */
  readonly text: string | null;
}

export interface NamedChain {
  readonly family: FirewallFamily;
  readonly table: string;
  readonly chain: string;
  /** The kernel calls it. */
  readonly base: boolean;
}

type Row = readonly [pattern: RegExp, owner: ChainOwner, text: string | null];

const BUILT_IN: Readonly<Record<string, string>> = {
  PREROUTING: 'Every packet that comes in, before its route is looked up',
  INPUT: 'Packets for this node itself',
  FORWARD: 'Packets that this node passes on: to, from and between its Pods',
  OUTPUT: 'Packets that this node itself sends',
  POSTROUTING: 'Every packet that leaves, after its route is chosen',
};

/** The first that fits; where a name means one thing in `nat` and another in `filter`, the table stands before it. */
const ROWS: readonly Row[] = [
  [
    /^filter cali-FORWARD$/,
    'calico',
    'Forwarded packets: those from Pods and to Pods go to the chains of their interface',
  ],
  [
    /^filter cali-INPUT$/,
    'calico',
    'Packets for this node: from Pods, from other nodes’ tunnels, from host endpoints',
  ],
  [/^filter cali-OUTPUT$/, 'calico', 'Packets of this node itself, towards host endpoints'],
  [/^nat cali-(PREROUTING|OUTPUT)$/, 'calico', 'Destinations that Calico rewrites (floating IPs)'],
  [/^nat cali-POSTROUTING$/, 'calico', 'Sources that Calico rewrites: NAT for what leaves the cluster'],
  [
    /^raw cali-PREROUTING$/,
    'calico',
    'Marks what comes from Pods and drops forged source addresses (rp_filter of the rules)',
  ],
  [/^raw cali-OUTPUT$/, 'calico', 'Clears Calico’s marks on packets of this node itself'],
  [
    /^mangle cali-(PREROUTING|POSTROUTING)$/,
    'calico',
    'Policy of host endpoints before destinations are rewritten, and after',
  ],
  [
    /^\S+ cali-nat-outgoing$/,
    'calico',
    'Masquerades what Pods send out of the cluster (natOutgoing of their IP pool)',
  ],
  [/^\S+ cali-fip-dnat$/, 'calico', 'Floating IPs to their Pods'],
  [/^\S+ cali-fip-snat$/, 'calico', 'Pods that talk to themselves by their floating IP'],
  [
    /^\S+ cali-from-wl-dispatch(-.*)?$/,
    'calico',
    'Packets from Pods: to the chain of the interface they came in on; unknown interfaces are dropped',
  ],
  [
    /^\S+ cali-to-wl-dispatch(-.*)?$/,
    'calico',
    'Packets to Pods: to the chain of the interface they leave by; unknown interfaces are dropped',
  ],
  [
    /^\S+ cali-wl-to-host$/,
    'calico',
    'Packets of Pods for this node: egress policy, then DefaultEndpointToHostAction',
  ],
  [/^\S+ cali-(from|to)-(hep|host-endpoint)(-.*)?$/, 'calico', 'Policy of host endpoints'],
  [
    /^\S+ cali-set-endpoint-mark(-.*)?$/,
    'calico',
    'Remembers in a mark which endpoint a packet came from (IPVS)',
  ],
  [/^\S+ cali-from-endpoint-mark$/, 'calico', 'Endpoint policy by the mark that was set before (IPVS)'],
  [/^\S+ cali-forward-check$/, 'calico', 'Which forwarded packets IPVS has handled'],
  [/^\S+ cali-forward-endpoint-mark$/, 'calico', 'Policy for packets that IPVS forwards'],
  [/^\S+ cali-rpf-skip$/, 'calico', 'Interfaces on which forged source addresses are allowed'],
  [
    /^\S+ cali-cidr-block$/,
    'calico',
    'Addresses of pools and Services without an owner here: dropped instead of looping',
  ],
  [
    /^\S+ cali-failsafe-in$/,
    'calico',
    'Ports to this node that no policy may close (SSH, etcd, BGP, kubelet)',
  ],
  [/^\S+ cali-failsafe-out$/, 'calico', 'Ports from this node that no policy may close'],
  [/^\S+ cali-qos-policy(-.*)?$/, 'calico', 'DSCP marks of Pods'],
  [
    /^\S+ cali-fw-/,
    'calico',
    'Packets from one Pod: known connections pass, then its egress policies decide, then its profiles',
  ],
  [
    /^\S+ cali-tw-/,
    'calico',
    'Packets to one Pod: known connections pass, then its ingress policies decide, then its profiles',
  ],
  [/^\S+ cali-(sm|fh|th|fhfw|thfw)-/, 'calico', 'One host endpoint'],
  [
    /^\S+ cali-pi-/,
    'calico',
    'Ingress rules of one policy: what they allow is marked as accepted, what they deny is dropped',
  ],
  [
    /^\S+ cali-po-/,
    'calico',
    'Egress rules of one policy: what they allow is marked as accepted, what they deny is dropped',
  ],
  [/^\S+ cali-(pri|gi)-/, 'calico', 'Ingress rules of one profile or group of policies'],
  [/^\S+ cali-(pro|go)-/, 'calico', 'Egress rules of one profile or group of policies'],
  [/^\S+ cali-/, 'calico', null],

  [
    /^nat KUBE-SERVICES$/,
    'kube-proxy',
    'Looks up the Service that a destination belongs to, then node ports',
  ],
  [/^filter KUBE-SERVICES$/, 'kube-proxy', 'Refuses Services that have no endpoints'],
  [
    /^filter KUBE-EXTERNAL-SERVICES$/,
    'kube-proxy',
    'Refuses external addresses of Services that have no endpoints',
  ],
  [/^nat KUBE-NODEPORTS$/, 'kube-proxy', 'Node ports, to their Service'],
  [/^filter KUBE-NODEPORTS$/, 'kube-proxy', 'Health-check ports of Services, open'],
  [/^\S+ KUBE-SVC-/, 'kube-proxy', 'One port of a Service: chooses an endpoint by chance'],
  [/^\S+ KUBE-SVL-/, 'kube-proxy', 'One port of a Service: chooses among the endpoints on this node'],
  [/^\S+ KUBE-SEP-/, 'kube-proxy', 'One endpoint of a Service: rewrites the destination to it'],
  [
    /^\S+ KUBE-EXT-/,
    'kube-proxy',
    'Traffic from outside the cluster to a Service: masqueraded or kept to local endpoints, by its externalTrafficPolicy',
  ],
  [/^\S+ KUBE-XLB-/, 'kube-proxy', 'Traffic from outside to a Service with externalTrafficPolicy Local'],
  [
    /^\S+ KUBE-FW-/,
    'kube-proxy',
    'Load balancer address of a Service: only its loadBalancerSourceRanges pass',
  ],
  [/^\S+ KUBE-PROXY-FIREWALL$/, 'kube-proxy', 'Drops what loadBalancerSourceRanges did not let in'],
  [
    /^\S+ KUBE-MARK-MASQ$/,
    'kube-proxy',
    'Marks packets (bit 0x4000 unless it is set otherwise) that KUBE-POSTROUTING masquerades',
  ],
  [
    /^\S+ KUBE-POSTROUTING$/,
    'kube-proxy',
    'Masquerades what was marked for it, so that answers come back through this node',
  ],
  [
    /^\S+ KUBE-FORWARD$/,
    'kube-proxy',
    'Forwarded packets of Services: invalid ones dropped, marked and known ones accepted',
  ],
  [
    /^\S+ KUBE-PROXY-CANARY$/,
    'kube-proxy',
    'Empty: kube-proxy sees by its absence that somebody flushed the table',
  ],
  [/^\S+ KUBE-LOAD-BALANCER$/, 'kube-proxy', 'Load balancer addresses in IPVS mode'],
  [/^\S+ KUBE-NODE-PORT$/, 'kube-proxy', 'Node ports in IPVS mode'],
  [
    /^\S+ KUBE-IPVS-(FILTER|OUT-FILTER)$/,
    'kube-proxy',
    'Keeps Service addresses of IPVS from opening this node’s own ports',
  ],
  [/^\S+ KUBE-SOURCE-RANGES-FIREWALL$/, 'kube-proxy', 'loadBalancerSourceRanges in IPVS mode'],
  [
    /^\S+ KUBE-MARK-DROP$/,
    'kubelet',
    'Marks packets (bit 0x8000 unless it is set otherwise) that KUBE-FIREWALL drops',
  ],
  [/^\S+ KUBE-FIREWALL$/, 'kubelet', 'Drops marked packets and strangers’ connections to 127.0.0.0/8'],
  [/^\S+ KUBE-IPTABLES-HINT$/, 'kubelet', 'Empty: tells containers which backend of iptables this node uses'],
  [
    /^\S+ KUBE-KUBELET-CANARY$/,
    'kubelet',
    'Empty: kubelet sees by its absence that somebody flushed the table',
  ],
  [/^\S+ KUBE-POD-FW-/, 'kube-router', 'Network policies of one Pod: what none of them allows is rejected'],
  [/^\S+ KUBE-NWPLCY-/, 'kube-router', 'What one network policy allows is marked'],
  [
    /^\S+ KUBE-ROUTER-(INPUT|FORWARD|OUTPUT)$/,
    'kube-router',
    'Leads Pods that have network policies to their chains',
  ],
  [/^\S+ KUBE-ROUTER-/, 'kube-router', null],
  [/^\S+ KUBE-/, 'kube-proxy', null],

  [
    /^kube-proxy (nat-prerouting|nat-output|services)$/,
    'kube-proxy',
    'Looks up the Service that a destination belongs to, then node ports',
  ],
  [/^kube-proxy nat-postrouting$/, 'kube-proxy', 'Leads to what is masqueraded'],
  [
    /^kube-proxy masquerading$/,
    'kube-proxy',
    'Masquerades what was marked for it, so that answers come back through this node',
  ],
  [
    /^kube-proxy mark-for-masquerade$/,
    'kube-proxy',
    'Marks packets (bit 0x4000 unless it is set otherwise) that are masqueraded later',
  ],
  [
    /^kube-proxy (filter-.*|firewall-check)$/,
    'kube-proxy',
    'New connections: source ranges, Services without endpoints, unused cluster IPs',
  ],
  [
    /^kube-proxy (service|nodeport)-endpoints-check$/,
    'kube-proxy',
    'Refuses Services that have no endpoints',
  ],
  [
    /^kube-proxy cluster-ips-check$/,
    'kube-proxy',
    'Refuses ports that a Service does not have, and cluster IPs that nobody has',
  ],
  [/^kube-proxy reject-chain$/, 'kube-proxy', 'Refuses with an answer'],
  [/^kube-proxy service-/, 'kube-proxy', 'One port of a Service: chooses an endpoint by chance'],
  [/^kube-proxy endpoint-/, 'kube-proxy', 'One endpoint of a Service: rewrites the destination to it'],
  [
    /^kube-proxy external-/,
    'kube-proxy',
    'Traffic from outside the cluster to a Service, by its externalTrafficPolicy',
  ],
  [
    /^kube-proxy firewall-/,
    'kube-proxy',
    'Load balancer address of a Service: only its loadBalancerSourceRanges pass',
  ],
  [/^kube-proxy /, 'kube-proxy', null],

  [/^nat DOCKER$/, 'docker', 'Published ports of Docker’s containers'],
  [/^filter DOCKER$/, 'docker', 'What may reach Docker’s containers: published ports'],
  [/^\S+ DOCKER-USER$/, 'docker', 'Rules of the operator, before Docker’s own'],
  [/^\S+ DOCKER-ISOLATION-STAGE-[12]$/, 'docker', 'Keeps Docker’s networks apart'],
  [/^\S+ DOCKER-(FORWARD|BRIDGE|CT|INTERNAL)$/, 'docker', 'What Docker lets pass'],
  [/^\S+ DOCKER/, 'docker', null],
  [/^\S+ FLANNEL-POSTRTG$/, 'flannel', 'Masquerades what leaves the Pod network'],
  [/^\S+ FLANNEL-FWD$/, 'flannel', 'Lets packets of the Pod network pass'],
  [/^\S+ CNI-HOSTPORT-/, 'cni', 'Host ports of Pods (portmap plugin)'],
  [/^\S+ CNI-(DN|SN|HOSTPORT)/, 'cni', 'Host ports of Pods (portmap plugin)'],
  [/^\S+ CNI-/, 'cni', 'What a CNI plugin masquerades or lets pass for one Pod'],
  [/^\S+ (OLD_)?CILIUM_/, 'cilium', 'Cilium: marks and exceptions around its eBPF programs, which decide'],
  [/^firewalld .*_ZONES/, 'firewalld', 'Which zone of firewalld an interface or source belongs to'],
  [/^firewalld filter_(IN|FWD)/, 'firewalld', 'What a zone of firewalld lets in or through'],
  [/^firewalld /, 'firewalld', null],
  [/^\S+ ufw-user-/, 'ufw', 'Rules of the operator in ufw'],
  [/^\S+ ufw-/, 'ufw', 'Frame of ufw'],
  [/^\S+ AZURE-NPM(-|$)/, 'azure-npm', 'Network policies: what is marked as denied is dropped'],
  [/^\S+ WEAVE-NPC(-|$)/, 'weave', 'Network policies: what is allowed is accepted or marked'],
  [/^\S+ LIBVIRT_/, 'libvirt', 'Networks of virtual machines'],
];

export function chainPurpose({ family, table, chain, base }: NamedChain): ChainPurpose {
  const inIptables =
    (family === 'ip' || family === 'ip6') && /^(raw|mangle|nat|filter|security)$/.test(table);
  const builtIn = BUILT_IN[chain];
  if (base && inIptables && builtIn !== undefined) return { owner: 'kernel', text: builtIn };
  // Calico's nftables mode keeps the names in one table: `filter-cali-FORWARD` of `calico`.
  const merged = table === 'calico' ? /^(raw|mangle|nat|filter)-(.+)$/.exec(chain) : null;
  const name = merged === null ? `${table} ${chain}` : `${merged[1] ?? ''} ${merged[2] ?? ''}`;
  for (const [pattern, owner, text] of ROWS) if (pattern.test(name)) return { owner, text };
  return { owner: table === 'calico' ? 'calico' : 'unknown', text: null };
}
