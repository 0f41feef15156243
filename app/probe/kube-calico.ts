// Calico's kinds as it keeps them in Kubernetes (crd.projectcalico.org/v1) or serves them (projectcalico.org/v3).
// Source: projectcalico/api pkg/apis/projectcalico/v3 and libcalico-go/lib/apis/v1 (IPAM), 3.29.
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type {
  BgpConfigurationFact,
  BgpPeerFact,
  BlockAffinityFact,
  FelixConfigurationFact,
  IpamAllocation,
  IpamBlockFact,
  IpPoolFact,
  PolicyFact,
  WorkloadEndpointFact,
} from './kube-facts.ts';
import { numberOrNull, objectMetadata, orNull } from './kube-object.ts';

/** Of one block; Calico's are 64 addresses unless told otherwise, a /20 at most in practice. */
const mostAllocations = 4096;
const mostSettings = 256;

const text = z.string().max(4096);
const list = z.array(z.unknown()).nullable().optional();

const poolSchema = z.object({
  metadata: objectMetadata,
  spec: z.object({
    cidr: text,
    blockSize: z.number().optional(),
    ipipMode: text.optional(),
    vxlanMode: text.optional(),
    natOutgoing: z.boolean().default(false),
    disabled: z.boolean().default(false),
    disableBGPExport: z.boolean().default(false),
    nodeSelector: text.default('all()'),
    allowedUses: z.array(text).max(10).optional().catch(undefined),
  }),
});

export function ipPoolFact(object: unknown): IpPoolFact | null {
  const read = poolSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec } = read.data;
  return {
    name: metadata.name,
    cidr: spec.cidr,
    blockSize: spec.blockSize ?? null,
    ipipMode: orNull(spec.ipipMode) ?? 'Never',
    vxlanMode: orNull(spec.vxlanMode) ?? 'Never',
    natOutgoing: spec.natOutgoing,
    disabled: spec.disabled,
    disableBgpExport: spec.disableBGPExport,
    nodeSelector: spec.nodeSelector,
    ...(spec.allowedUses === undefined ? {} : { allowedUses: spec.allowedUses }),
  };
}

const blockSchema = z.object({
  metadata: objectMetadata,
  spec: z.object({
    cidr: text,
    affinity: text.nullable().optional(),
    strictAffinity: z.boolean().default(false),
    /** By ordinal in the block: index into `attributes`. */
    allocations: z.array(z.number().nullable()).default([]),
    attributes: z
      .array(
        z.object({
          secondary: z
            .object({
              namespace: text.optional(),
              node: text.optional(),
              pod: text.optional(),
              type: text.optional(),
            })
            .nullable()
            .optional(),
        }),
      )
      .nullable()
      .default([]),
  }),
});

export function ipamBlockFact(object: unknown): IpamBlockFact | null {
  const read = blockSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec } = read.data;
  const addressOf = addressesOf(spec.cidr);
  if (addressOf === null) return null;
  const allocations = spec.allocations.flatMap((index, ordinal): IpamAllocation[] => {
    if (index === null) return [];
    const of = spec.attributes?.[index]?.secondary;
    return [
      {
        address: addressOf(ordinal),
        node: orNull(of?.node),
        namespace: orNull(of?.namespace),
        pod: orNull(of?.pod),
        type: orNull(of?.type),
      },
    ];
  });
  return {
    name: metadata.name,
    cidr: spec.cidr,
    node: /^host:(.+)$/.exec(spec.affinity ?? '')?.[1] ?? null,
    strictAffinity: spec.strictAffinity,
    allocations: allocations.slice(0, mostAllocations),
  };
}

/** The block's address of an ordinal, as `ip` prints it; null when that is no CIDR. */
function addressesOf(cidr: string): ((ordinal: number) => string) | null {
  if (!ipaddr.isValidCIDR(cidr)) return null;
  const base = ipaddr.parseCIDR(cidr)[0].toByteArray();
  return (ordinal) => {
    const bytes = [...base];
    let carry = ordinal;
    for (let at = bytes.length - 1; at >= 0 && carry > 0; at -= 1) {
      const sum = (bytes[at] ?? 0) + carry;
      bytes[at] = sum % 256;
      carry = Math.floor(sum / 256);
    }
    return ipaddr.fromByteArray(bytes).toString();
  };
}

const affinitySchema = z.object({
  metadata: objectMetadata,
  spec: z.object({ cidr: text, node: text, state: text.default('confirmed') }),
});

export function blockAffinityFact(object: unknown): BlockAffinityFact | null {
  const read = affinitySchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec } = read.data;
  return { name: metadata.name, node: spec.node, cidr: spec.cidr, state: spec.state };
}

