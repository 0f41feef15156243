// The question `inventory.view` (app/probe/inventory-view.ts), where every field is explained.
import { z } from 'zod';

export const inventoryViewSchema = z.object({
  sentence: z.string().nullable(),
  kinds: z
    .array(
      z.object({
        name: z.string(),
        state: z.enum(['unread', 'listed', 'absent', 'not-permitted', 'failed']),
        count: z.number(),
        asOf: z.number().nullable(),
        sentence: z.string().nullable(),
        command: z.string().nullable(),
      }),
    )
    .readonly(),
});
export type InventoryView = z.infer<typeof inventoryViewSchema>;
