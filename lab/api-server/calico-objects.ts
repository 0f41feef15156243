// Calico's own objects as it keeps them in Kubernetes (KDD mode): crd.projectcalico.org/v1.
// Source: projectcalico/calico libcalico-go/lib/apis/v3 and lib/names/cidr.go of 3.29.
import type { Json, JsonObject, KubeObject } from './json.ts';
import { CALICO_GROUP } from './kinds.ts';

function calicoObject(kind: string, name: string, spec: JsonObject): KubeObject {
  return { apiVersion: `${CALICO_GROUP}/v1`, kind, metadata: { name }, spec };
}

/** 192.168.1.0/24 is named 192-168-1-0-24. */
export function cidrName(cidr: string): string {
  return cidr.replaceAll(/[.:/]/g, '-');
}

export interface IpPoolSpec {
  readonly name: string;
  readonly cidr: string;
  readonly blockSize: number;
  readonly ipipMode?: 'Never' | 'Always' | 'CrossSubnet';
  readonly vxlanMode?: 'Never' | 'Always' | 'CrossSubnet';
  readonly natOutgoing?: boolean;
  readonly disabled?: boolean;
}

export function ipPoolObject(pool: IpPoolSpec): KubeObject {
  const { name, cidr, blockSize, ipipMode = 'Never', vxlanMode = 'Never', natOutgoing = true } = pool;
  return calicoObject('IPPool', name, {
    allowedUses: ['Workload', 'Tunnel'],
    blockSize,
    cidr,
    ...(pool.disabled === true ? { disabled: true } : {}),
    ipipMode,
    natOutgoing,
    nodeSelector: 'all()',
    vxlanMode,
  });
}

export function blockAffinityObject(node: string, cidr: string): KubeObject {
  // `deleted` is a string here and a boolean in blocks: Calico's own inconsistency.
  const spec = { cidr, deleted: 'false', node, state: 'confirmed' };
  return calicoObject('BlockAffinity', `${node}-${cidrName(cidr)}`, spec);
}

export interface Allocation {
  readonly ip: string;
  /** `k8s-pod-network.` and the container's id; a tunnel's is `vxlan-tunnel-addr-NODE`. */
  readonly handleId: string;
  readonly node: string;
  readonly namespace?: string;
  readonly pod?: string;
  /** The type of a node's own address, such as `vxlanTunnelAddress`; for such an address instead of a Pod. */
  readonly type?: string;
}

export interface IpamBlockSpec {
  readonly cidr: string;
  /** The node that the block is affine to; absent for an orphan. */
  readonly node?: string;
  /** In order of their assignment. */
  readonly allocations: readonly Allocation[];
}

/** @throws RangeError when an allocation lies outside the block, or the block has more than 65,536 addresses. */
export function ipamBlockObject(block: IpamBlockSpec): KubeObject {
  const { cidr, node, allocations } = block;
  const size = blockSize(cidr);
  const slots: (number | null)[] = Array.from({ length: size }, () => null);
  const sequences: Record<string, Json> = {};
  for (const [index, { ip }] of allocations.entries()) {
    const ordinal = ordinalOf(ip, cidr);
    if (ordinal < 0 || ordinal >= size) throw new RangeError(`${ip} is not in the block ${cidr}`);
    slots[ordinal] = index;
    sequences[String(ordinal)] = index;
  }
  return calicoObject('IPAMBlock', cidrName(cidr), {
    ...(node === undefined ? {} : { affinity: `host:${node}` }),
    allocations: slots,
    attributes: allocations.map((allocation) => ({
      handle_id: allocation.handleId,
      secondary: secondaryOf(allocation),
    })),
    cidr,
    deleted: false,
    sequenceNumber: allocations.length,
    sequenceNumberForAllocation: sequences,
    strictAffinity: false,
    unallocated: slots.flatMap((slot, ordinal) => (slot === null ? [ordinal] : [])),
  });
}

function secondaryOf({ namespace, node, pod, type }: Allocation): JsonObject {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    node,
    ...(pod === undefined ? {} : { pod }),
    ...(type === undefined ? {} : { type }),
  };
}

function blockSize(cidr: string): number {
  const bits = (cidr.includes(':') ? 128 : 32) - Number(cidr.split('/')[1]);
  if (!Number.isInteger(bits) || bits < 0 || bits > 16)
    throw new RangeError(`${cidr} is not a block of Calico's`);
  return 2 ** bits;
}

/** A block's addresses share all but their last 16 bits, in either family. */
function ordinalOf(ip: string, cidr: string): number {
  const base = cidr.split('/')[0] ?? '';
  if (ip.includes(':') !== base.includes(':')) return -1;
  const [high, low] = splitAddress(ip);
  const [baseHigh, baseLow] = splitAddress(base);
  return high === baseHigh ? low - baseLow : -1;
}

/** All but the last 16 bits as comparable text, and the last 16 bits. */
function splitAddress(address: string): [high: string, low: number] {
  if (!address.includes(':')) {
    const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
    return [`${String(a)}.${String(b)}`, c * 256 + d];
  }
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = [...left, ...zeros, ...right].map((group) => parseInt(group, 16));
  return [groups.slice(0, 7).join(':'), groups[7] ?? 0];
}

/** One handle is one Pod's addresses; `blocks` counts them by block. */
export function ipamHandleObject(handleId: string, blocks: Readonly<Record<string, number>>): KubeObject {
  return calicoObject('IPAMHandle', handleId.toLowerCase(), {
    block: blocks,
    deleted: false,
    handleID: handleId,
  });
}

export function clusterInformationObject(guid: string, version: string): KubeObject {
  return calicoObject('ClusterInformation', 'default', {
    calicoVersion: version,
    clusterGUID: guid,
    clusterType: 'k8s,bgp,kubeadm,kdd',
    datastoreReady: true,
  });
}

export function felixConfigurationObject(spec: JsonObject = {}): KubeObject {
  return calicoObject('FelixConfiguration', 'default', {
    bpfLogLevel: '',
    floatingIPs: 'Disabled',
    logSeverityScreen: 'Info',
    reportingInterval: '0s',
    ...spec,
  });
}

export function bgpConfigurationObject(asNumber: number, nodeToNodeMesh: boolean): KubeObject {
  return calicoObject('BGPConfiguration', 'default', {
    asNumber,
    logSeverityScreen: 'Info',
    nodeToNodeMeshEnabled: nodeToNodeMesh,
  });
}

export function bgpPeerObject(name: string, spec: JsonObject): KubeObject {
  return calicoObject('BGPPeer', name, spec);
}
