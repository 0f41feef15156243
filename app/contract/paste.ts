// A paste on its way from the page (or a folder) to the engine, and what became of it on its way back.
import { z } from 'zod';
import type { PastedText } from '../paste/pasted-text.ts';
import type { PasteReport } from '../paste/report.ts';
import { MOST_PASTED } from './paste-limits.ts';

export const pastedTextSchema = z.object({
  source: z.string().min(1).max(1024),
  text: z.string().max(MOST_PASTED),
  modifiedAt: z.number(),
  place: z.string().min(1).max(255).nullable(),
}) satisfies z.ZodType<PastedText>;

const home = z.object({ kind: z.enum(['node', 'pod', 'cluster', 'inside']), name: z.string() });

export const pasteReportSchema = z.object({
  pieces: z
    .array(
      z.object({
        evidenceId: z.string(),
        source: z.string(),
        line: z.number(),
        lastLine: z.number(),
        command: z.string(),
        home,
        at: z.number(),
        dated: z.enum(['prompt', 'date', 'packets', 'file']),
        use: z.enum(['read', 'kept']),
      }),
    )
    .readonly(),
  unread: z
    .array(z.object({ source: z.string(), line: z.number(), text: z.string(), why: z.string() }))
    .readonly(),
  unreadCount: z.number(),
  missing: z
    .array(
      z.object({
        about: z.object({ kind: z.enum(['node', 'pod', 'cluster']), name: z.string() }),
        sentence: z.string(),
        command: z.string(),
      }),
    )
    .readonly(),
  notes: z.array(z.string()).readonly(),
}) satisfies z.ZodType<PasteReport>;