const peerSchema = z.object({
  metadata: objectMetadata,
  spec: z
    .object({
      node: text.optional(),
      nodeSelector: text.optional(),
      peerIP: text.optional(),
      peerSelector: text.optional(),
      /** A number, or Calico's dotted text. */
      asNumber: z.union([z.number(), text]).optional(),
      password: z.unknown().optional(),
    })
    .default({}),
});

export function bgpPeerFact(object: unknown): BgpPeerFact | null {
  const read = peerSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec } = read.data;
  return {
    name: metadata.name,
    node: orNull(spec.node),
    nodeSelector: orNull(spec.nodeSelector),
    peerIp: orNull(spec.peerIP),
    peerSelector: orNull(spec.peerSelector),
    asNumber: asNumberOf(spec.asNumber),
    hasPassword: spec.password !== undefined && spec.password !== null,
  };
}

/** RFC 5396: 64512, or 0.64512 in asdot. */
function asNumberOf(as: number | string | undefined): number | null {
  if (typeof as === 'number') return as;
  const [, high, low] = /^(?:(\d{1,5})\.)?(\d{1,10})$/.exec(as ?? '') ?? [];
  return low === undefined ? null : Number(high ?? 0) * 65_536 + Number(low);
}

const cidrs = z
  .array(z.object({ cidr: text.optional() }))
  .nullable()
  .optional();
const bgpConfigurationSchema = z.object({
  metadata: objectMetadata,
  spec: z
    .object({
      asNumber: z.union([z.number(), text]).optional(),
      nodeToNodeMeshEnabled: z.boolean().default(true),
      listenPort: z.number().optional(),
      serviceClusterIPs: cidrs,
      serviceExternalIPs: cidrs,
      serviceLoadBalancerIPs: cidrs,
    })
    .default({ nodeToNodeMeshEnabled: true }),
});

export function bgpConfigurationFact(object: unknown): BgpConfigurationFact | null {
  const read = bgpConfigurationSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec } = read.data;
  const told = [spec.serviceClusterIPs, spec.serviceExternalIPs, spec.serviceLoadBalancerIPs];
  return {
    name: metadata.name,
    asNumber: asNumberOf(spec.asNumber),
    nodeToNodeMesh: spec.nodeToNodeMeshEnabled,
    listenPort: spec.listenPort ?? null,
    serviceCidrs: told.flatMap((some) => (some ?? []).flatMap(({ cidr }) => orNull(cidr) ?? [])),
  };
}

const felixSchema = z.object({
  metadata: objectMetadata,
  spec: z.record(z.string().max(253), z.unknown()).default({}),
});

export function felixConfigurationFact(object: unknown): FelixConfigurationFact | null {
  const read = felixSchema.safeParse(object);
  if (!read.success) return null;
  const plain = Object.entries(read.data.spec).flatMap(([key, value]): [string, string][] =>
    (typeof value === 'string' && value.length <= 1024) ||
    typeof value === 'number' ||
    typeof value === 'boolean'
      ? [[key, String(value)]]
      : [],
  );
  return { name: read.data.metadata.name, settings: Object.fromEntries(plain.slice(0, mostSettings)) };
}

const policySchema = z.object({
  metadata: objectMetadata,
  spec: z
    .object({
      tier: text.optional(),
      order: z.unknown().optional(),
      selector: text.optional(),
      types: z.array(text).nullable().optional(),
      ingress: list,
      egress: list,
    })
    .default({}),
});

export function calicoPolicyFact(object: unknown): PolicyFact | null {
  const read = policySchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec } = read.data;
  const ingressRules = (spec.ingress ?? []).length;
  const egressRules = (spec.egress ?? []).length;
  // Where it does not say, it is for the directions that it has rules for, and for what comes in if it has none.
  const implied = [
    ...(ingressRules > 0 || egressRules === 0 ? ['Ingress'] : []),
    ...(egressRules > 0 ? ['Egress'] : []),
  ];
  return {
    namespace: metadata.namespace ?? null,
    name: metadata.name,
    tier: orNull(spec.tier) ?? 'default',
    order: numberOrNull(spec.order),
    selector: spec.selector ?? '',
    types: spec.types ?? implied,
    ingressRules,
    egressRules,
  };
}

const endpointSchema = z.object({
  metadata: objectMetadata,
  spec: z.object({
    node: text.optional(),
    pod: text.optional(),
    interfaceName: text.optional(),
    ipNetworks: z.array(text).nullable().optional(),
    mac: text.optional(),
  }),
});

export function workloadEndpointFact(object: unknown): WorkloadEndpointFact | null {
  const read = endpointSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec } = read.data;
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    node: orNull(spec.node),
    pod: orNull(spec.pod),
    interfaceName: orNull(spec.interfaceName),
    networks: spec.ipNetworks ?? [],
    mac: orNull(spec.mac),
  };
}
