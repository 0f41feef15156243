// What a diagnosis found that looked into the Pods first, and what that look cost: the call `diagnose.look` and `hopscope doctor`.
import { z } from 'zod';
import { diagnosisSchema } from '../diagnose/finding.ts';

/** How the Pods were looked into. */
export const podsLookedIntoSchema = z.object({
  pods: z.number(),
  /** Beyond what one reading of a node takes: not looked into. */
  left: z.number(),
  /** Labels of the nodes that answered, and of those that did not within the time. */
  nodes: z.array(z.string()),
  silent: z.array(z.string()),
  /** ms of the nodes' CPU that all their readings took meanwhile; null where no shell told. */
  cpuMs: z.number().nullable(),
  /** ms from asking to the answer. */
  tookMs: z.number(),
});
export type PodsLookedInto = z.infer<typeof podsLookedIntoSchema>;

export const diagnosedSchema = z.object({
  diagnosis: diagnosisSchema,
  /** Null: there is nothing that could be looked into (a paste), or somebody stopped it. */
  looked: podsLookedIntoSchema.nullable(),
});
export type Diagnosed = z.infer<typeof diagnosedSchema>;
