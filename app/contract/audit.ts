// What Hopscope ran on nodes: kept where commands start, shown and exported as it stands.
import { z } from 'zod';

export const auditEntrySchema = z.object({
  id: z.number().int(),
  /** As the cluster file calls it. */
  node: z.string(),
  /** The user of the SSH login; of what the API server executes in a Pod, the context of the kubeconfig. */
  login: z.string(),
  /** Whose rights it had there: the login's own, or root's by sudo of the one wrapper. */
  by: z.enum(['login', 'sudo']),
  /**
   * `stream`: a command that runs on and shares its channel with others; `forward`: a TCP connection that a jump host
   * opened for us.
   */
  kind: z.enum(['command', 'capture', 'stream', 'terminal', 'forward']),
  /** The command, or what a longer script does. Never what a terminal showed or was told. */
  what: z.string(),
  /** ms since the epoch, our clock. */
  startedAt: z.number(),
  /** Null while it runs. */
  endedAt: z.number().nullable(),
  /** `exit 0`, `signal TERM`, `ended by us`, or why it did not start; null while it runs. */
  outcome: z.string().nullable(),
  /**
   * Bytes over its channel; null until it has told all that it had to tell, and where they are not counted: a stream's are its channel's, a
   * forward's are those of what runs behind it.
   */
  sent: z.number().nullable(),
  received: z.number().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** With what only the session knows. */
export const auditRowSchema = auditEntrySchema.extend({
  /** Rights as in DESIGN §5, 0 to 3; null while they are not known. */
  tier: z.number().int().min(0).max(3).nullable(),
  /** The node's own clock when it began, ms since the epoch; null where the node never told its time. */
  nodeStartedAt: z.number().nullable(),
});
export type AuditRow = z.infer<typeof auditRowSchema>;

export const auditFormats = ['csv', 'jsonl'] as const;
export type AuditFormat = (typeof auditFormats)[number];

export const auditListRequestSchema = z.object({
  /** Words that each must stand somewhere in a row; empty: all rows. */
  filter: z.string().max(200),
  /** The newest so many. */
  most: z.number().int().min(1).max(2_000),
});
export type AuditListRequest = z.infer<typeof auditListRequestSchema>;
export const auditListSchema = z.object({
  /** The newest first. */
  rows: z.array(auditRowSchema),
  /** How many pass the filter. */
  matching: z.number(),
  kept: z.number(),
  /** The file that each entry is appended to as it happens; null when none was asked for. */
  file: z.string().nullable(),
  /** Why the file asked for is not written; null when it is, or none was asked for. */
  trouble: z.string().nullable(),
});
export type AuditList = z.infer<typeof auditListSchema>;

/** Whether every word of the filter stands in some column, whatever its case. */
export function auditMatcher(filter: string): (entry: AuditEntry, tier: number | null) => boolean {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  // Nearly always, and of twenty thousand entries every two seconds.
  if (words.length === 0) return () => true;
  return ({ node, login, kind, what, by, outcome }, tier) => {
    const text = [node, login, kind, what, by, outcome ?? 'running', `tier ${tier ?? '?'}`]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

const COLUMNS = [
  'startedAt',
  'nodeStartedAt',
  'endedAt',
  'node',
  'login',
  'tier',
  'by',
  'kind',
  'what',
  'outcome',
  'sent',
  'received',
] as const satisfies readonly (keyof AuditRow)[];

/** A line a row; times in CSV as ISO 8601. RFC 4180, and no cell that a spreadsheet would compute. */
export function auditText(rows: readonly AuditRow[], format: AuditFormat): string {
  if (format === 'jsonl') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const lines = rows.map((row) => COLUMNS.map((column) => cell(column, row[column])).join(','));
  return [COLUMNS.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

function cell(column: (typeof COLUMNS)[number], value: string | number | null): string {
  if (value === null) return '';
  const text = column.endsWith('At') ? new Date(Number(value)).toISOString() : String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
