import { fail, ok, type Result } from '../app/result.ts';
import {
  blockAddress,
  FIRST_WORKLOAD_IFINDEX,
  MAX_PODS_PER_WORKER,
  MAX_WORKERS,
  nodeAddress,
  nodeAddress6,
  nodeBlock,
  nodeBlock6,
  nodeMac,
  nodeName,
} from './addressing.ts';
import type { EtcdMode, LabPlan, NetworkMode, NodePlan, PodPlan } from './lab-plan.ts';
import { NETWORKS } from './network/networks.ts';

export interface LabShape {
  /** Machines, the master among them. */
  readonly nodes: number;
  /** Pods on each worker. */
  readonly pods: number;
  readonly mode: NetworkMode;
  /** Nodes and Pods have an IPv6 address, too. */
  readonly ipv6: boolean;
  readonly etcd: EtcdMode;
  /** So many nodes, the master first, reflect routes for the others, and there is no mesh. */
  readonly reflectors: number;
}

export const DEFAULT_SHAPE: LabShape = {
  nodes: 3,
  pods: 2,
  mode: 'bgp',
  ipv6: false,
  etcd: 'tls',
  reflectors: 0,
};
const POD_NAMESPACE = 'default';
/** As in Calico's own guide; reflectors of one cluster id back each other up (RFC 4456 §7). */
const CLUSTER_ID = '244.0.0.1';
const SERVER_URL = 'http://192.168.2.3:8080/';

export interface PlanFailure {
  readonly kind: 'bad-name' | 'bad-size';
  readonly sentence: string;
}

/** The name becomes part of paths and socket addresses (107 bytes at most), so it is kept short and plain. */
export function isInstanceName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,23}$/.test(name);
}

export function badName(name: string): { readonly kind: 'bad-name'; readonly sentence: string } {
  return {
    kind: 'bad-name',
    sentence: `"${name}" cannot be a lab's name: use 1 to 24 lower-case letters, digits and hyphens.`,
  };
}

/** A Kubernetes object name (RFC 1123 label). */
export function isPodName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
}

export function planLab(name: string, shape: LabShape): Result<LabPlan, PlanFailure> {
  if (!isInstanceName(name)) return fail(badName(name));
  const { nodes, pods, mode, etcd } = shape;
  if (!isWithin(nodes, 1, MAX_WORKERS + 1) || !isWithin(pods, 0, MAX_PODS_PER_WORKER)) {
    return fail({
      kind: 'bad-size',
      sentence: `A lab has 1 to ${MAX_WORKERS + 1} nodes with 0 to ${MAX_PODS_PER_WORKER} Pods each.`,
    });
  }
  const { reflectors } = shape;
  if (!isWithin(reflectors, 0, nodes)) {
    return fail({
      kind: 'bad-size',
      sentence: `A lab of ${nodes} nodes has 0 to ${nodes} route reflectors.`,
    });
  }
  if (reflectors > 0 && NETWORKS[mode].transport.routing !== 'bird') {
    return fail({
      kind: 'bad-size',
      sentence: `A lab in mode ${mode} speaks no BGP: it has no route reflectors.`,
    });
  }
  const planned = Array.from({ length: nodes }, (_, index) => planNode(index, shape));
  return ok({ name, mode, etcd, nodes: planned });
}

function planNode(index: number, { pods, mode, ipv6, reflectors }: LabShape): NodePlan {
  const user =
    index === 1
      ? { name: 'operator' as const, sudo: true }
      : index === 2
        ? { name: 'viewer' as const, sudo: false }
        : null;
  const node: NodePlan = {
    index,
    name: nodeName(index),
    address: nodeAddress(index),
    ...(ipv6 ? { address6: nodeAddress6(index), block6: nodeBlock6(index) } : {}),
    mac: nodeMac(index),
    block: nodeBlock(index),
    ...(index < reflectors ? { clusterId: CLUSTER_ID } : {}),
    ...(user === null ? {} : { user }),
    pods: [],
  };
  return index === 0 ? node : { ...node, pods: namedPods(mode, node, pods) };
}

/** The first two Pods of workers 1 and 2 carry the walkthrough's names and addresses, the others are numbered. */
function namedPods(mode: NetworkMode, node: NodePlan, count: number): PodPlan[] {
  const { index } = node;
  const classic: { name: string; lastByte: number; ifindex: number }[] =
    index === 1
      ? [
          { name: 'c2c-network-demo', lastByte: 2, ifindex: FIRST_WORKLOAD_IFINDEX },
          { name: 'web-1', lastByte: 3, ifindex: FIRST_WORKLOAD_IFINDEX + 1 },
        ]
      : index === 2
        ? [
            { name: 'c2c-network-demo-w2', lastByte: 3, ifindex: FIRST_WORKLOAD_IFINDEX + 1 },
            { name: 'web-2', lastByte: 2, ifindex: FIRST_WORKLOAD_IFINDEX },
          ]
        : [];
  const rest = Array.from({ length: Math.max(0, count - classic.length) }, (_, n) => n + classic.length).map(
    (n) => ({
      name: `web-${index}-${n + 1}`,
      lastByte: n + 2,
      ifindex: FIRST_WORKLOAD_IFINDEX + n,
    }),
  );
  return [...classic.slice(0, count), ...rest].map(({ name, lastByte, ifindex }) =>
    planPod(mode, node, name, lastByte, ifindex),
  );
}

/** @param hostIfindex the ifindex of the node's end: chosen, so that a recreated Pod can repeat it. */
export function planPod(
  mode: NetworkMode,
  node: Pick<NodePlan, 'block' | 'block6'>,
  name: string,
  lastByte: number,
  hostIfindex: number,
): PodPlan {
  return {
    namespace: POD_NAMESPACE,
    name,
    address: blockAddress(node.block, lastByte),
    ...(node.block6 === undefined ? {} : { address6: blockAddress(node.block6, lastByte) }),
    hostInterface: NETWORKS[mode].workload.interfaceName(POD_NAMESPACE, name),
    hostIfindex,
    ...(name === 'c2c-network-demo' ? { fetches: SERVER_URL } : {}),
  };
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
