// What `hopscope watch --json` prints: a stable document for scripts.
import { z } from 'zod';

const loss = z.object({ kernel: z.number(), governor: z.number(), ours: z.number() });

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
      name: z.string(),
      node: z.string(),
      pod: z.string().nullable(),
      interface: z.string(),
      packets: z.number(),
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
  /** The case file that was written; null: none was asked for, or it could not be. */
  export: z.string().nullable(),
  warnings: z.array(z.string()),
});
export type WatchDocument = z.infer<typeof watchDocumentSchema>;
