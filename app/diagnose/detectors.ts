// All detectors. Of findings that are as likely and as grave as each other, those of the first here come first: causes that break
// much before those that break little.
import type { Detector } from './detector.ts';
import { addressUnusable } from './detectors/address-unusable.ts';
import { antiSpoofDrop } from './detectors/anti-spoof-drop.ts';
import { bgpAsMismatch } from './detectors/bgp-as-mismatch.ts';
import { bgpAuthMismatch } from './detectors/bgp-auth-mismatch.ts';
import { bgpNotEstablished } from './detectors/bgp-not-established.ts';
import { bgpPortBlocked } from './detectors/bgp-port-blocked.ts';
import { blackholeShadowsPod } from './detectors/blackhole-shadows-pod.ts';
import { conntrackFull } from './detectors/conntrack-full.ts';
import { dnsUnanswered } from './detectors/dns-unanswered.ts';
import { duplicateMac } from './detectors/duplicate-mac.ts';
import { duplicatePodIp } from './detectors/duplicate-pod-ip.ts';
import { forwardPolicyDrop } from './detectors/forward-policy-drop.ts';
import { gatewayArpUnanswerable } from './detectors/gateway-arp-unanswerable.ts';
import { ipv6Disabled } from './detectors/ipv6-disabled.ts';
import { ipipBlocked } from './detectors/ipip-blocked.ts';
import { ipForwardOff } from './detectors/ip-forward-off.ts';
import { iptablesBackendSplit } from './detectors/iptables-backend-split.ts';
import { bridgePortBlocked } from './detectors/bridge-port-blocked.ts';
import { kernelDisagrees } from './detectors/kernel-disagrees.ts';
import { linkDown } from './detectors/link-down.ts';
import { listenOverflow } from './detectors/listen-overflow.ts';
import { masqueradeMissing } from './detectors/masquerade-missing.ts';
import { mtuMismatch } from './detectors/mtu-mismatch.ts';
import { natDiverts } from './detectors/nat-diverts.ts';
import { neighbourTableOverflow } from './detectors/neighbour-table-overflow.ts';
import { neighbourDiscoveryBlocked } from './detectors/neighbour-discovery-blocked.ts';
import { netmaskMismatch } from './detectors/netmask-mismatch.ts';
import { nicDrops } from './detectors/nic-drops.ts';
import { nodeAddressMismatch } from './detectors/node-address-mismatch.ts';
import { nodeIdentityClash } from './detectors/node-identity-clash.ts';
import { ownAddressNotLocal } from './detectors/own-address-not-local.ts';
import { peerRouteMissing } from './detectors/peer-route-missing.ts';
import { podDefaultRouteMissing } from './detectors/pod-default-route-missing.ts';
import { podIpEqualsTunnelIp } from './detectors/pod-ip-equals-tunnel-ip.ts';
import { podRouteMissing } from './detectors/pod-route-missing.ts';
import { policyDrop } from './detectors/policy-drop.ts';
import { policyRoutingDiverts } from './detectors/policy-routing-diverts.ts';
import { poolOverlapsNodeNetwork } from './detectors/pool-overlaps-node-network.ts';
import { preferredSourceLost } from './detectors/preferred-source-lost.ts';
import { proxyArpOff } from './detectors/proxy-arp-off.ts';
import { routeFlapping } from './detectors/route-flapping.ts';
import { routesFlushed } from './detectors/routes-flushed.ts';
import { rpFilterDrop } from './detectors/rp-filter-drop.ts';
import { serviceRulesStale } from './detectors/service-rules-stale.ts';
import { serviceWithoutEndpoints } from './detectors/service-without-endpoints.ts';
import { socketNotListening } from './detectors/socket-not-listening.ts';
import { staleBgpRoutes } from './detectors/stale-bgp-routes.ts';
import { staleUdpConntrack } from './detectors/stale-udp-conntrack.ts';
import { tcDrops } from './detectors/tc-drops.ts';
import { unexplainedDrop } from './detectors/unexplained-drop.ts';
import { unresolvedNextHop } from './detectors/unresolved-next-hop.ts';
import { vxlanBlocked } from './detectors/vxlan-blocked.ts';
import { vxlanChecksumOffload } from './detectors/vxlan-checksum-offload.ts';
import { vxlanFdbMissing } from './detectors/vxlan-fdb-missing.ts';
import { vxlanMismatch } from './detectors/vxlan-mismatch.ts';
import { wireguardBlocked } from './detectors/wireguard-blocked.ts';
import { wrongNeighbour } from './detectors/wrong-neighbour.ts';

export const DETECTORS: readonly Detector[] = [
  nodeIdentityClash,
  duplicateMac,
  linkDown,
  bridgePortBlocked,
  routesFlushed,
  ipForwardOff,
  ownAddressNotLocal,
  ipv6Disabled,
  addressUnusable,
  staleBgpRoutes,
  bgpAuthMismatch,
  bgpAsMismatch,
  nodeAddressMismatch,
  netmaskMismatch,
  wrongNeighbour,
  bgpPortBlocked,
  bgpNotEstablished,
  gatewayArpUnanswerable,
  unresolvedNextHop,
  routeFlapping,
  proxyArpOff,
  duplicatePodIp,
  podIpEqualsTunnelIp,
  podRouteMissing,
  peerRouteMissing,
  blackholeShadowsPod,
  podDefaultRouteMissing,
  vxlanMismatch,
  vxlanFdbMissing,
  vxlanBlocked,
  ipipBlocked,
  wireguardBlocked,
  mtuMismatch,
  conntrackFull,
  neighbourTableOverflow,
  vxlanChecksumOffload,
  poolOverlapsNodeNetwork,
  listenOverflow,
  tcDrops,
  nicDrops,
  socketNotListening,
  serviceWithoutEndpoints,
  dnsUnanswered,
  serviceRulesStale,
  staleUdpConntrack,
  iptablesBackendSplit,
  policyRoutingDiverts,
  natDiverts,
  masqueradeMissing,
  preferredSourceLost,
  rpFilterDrop,
  antiSpoofDrop,
  neighbourDiscoveryBlocked,
  forwardPolicyDrop,
  policyDrop,
  kernelDisagrees,
  unexplainedDrop,
];
