// Cilium's kinds (cilium.io/v2): its nodes and endpoints. Source: cilium/cilium pkg/k8s/apis/cilium.io/v2, 1.16.
import { z } from 'zod';
import type { CiliumEndpointFact, CiliumNodeFact } from './kube-facts.ts';
import { numberOrNull, objectMetadata, orNull } from './kube-object.ts';

const text = z.string().max(4096);

const nodeSchema = z.object({
  metadata: objectMetadata,
  spec: z
    .object({
      addresses: z
        .array(z.object({ type: text.optional(), ip: text.optional() }))
        .nullable()
        .optional(),
      ipam: z.object({ podCIDRs: z.array(text).nullable().optional() }).optional(),
    })
    .default({}),
});

export function ciliumNodeFact(object: unknown): CiliumNodeFact | null {
  const read = nodeSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec } = read.data;
  return {
    name: metadata.name,
    addresses: (spec.addresses ?? []).flatMap(({ type, ip }) =>
      ip === undefined || ip === '' ? [] : [{ type: type ?? '', ip }],
    ),
    podCidrs: spec.ipam?.podCIDRs ?? [],
  };
}

const endpointSchema = z.object({
  metadata: objectMetadata,
  status: z
    .object({
      id: z.unknown().optional(),
      state: text.optional(),
      networking: z
        .object({
          node: text.optional(),
          addressing: z
            .array(z.object({ ipv4: text.optional(), ipv6: text.optional() }))
            .nullable()
            .optional(),
        })
        .optional(),
    })
    .default({}),
});

export function ciliumEndpointFact(object: unknown): CiliumEndpointFact | null {
  const read = endpointSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, status } = read.data;
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    id: numberOrNull(status.id),
    addresses: (status.networking?.addressing ?? []).flatMap(({ ipv4, ipv6 }) =>
      [ipv4, ipv6].flatMap((ip) => orNull(ip) ?? []),
    ),
    node: orNull(status.networking?.node),
    state: orNull(status.state),
  };
}
