// What `hopscope discover --json` prints: a stable document for scripts.
import { z } from 'zod';
import { inventoryViewSchema } from './inventory-view.ts';
import { nodeCostSchema } from './node-cost.ts';
import { pasteReportSchema } from './paste.ts';

const tunnel = z.object({
  vni: z.number().nullable(),
  /** UDP. */
  port: z.number().nullable(),
  local: z.string().nullable(),
  remote: z.string().nullable(),
});

const peer = z.object({
  /** `namespace/name` of the Pod the peer is in; null when it is in a namespace without one. */
  pod: z.string().nullable(),
  /** Identity of the peer's network namespace. */
  namespace: z.string().nullable(),
  interface: z.string(),
});

export const discoverDocumentSchema = z.object({
  schema: z.literal(1),
  nodes: z.array(
    z.object({
      name: z.string(),
      addresses: z.array(z.string()),
      kernel: z.string(),
      /** Who made its Pod network, how it reaches other nodes, what cannot be seen of it, and why one thinks so. */
      cni: z.object({
        name: z.string().nullable(),
        mode: z.string().nullable(),
        opaque: z.string().nullable(),
        evidence: z.array(z.string()),
      }),
      interfaces: z.array(
        z.object({
          name: z.string(),
          /** Null where only its name is known (pasted output). */
          ifindex: z.number().nullable(),
          kind: z.string(),
          mtu: z.number().nullable(),
          mac: z.string().nullable(),
          state: z.string().nullable(),
          addresses: z.array(z.string()),
          /** Null for what is no tunnel. */
          tunnel: tunnel.nullable(),
          peer: peer.nullable(),
        }),
      ),
      routes: z.array(
        z.object({
          dst: z.string(),
          type: z.string(),
          dev: z.string().nullable(),
          via: z.string().nullable(),
          proto: z.string(),
          owner: z.string(),
          table: z.string(),
          metric: z.number(),
        }),
      ),
      bgp: z.array(
        z.object({
          name: z.string(),
          peer: z.string().nullable(),
          state: z.string(),
          info: z.string(),
          since: z.string(),
          imported: z.number().nullable(),
          exported: z.number().nullable(),
        }),
      ),
    }),
  ),
  pods: z.array(
    z.object({
      namespace: z.string().nullable(),
      name: z.string(),
      node: z.string().nullable(),
      ips: z.array(z.string()),
      hostInterface: z.string().nullable(),
      podInterface: z.string().nullable(),
      mtu: z.number().nullable(),
      labels: z.record(z.string(), z.string()).optional(),
    }),
  ),
  warnings: z.array(z.string()),
  /** How the list of each of Kubernetes' kinds stands. */
  inventory: inventoryViewSchema.optional(),
  /** What reading each node cost it. */
  cost: z.array(nodeCostSchema).optional(),
  /** Of pasted output: which route each node takes to each Pod, at most 5,000. */
  routesToPods: z
    .array(
      z.object({
        node: z.string(),
        pod: z.string(),
        address: z.string(),
        /** Null: none matches. */
        route: z
          .object({
            dst: z.string(),
            type: z.string(),
            via: z.string().nullable(),
            dev: z.string().nullable(),
          })
          .nullable(),
      }),
    )
    .readonly()
    .optional(),
  /** What became of pasted output; left out when the cluster was read live. */
  paste: pasteReportSchema.optional(),
});
export type DiscoverDocument = z.infer<typeof discoverDocumentSchema>;
