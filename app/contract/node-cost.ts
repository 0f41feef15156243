// What reading a node cost it, as `--json` of the CLI tells it.
import { z } from 'zod';

export const nodeCostSchema = z.object({
  /** As the cluster file calls it. */
  node: z.string(),
  /** Round trips: commands that were started there, those that shared a channel not counted. */
  commands: z.number().int(),
  /** ms during which at least one of them ran; those that still do, until now. */
  ms: z.number(),
  /** ms of the node's CPU that its readings took; null where its shell did not tell. What else ran there is not in it. */
  cpuMs: z.number().nullable(),
  /** Bytes over the channels of the commands that have told all they had to tell, without what SSH adds. */
  sent: z.number(),
  received: z.number(),
});
export type NodeCost = z.infer<typeof nodeCostSchema>;
