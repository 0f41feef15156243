// The lab's faults that a diagnosis is to name, and how.
import type { FindingId } from '../../../app/diagnose/finding.ts';

export interface FaultCase {
  readonly fault: string;
  readonly id: FindingId;
  /** Left out: the node of the fault. Null: the whole cluster. */
  readonly node?: null;
  readonly device?: string;
  /** Of what is between two nodes, that one shows it which sends: the title has both. */
  readonly between?: true;
  /** What it breaks of the other node's, too: of the same kind as the other's own fault, that one is told under it. */
  readonly mayExplain?: readonly FindingId[];
  /** It is over when it has been quiet for twice its longest rest: beside another fault it may rest for that one's whole time. */
  readonly rests?: true;
  /** Nobody else of the lab sends to another node's Pods than one on `NODE`, and from there this lets nothing out. */
  readonly silences?: true;
  /** Nothing but packets that are sent through it shows it: beside one that silences them it is told once that one is mended. */
  readonly byPackets?: true;
}

/**
 * Pairs of which the one leaves nothing of the other to be seen. A password is known by the keys of both ends and by what their kernels
 * refuse: where the daemon of the one is dead it holds no key, and its kernel answers with a reset before it looks for a signature.
 */
const hidden: readonly (readonly [hides: string, what: string])[] = [
  ['bird-kill', 'bgp-auth-mismatch'],
  ['bird-term', 'bgp-auth-mismatch'],
];

export function isHidden(one: FaultCase, other: FaultCase): boolean {
  return hidden.some((pair) => pair.includes(one.fault) && pair.includes(other.fault));
}

/** The node of the fault. */
export const NODE = 'k8s-worker-1';
const POD_DEVICE = 'calid9d486e54a8';

/** `fault` as the lab takes it. */
const everywhere: readonly FaultCase[] = [
  { fault: 'link-down', id: 'link-down', device: 'ens192', silences: true },
  { fault: 'far-end-down', id: 'link-down', device: 'ens192', silences: true },
  { fault: 'pod-link-down', id: 'link-down', device: 'eth0' },
  { fault: 'pod-mtu', id: 'mtu-mismatch' },
  { fault: 'mtu-mismatch', id: 'mtu-mismatch', device: 'ens192' },
  { fault: 'ip-forward-off', id: 'ip-forward-off', silences: true },
  { fault: 'unresolved-next-hop', id: 'unresolved-next-hop' },
  { fault: 'wrong-neighbour', id: 'wrong-neighbour', device: 'ens192', silences: true },
  // The other's is the MAC address that it has: the switch sends frames for that one now here, now there.
  {
    fault: 'duplicate-mac',
    id: 'duplicate-mac',
    device: 'ens192',
    mayExplain: ['bgp-port-blocked'],
    silences: true,
  },
  { fault: 'policy-routing-diverts', id: 'policy-routing-diverts', silences: true },
  { fault: 'forward-policy-drop', id: 'forward-policy-drop', silences: true },
  { fault: 'iptables-backend-split', id: 'iptables-backend-split' },
  { fault: 'service-without-endpoints', id: 'service-without-endpoints', node: null },
  { fault: 'socket-not-listening', id: 'socket-not-listening' },
  { fault: 'listen-overflow', id: 'listen-overflow' },
  { fault: 'stale-udp-conntrack', id: 'stale-udp-conntrack' },
  { fault: 'nic-drops', id: 'nic-drops', device: 'ens192' },
];
const calico: readonly FaultCase[] = [
  { fault: 'pod-route-missing', id: 'pod-route-missing', device: POD_DEVICE },
  { fault: 'pod-default-route-missing', id: 'pod-default-route-missing' },
  { fault: 'duplicate-pod-ip', id: 'duplicate-pod-ip', device: POD_DEVICE },
  { fault: 'routes-flushed', id: 'routes-flushed' },
  { fault: 'proxy-arp-off', id: 'proxy-arp-off', device: POD_DEVICE },
  { fault: 'gateway-arp-unanswerable', id: 'gateway-arp-unanswerable' },
  { fault: 'node-address-mismatch', id: 'node-address-mismatch', device: 'docker0' },
  { fault: 'pool-overlaps-node-network', id: 'pool-overlaps-node-network', node: null },
  { fault: 'anti-spoof-drop', id: 'anti-spoof-drop', device: POD_DEVICE },
  { fault: 'policy-drop', id: 'policy-drop', device: POD_DEVICE },
  { fault: 'conntrack-full', id: 'conntrack-full' },
];
const withoutTunnel: readonly FaultCase[] = [
  forwardingOff('ens192'),
  { fault: 'rp-filter-drop', id: 'rp-filter-drop', device: 'ens192' },
];
const bgp: readonly FaultCase[] = [
  { fault: 'bgp-cut', id: 'bgp-port-blocked' },
  { fault: 'route-withdraw', id: 'bgp-not-established' },
  { fault: 'bird-kill', id: 'stale-bgp-routes' },
  { fault: 'bird-term', id: 'stale-bgp-routes' },
  { fault: 'bgp-blocked', id: 'bgp-port-blocked' },
  { fault: 'bgp-disable', id: 'bgp-not-established' },
  { fault: 'bgp-auth-mismatch', id: 'bgp-auth-mismatch' },
  { fault: 'bgp-as-mismatch', id: 'bgp-as-mismatch' },
  { fault: 'blackhole-shadows-pod', id: 'blackhole-shadows-pod', device: POD_DEVICE },
  { fault: 'route-flapping', id: 'route-flapping', rests: true },
];
const vxlan: readonly FaultCase[] = [
  { fault: 'vxlan-fdb-missing', id: 'vxlan-fdb-missing', silences: true },
  { fault: 'vxlan-mismatch', id: 'vxlan-mismatch', silences: true },
  { fault: 'vxlan-blocked', id: 'vxlan-blocked', between: true, byPackets: true },
  { fault: 'vxlan-blocked-pair', id: 'vxlan-blocked', between: true, byPackets: true },
  { fault: 'vxlan-checksum-offload', id: 'vxlan-checksum-offload', byPackets: true },
  { fault: 'node-identity-clash', id: 'node-identity-clash' },
  { fault: 'pod-ip-equals-tunnel-ip', id: 'pod-ip-equals-tunnel-ip' },
];
export const faultMatrix: readonly { readonly mode: string; readonly cases: readonly FaultCase[] }[] = [
  { mode: 'bgp', cases: [...everywhere, ...calico, ...withoutTunnel, ...bgp] },
  { mode: 'vxlan', cases: [...everywhere, ...calico, ...vxlan, forwardingOff('vxlan.calico')] },
  { mode: 'bridge', cases: [...everywhere, ...withoutTunnel] },
  { mode: 'flannel', cases: [...everywhere, ...vxlan.slice(0, 6), forwardingOff('flannel.1')] },
];

/** @param device by which packets of other nodes' Pods come in. */
function forwardingOff(device: string): FaultCase {
  return { fault: 'forwarding-off', id: 'ip-forward-off', device };
}
