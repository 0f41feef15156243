import { ok, type Result } from '../app/result.ts';
import { NIC, tunnelMac } from './addressing.ts';
import { filterFabric } from './fabric.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { nodeFault, victimOf } from './fault-script.ts';
import type { NetworkMode, NodePlan } from './lab-plan.ts';
import { NETWORKS } from './network/networks.ts';
import type { RunningFailure } from './running.ts';

const TUNNELLED: readonly NetworkMode[] = ['vxlan', 'flannel'];

export const tunnelFaults: Readonly<Record<string, Fault>> = {
  'vxlan-blocked': {
    summary: 'UDP of the VXLAN is lost between the node and the others',
    finding: 'vxlan-blocked',
    modes: TUNNELLED,
    inFabric: () => true,
    inflict: (target) => filterTunnel(target, eachWay(target), dropped),
    mend: unfilter,
  },
  'vxlan-blocked-pair': {
    summary: 'UDP of the VXLAN is lost between the node and one other',
    finding: 'vxlan-blocked',
    modes: TUNNELLED,
    inFabric: () => true,
    inflict: (target) => {
      const { node, peer } = victimOf(target);
      const way = (from: NodePlan, to: NodePlan): string => `iifname "${from.name}" oifname "${to.name}"`;
      return filterTunnel(target, [way(node, peer), way(peer, node)], dropped);
    },
    mend: unfilter,
  },
  'vxlan-checksum-offload': both(
    nodeFault({
      summary:
        'TCP that the node sends through its VXLAN arrives with bad UDP checksums, as with an offload that does not work',
      finding: 'vxlan-checksum-offload',
      modes: TUNNELLED,
      // Else no checksum is there yet: the kernel leaves it to a device that never comes.
      inflict: ({ node }) => offload(node, 'off'),
      mend: ({ node }) => offload(node, 'on'),
    }),
    {
      // Zero would be none at all, which is good. TCP inside: 8 bytes of UDP, 8 of VXLAN, 14 of Ethernet, 9 of IP.
      inflict: (target) =>
        filterTunnel(
          target,
          eachWay(target).slice(0, 1),
          (port) => `udp dport ${port} @th,312,8 6 udp checksum set 0xdead`,
        ),
      mend: unfilter,
    },
  ),
  'vxlan-fdb-missing': nodeFault({
    summary: "the tunnel's entry for a peer's MAC address is gone",
    finding: 'vxlan-fdb-missing',
    modes: TUNNELLED,
    inflict: ({ plan, peer }) => [
      `bridge fdb del ${tunnelMac(peer.index, 4)} dev ${tunnelOf(plan.mode)} self`,
    ],
    mend: ({ plan, peer }) => [
      `bridge fdb append ${tunnelMac(peer.index, 4)} dev ${tunnelOf(plan.mode)} dst ${peer.address} self permanent`,
    ],
  }),
  'vxlan-mismatch': nodeFault({
    summary: 'the tunnel sends from an address that the node does not have, as after a change of addresses',
    finding: 'vxlan-mismatch',
    modes: TUNNELLED,
    inflict: ({ plan }) => [sendFrom(plan.mode, NOBODYS)],
    mend: ({ plan, node }) => [sendFrom(plan.mode, node.address)],
  }),
  'node-identity-clash': nodeFault({
    summary: "the node's tunnel has a peer's address beside its own, as a cloned machine has",
    finding: 'node-identity-clash',
    modes: TUNNELLED,
    inflict: ({ plan, peer }) => [
      `ip address add "$(${gatewayOf(plan.mode, peer)})/32" dev ${tunnelOf(plan.mode)}`,
    ],
    mend: ({ plan, peer }) => [
      `ip address del "$(${gatewayOf(plan.mode, peer)})/32" dev ${tunnelOf(plan.mode)}`,
    ],
  }),
  'pod-ip-equals-tunnel-ip': nodeFault({
    summary: "the node's tunnel has the address of one of its Pods as well",
    finding: 'pod-ip-equals-tunnel-ip',
    modes: ['vxlan'],
    inflict: ({ plan, node }) => [`ip address add ${firstPod(node)}/32 dev ${tunnelOf(plan.mode)}`],
    mend: ({ plan, node }) => [`ip address del ${firstPod(node)}/32 dev ${tunnelOf(plan.mode)}`],
  }),
};

/** Of the nodes' network, and none's. */
const NOBODYS = '10.12.22.99';

/** Of what a VXLAN device is made with, this can be changed while it is there (drivers/net/vxlan/vxlan_core.c vxlan_nl2conf). */
function sendFrom(mode: NetworkMode, address: string): string {
  const vni = String(NETWORKS[mode].transport.tunnel?.vni);
  return `ip link set dev ${tunnelOf(mode)} type vxlan id ${vni} local ${address}`;
}

function tunnelOf(mode: NetworkMode): string {
  return NETWORKS[mode].transport.tunnel?.device ?? '';
}

/** Prints the peer's tunnel address: its Pods' block is reached by it. */
function gatewayOf(mode: NetworkMode, { block }: NodePlan): string {
  return `ip route show ${block} dev ${tunnelOf(mode)} | sed -n 's/.* via \\([^ ]*\\).*/\\1/p'`;
}

function firstPod({ pods }: NodePlan): string {
  return pods[0]?.address ?? '';
}

const dropped = (port: number): string => `udp dport ${port} drop`;

/** What comes from the node, and what goes to it. */
function eachWay({ node }: FaultTarget): string[] {
  return ['iifname', 'oifname'].map((side) => `${side} "${node.name}"`);
}

/** In the fabric, where neither node's capture sees the cause. */
async function filterTunnel(
  { folder, node, state }: FaultTarget,
  ways: readonly string[],
  rule: (port: number) => string,
): Promise<Result<void, RunningFailure>> {
  const port = NETWORKS[state.plan.mode].transport.tunnel?.port ?? 0;
  await filterFabric(
    folder,
    node,
    ways.map((way) => `${way} ${rule(port)}`),
  );
  return ok(undefined);
}

async function unfilter({ folder, node }: FaultTarget): Promise<Result<void, RunningFailure>> {
  await filterFabric(folder, node, null);
  return ok(undefined);
}

/** The second only where the first was possible; mended the other way round. */
function both(first: Fault, second: Pick<Fault, 'inflict' | 'mend'>): Fault {
  return {
    ...first,
    inflict: async (target) => {
      const done = await first.inflict(target);
      return done.ok ? second.inflict(target) : done;
    },
    mend: async (target) => {
      const done = await second.mend(target);
      return done.ok ? first.mend(target) : done;
    },
  };
}

function offload({ pods }: NodePlan, state: 'on' | 'off'): string[] {
  return [
    `ethtool -K ${NIC} tx ${state} >/dev/null`,
    ...pods.map(
      ({ name }) => `nsenter -t $(cat /run/lab/pods/${name}) -n -- ethtool -K eth0 tx ${state} >/dev/null`,
    ),
  ];
}
