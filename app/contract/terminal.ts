// A terminal's stream: bytes both ways on one MessagePort, with credits so that `yes` cannot flood the page.
import { z } from 'zod';

export const terminalTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('node'), nodeLabel: z.string().min(1).max(255) }),
  z.object({ kind: z.literal('pod'), podId: z.string().min(1).max(512) }),
]);
export type TerminalTarget = z.infer<typeof terminalTargetSchema>;

export type TerminalFromMain =
  | { readonly type: 'output'; readonly bytes: Uint8Array }
  | { readonly type: 'ended'; readonly sentence: string };

export const terminalFromPageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input'), text: z.string().max(1_000_000) }),
  z.object({ type: z.literal('credit'), bytes: z.number().int().positive() }),
  z.object({
    type: z.literal('resize'),
    cols: z.number().int().min(1).max(1000),
    rows: z.number().int().min(1).max(1000),
  }),
]);
export type TerminalFromPage = z.infer<typeof terminalFromPageSchema>;
