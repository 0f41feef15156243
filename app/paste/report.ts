// What became of a paste, for the person who pasted it.

export interface ReportedPiece {
  readonly evidenceId: string;
  readonly source: string;
  readonly line: number;
  readonly lastLine: number;
  /** The command whose output it is, as typed or as one would type it. */
  readonly command: string;
  readonly home: { readonly kind: 'node' | 'pod' | 'cluster' | 'inside'; readonly name: string };
  /** ms since the epoch. */
  readonly at: number;
  /** What that time rests on. */
  readonly dated: 'prompt' | 'date' | 'packets' | 'file';
  /** `read`: its facts are in the picture. `kept`: recognised, and shown as it stands. */
  readonly use: 'read' | 'kept';
}

export interface ReportedLine {
  readonly source: string;
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

export interface MissingOutput {
  readonly about: { readonly kind: 'node' | 'pod' | 'cluster'; readonly name: string };
  /** What is not known for want of it. */
  readonly sentence: string;
  /** To type there. */
  readonly command: string;
}

export interface PasteReport {
  readonly pieces: readonly ReportedPiece[];
  /** The first of them; `unreadCount` counts all. */
  readonly unread: readonly ReportedLine[];
  readonly unreadCount: number;
  /** What would decide most comes first. */
  readonly missing: readonly MissingOutput[];
  /** Remarks, none of them a fault. */
  readonly notes: readonly string[];
}

/** More of any of these is nobody's reading. */
export const MOST_REPORTED = { pieces: 500, unread: 300, missing: 200, notes: 100 } as const;
