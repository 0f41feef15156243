// The questions `node.settings` (app/ledger/settings-view.ts), `pod.inside` (inside-view.ts) and `node.cost`: what is set on a node, and
// inside a Pod, and what reading costs.
import { z } from 'zod';

const nodeTime = z.object({ s: z.number(), ns: z.number() });

export const settingsRequestSchema = z.object({
  label: z.string().max(255),
  device: z.string().max(64).nullable(),
});

export const insideRequestSchema = z.object({ netnsId: z.string().max(512) });

export const settingsViewSchema = z.object({
  at: nodeTime.nullable(),
  sentence: z.string().nullable(),
  groups: z
    .array(
      z.object({
        title: z.string(),
        rows: z
          .array(
            z.object({ name: z.string(), value: z.string(), note: z.string().nullable(), odd: z.boolean() }),
          )
          .readonly(),
        /** What is not listed, a sentence each. */
        rest: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

export const costRequestSchema = z.object({ label: z.string().max(255) });

/** The last reading of each set of parts. */
export const costViewSchema = z
  .array(
    z.object({
      parts: z.array(z.string()).readonly(),
      /** ms of the node's CPU. */
      cpuMs: z.number(),
      /** ms of CPU of all readings of these parts together. */
      cpuMsInAll: z.number(),
      sections: z.array(z.object({ command: z.string(), ms: z.number() })).readonly(),
    }),
  )
  .readonly();
