import { fail, ok, type Result } from '../app/result.ts';
import {
  FIRST_WORKLOAD_IFINDEX,
  MAX_PODS_PER_WORKER,
  MAX_WORKERS,
  nodeAddress,
  nodeBlock,
  nodeMac,
  nodeName,
  workloadInterface,
} from './addressing.ts';

export interface PodPlan {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  /** Calico's name of the node's end, and its ifindex there. */
  readonly hostInterface: string;
  readonly hostIfindex: number;
  /** The address it fetches once a second, if it is a client. */
  readonly fetches?: string;
}

export interface NodePlan {
  readonly index: number;
  readonly name: string;
  readonly address: string;
  readonly mac: string;
  /** Its Pods' addresses, one /24 block. */
  readonly block: string;
  /** The login besides root: on worker 1 with a sudo rule, on worker 2 without. */
  readonly user?: { readonly name: 'operator' | 'viewer'; readonly sudo: boolean };
  readonly pods: readonly PodPlan[];
}

export interface LabPlan {
  readonly name: string;
  readonly nodes: readonly NodePlan[];
}

export interface LabSize {
  /** Machines, the master among them. */
  readonly nodes: number;
  /** Pods on each worker. */
  readonly pods: number;
}

export const DEFAULT_SIZE: LabSize = { nodes: 3, pods: 2 };
const POD_NAMESPACE = 'default';
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

export function planLab(name: string, size: LabSize): Result<LabPlan, PlanFailure> {
  if (!isInstanceName(name)) return fail(badName(name));
  if (!isWithin(size.nodes, 1, MAX_WORKERS + 1) || !isWithin(size.pods, 0, MAX_PODS_PER_WORKER)) {
    return fail({
      kind: 'bad-size',
      sentence: `A lab has 1 to ${MAX_WORKERS + 1} nodes with 0 to ${MAX_PODS_PER_WORKER} Pods each.`,
    });
  }
  return ok({ name, nodes: Array.from({ length: size.nodes }, (_, index) => planNode(index, size.pods)) });
}

function planNode(index: number, pods: number): NodePlan {
  const user =
    index === 1
      ? { name: 'operator' as const, sudo: true }
      : index === 2
        ? { name: 'viewer' as const, sudo: false }
        : null;
  return {
    index,
    name: nodeName(index),
    address: nodeAddress(index),
    mac: nodeMac(index),
    block: nodeBlock(index),
    ...(user === null ? {} : { user }),
    pods: index === 0 ? [] : namedPods(index, pods),
  };
}

/** The first two Pods of workers 1 and 2 carry the walkthrough's names and addresses, the others are numbered. */
function namedPods(index: number, count: number): PodPlan[] {
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
    planPod(name, `192.168.${index}.${lastByte}`, ifindex),
  );
}

/** @param hostIfindex the ifindex of the node's end: chosen, so that a recreated Pod can repeat it. */
export function planPod(name: string, address: string, hostIfindex: number): PodPlan {
  return {
    namespace: POD_NAMESPACE,
    name,
    address,
    hostInterface: workloadInterface(POD_NAMESPACE, name),
    hostIfindex,
    ...(name === 'c2c-network-demo' ? { fetches: SERVER_URL } : {}),
  };
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
