import { createHash } from 'node:crypto';
import { blockAddress, BLOCK_LENGTH6, POD_POOL, POD_POOL6 } from './addressing.ts';
import {
  type Allocation,
  bgpConfigurationObject,
  bgpPeerObject,
  blockAffinityObject,
  clusterInformationObject,
  felixConfigurationObject,
  ipamBlockObject,
  ipamHandleObject,
  ipPoolObject,
} from './api-server/calico-objects.ts';
import { reflectorsOf } from './bgp-peers.ts';
import type { KubeObject } from './api-server/json.ts';
import type { LabPlan, NodePlan, PodPlan } from './lab-plan.ts';
import { NETWORKS } from './network/networks.ts';

// What Calico keeps in Kubernetes (KDD) of a lab. Nothing, where the lab's network is another.

export function calicoOfCluster(plan: LabPlan): KubeObject[] {
  if (!isCalico(plan)) return [];
  const vxlanMode = isTunnelled(plan) ? ('Always' as const) : ('Never' as const);
  const dual = plan.nodes.some(({ block6 }) => block6 !== undefined);
  return [
    clusterInformationObject(createHash('sha256').update(plan.name).digest('hex').slice(0, 32), 'v3.29.3'),
    felixConfigurationObject(isTunnelled(plan) ? { vxlanEnabled: true } : {}),
    bgpConfigurationObject(64512, !isTunnelled(plan) && reflectorsOf(plan).length === 0),
    ...bgpPeersOfCluster(plan),
    ipPoolObject({ name: 'default-ipv4-ippool', cidr: POD_POOL, blockSize: 24, vxlanMode }),
    ...(dual
      ? [
          ipPoolObject({
            name: 'default-ipv6-ippool',
            cidr: POD_POOL6,
            blockSize: BLOCK_LENGTH6,
            vxlanMode,
            natOutgoing: false,
          }),
        ]
      : []),
  ];
}

/** @param pods those that the node has now. */
export function calicoOfNode(plan: LabPlan, node: NodePlan, pods: readonly PodPlan[]): KubeObject[] {
  if (!isCalico(plan)) return [];
  return blocksOf(node).flatMap((block) => [
    blockAffinityObject(node.name, block),
    ipamBlockObject({
      cidr: block,
      node: node.name,
      allocations: [
        ...(isTunnelled(plan) ? [tunnelAllocation(node, block)] : []),
        ...pods.flatMap((pod) => allocation(node, block, pod)),
      ],
    }),
  ]);
}

export function calicoOfPod(plan: LabPlan, node: NodePlan, pod: PodPlan): KubeObject[] {
  if (!isCalico(plan)) return [];
  return [ipamHandleObject(handleId(pod), Object.fromEntries(blocksOf(node).map((block) => [block, 1])))];
}

/** The first reflector is everybody's peer; further ones are chosen by their label, as Calico's guide does. */
function bgpPeersOfCluster(plan: LabPlan): KubeObject[] {
  const [first, ...more] = reflectorsOf(plan);
  if (first === undefined) return [];
  return [
    bgpPeerObject('first-reflector', { peerIP: first.address, asNumber: 64512 }),
    ...(more.length === 0
      ? []
      : [bgpPeerObject('reflectors', { nodeSelector: 'all()', peerSelector: "route-reflector == 'true'" })]),
  ];
}

function isCalico({ mode }: LabPlan): boolean {
  return NETWORKS[mode].cni === 'calico';
}

function isTunnelled({ mode }: LabPlan): boolean {
  return NETWORKS[mode].transport.routing === 'static';
}

function blocksOf({ block, block6 }: NodePlan): string[] {
  return block6 === undefined ? [block] : [block, block6];
}

function tunnelAllocation(node: NodePlan, block: string): Allocation {
  const type = block.includes(':') ? 'vxlanV6TunnelAddress' : 'vxlanTunnelAddress';
  const handle = block.includes(':') ? 'vxlan-v6-tunnel-addr' : 'vxlan-tunnel-addr';
  return { ip: blockAddress(block, 0), handleId: `${handle}-${node.name}`, node: node.name, type };
}

function allocation(node: NodePlan, block: string, pod: PodPlan): Allocation[] {
  const ip = block.includes(':') ? pod.address6 : pod.address;
  if (ip === undefined) return [];
  return [{ ip, handleId: handleId(pod), node: node.name, namespace: pod.namespace, pod: pod.name }];
}

/** Calico's CNI plugin names a handle by network and container. */
function handleId(pod: PodPlan): string {
  return `k8s-pod-network.${createHash('sha256').update(`${pod.namespace}.${pod.name}`).digest('hex')}`;
}
