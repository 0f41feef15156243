import { ok, type Result } from '../app/result.ts';
import { tunnelMac } from './addressing.ts';
import { filterFabric } from './fabric.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { nodeFault } from './fault-script.ts';
import type { NetworkMode, NodePlan } from './lab-plan.ts';
import { NETWORKS } from './network/networks.ts';
import type { RunningFailure } from './running.ts';

const TUNNELLED: readonly NetworkMode[] = ['vxlan', 'flannel'];

export const tunnelFaults: Readonly<Record<string, Fault>> = {
  'vxlan-blocked': fabricFault('UDP of the VXLAN is lost between the node and the others', {
    finding: 'vxlan-blocked',
    rules: (port) => [`udp dport ${port} drop`],
  }),
  'vxlan-checksum-offload': fabricFault(
    'what the node sends through its VXLAN arrives with bad UDP checksums, as with an offload that does not work',
    {
      finding: 'vxlan-checksum-offload',
      // Zero would be none at all, which is good. Frames that are TCP inside: 8 bytes of UDP, 8 of VXLAN, 14 of Ethernet, 9 of IP.
      rules: (port) => [`udp dport ${port} @th,312,8 6 udp checksum set 0xdead`],
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
  'pod-ip-equals-tunnel-ip': nodeFault({
    summary: "the node's tunnel has the address of one of its Pods as well",
    finding: 'pod-ip-equals-tunnel-ip',
    modes: ['vxlan'],
    inflict: ({ plan, node }) => [`ip address add ${firstPod(node)}/32 dev ${tunnelOf(plan.mode)}`],
    mend: ({ plan, node }) => [`ip address del ${firstPod(node)}/32 dev ${tunnelOf(plan.mode)}`],
  }),
};

function tunnelOf(mode: NetworkMode): string {
  return NETWORKS[mode].transport.tunnel?.device ?? '';
}

function firstPod({ pods }: NodePlan): string {
  return pods[0]?.address ?? '';
}

/** In the fabric, where neither node's capture sees the cause. */
function fabricFault(
  summary: string,
  { finding, rules }: { readonly finding: NonNullable<Fault['finding']>; rules: (port: number) => string[] },
): Fault {
  const filter = async (
    { folder, node, state }: FaultTarget,
    broken: boolean,
  ): Promise<Result<void, RunningFailure>> => {
    const port = NETWORKS[state.plan.mode].transport.tunnel?.port ?? 0;
    const ofNode = ['iifname', 'oifname'].flatMap((side) =>
      rules(port).map((rule) => `${side} "${node.name}" ${rule}`),
    );
    await filterFabric(folder, node, broken ? ofNode : null);
    return ok(undefined);
  };
  return {
    summary,
    finding,
    modes: TUNNELLED,
    inflict: (target) => filter(target, true),
    mend: (target) => filter(target, false),
  };
}
