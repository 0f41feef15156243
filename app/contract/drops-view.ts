// The question `drops.view`: what nodes dropped, in the last seconds and since we are connected (app/ledger/drops-view.ts).
import { z } from 'zod';
import { dropReasons, type DropReason } from '../ledger/drop-reasons.ts';

const nodeTime = z.object({ s: z.number(), ns: z.number() });

export const dropsRequestSchema = z.object({
  label: z.string().max(255).nullable(),
  seconds: z.number().min(1).max(600),
});

const dropRowSchema = z.object({
  reason: z.enum(Object.keys(dropReasons) as [DropReason, ...DropReason[]]),
  title: z.string(),
  sender: z.string(),
  look: z.string(),
  place: z.object({
    kind: z.enum(['node', 'pod', 'namespace']),
    name: z.string(),
    podId: z.string().nullable(),
  }),
  device: z.string().nullable(),
  packets: z.number(),
  total: z.number(),
  lastAt: nodeTime,
  spark: z.array(z.number()).readonly(),
  notes: z.array(z.string()).readonly(),
  proof: z.array(z.object({ counter: z.string(), rise: z.number() })).readonly(),
});
export type DropRowView = z.infer<typeof dropRowSchema>;

export const dropsViewSchema = z.object({
  seconds: z.number(),
  nodes: z
    .array(
      z.object({
        label: z.string(),
        since: nodeTime.nullable(),
        until: nodeTime.nullable(),
        sentence: z.string().nullable(),
        rows: z.array(dropRowSchema).readonly(),
        more: z.number(),
      }),
    )
    .readonly(),
});
export type DropsView = z.infer<typeof dropsViewSchema>;
