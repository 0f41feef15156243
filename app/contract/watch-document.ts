// What `hopscope watch --json` prints: a stable document for scripts.
import { z } from 'zod';
import { healthKinds } from './trails.ts';
import { verdicts } from '../watch/model.ts';

const loss = z.object({ kernel: z.number(), governor: z.number(), ours: z.number() });

/** By verdict; their sum is `total`. */
const trails = z.object({
  total: z.number(),
  ...(Object.fromEntries(verdicts.map((verdict) => [verdict, z.number()])) as Record<
    (typeof verdicts)[number],
    z.ZodNumber
  >),
});

const end = z.object({ address: z.string(), port: z.number().nullable(), name: z.string().nullable() });

export const watchDocumentSchema = z.object({
  schema: z.literal(1),
  /** `namespace/name`, or the name alone. */
  pod: z.string(),
  addresses: z.array(z.string()),
  /** The operator's own capture filter; null: the Pod's addresses. */
  filter: z.string().nullable(),
  /** How long it was watched. */
  seconds: z.number(),
  /** In the order of the path as far as it is known: the Pod, its host end, NICs, the peers' host ends, the peers. */
  vantagePoints: z.array(
    z.object({
      /** `node/interface`, inside a Pod `node/pod/interface`. */
      id: z.string(),
      node: z.string(),
      pod: z.string().nullable(),
      /** The network namespace as its node shows it, `net:[4026533515]`; null where the topology does not know the interface. */
      namespace: z.string().nullable(),
      interface: z.string(),
      packets: z.number(),
      /** Of the captures that saw it, at all of their interfaces: dropped by the node's kernel, and by us. What was left out to spare a node is in no capture, which `warnings` say. */
      kernelDrops: z.number(),
      ourDrops: z.number(),
      /** Null where the topology does not know the interface. */
      inbound: z.number().nullable(),
      outbound: z.number().nullable(),
      refused: z.number().nullable(),
    }),
  ),
  captures: z.array(
    z.object({
      node: z.string(),
      /** In whose namespace it listened; null: the node's own. */
      pod: z.string().nullable(),
      /** It captured to the end, or as long as its Pod was there. */
      ran: z.boolean(),
      /** Why it did not. */
      sentence: z.string().nullable(),
      packets: z.number(),
      loss,
    }),
  ),
  packets: z.number(),
  loss,
  /** To whom trails, drops, latency and flows below are limited; null: all that the Pod said and heard. */
  to: z.string().nullable(),
  /** Packets, each at all places where it was seen. */
  trails,
  drops: z.array(
    z.object({
      /** Where it was seen last: node, and vantage point with the way it passed. */
      node: z.string(),
      after: z.string(),
      /** Where it was to be seen next; null: nobody knows. */
      before: z.string().nullable(),
      count: z.number(),
      because: z.string().nullable(),
    }),
  ),
  /** Between two vantage points. */
  latency: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      /** Packets that these times are of: since the clocks are known as well as that. */
      count: z.number(),
      /** Null: between nodes whose clocks nobody can compare. */
      p50us: z.number().nullable(),
      p95us: z.number().nullable(),
      /** How far off they may be at most. */
      plusMinusUs: z.number().nullable(),
    }),
  ),
  /** Of the nodes, that of the watched Pod first: by how much each is ahead of that one, and how far off that may be. */
  clocks: z.array(
    z.object({ node: z.string(), offsetUs: z.number().nullable(), plusMinusUs: z.number().nullable() }),
  ),
  /** Those seen last first. */
  flows: z.array(
    z.object({
      protocol: z.string(),
      source: end,
      destination: end,
      trails,
      bytes: z.number(),
      /** What ails it, as far as the captures saw enough to know. */
      health: z.array(
        z.object({
          kind: z.enum(healthKinds),
          times: z.number(),
          /** ms since the epoch. */
          since: z.number(),
          last: z.number(),
          sentence: z.string(),
        }),
      ),
    }),
  ),
  /** Packets that no trail could be made of. */
  missed: z.number(),
  /** The case file that was written; null: none was asked for, or it could not be. */
  export: z.string().nullable(),
  warnings: z.array(z.string()),
});
export type WatchDocument = z.infer<typeof watchDocumentSchema>;
