// Text as it was pasted, turned into clean lines with their numbers: no colours, no CRs, no byte order mark. Terminal control:
// ECMA-48; what the text itself says stays as it is.

/** One file, or what was put into the window at once. */
export interface PastedText {
  /** The file's name within what was dropped, or how the window calls it. Unique. */
  readonly source: string;
  readonly text: string;
  /** When the file was last written, or when the text was pasted: ms since the epoch. */
  readonly modifiedAt: number;
  /** Where the operator says that it comes from: a node's or a Pod's name. */
  readonly place: string | null;
}

export interface PastedLine {
  /** Counted from 1. */
  readonly number: number;
  /** The last one, where the terminal had wrapped it. */
  readonly last: number;
  readonly text: string;
  /** Not understood, and kept in its place within an output of which every line counts. */
  readonly isUnread?: true;
}

const CONTROL =
  // CSI, OSC (ended by BEL or ST), and what else begins with ESC.
  /\u001b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\u001b\][^\u0007\u001b\n]{0,4096}(?:\u0007|\u001b\\)|\u001b[ -/]{0,8}[0-~]/g;

export function cleanLines(text: string): string[] {
  // A lone CR ends a line only where nothing else does.
  const broken = text.includes('\n') ? text : text.replaceAll('\r', '\n');
  return broken
    .replace(/^\uFEFF/, '')
    .replace(CONTROL, '')
    .replace(/[\r\u200b\u2060]/g, '')
    .replaceAll('\u00a0', ' ')
    .split('\n');
}

/** Terminals of these widths are so common that one full line is enough to know. */
const USUAL_WIDTHS = new Set([80, 132]);
/** No terminal is narrower, and shorter lines end where they end. */
const NARROWEST = 60;

/**
 * Lines that the terminal had cut at its width, whole again: one as long as the longest, whose next says nothing by itself.
 * @param known whether a line by itself is something that some command prints.
 */
export function joinWrapped(lines: readonly string[], known: (line: string) => boolean): PastedLine[] {
  const width = lines.reduce((most, { length }) => Math.max(most, length), 0);
  const full = lines.filter(({ length }) => length === width).length;
  const wraps = width >= NARROWEST && (full > 1 || USUAL_WIDTHS.has(width));
  const joined: PastedLine[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const number = at + 1;
    const parts = [lines[at] ?? ''];
    while (wraps && lines[at]?.length === width && parts.length < MOST_PARTS) {
      const next = lines[at + 1];
      if (next === undefined || next.trim() === '' || known(next)) break;
      parts.push(next);
      at += 1;
    }
    const whole = parts.join('');
    if (parts.length > 1 && !known(whole)) {
      // Not the terminal's doing, or nothing we know: each for itself.
      for (const [offset, text] of parts.entries())
        joined.push({ number: number + offset, last: number + offset, text });
    } else joined.push({ number, last: number + parts.length - 1, text: whole });
  }
  return joined;
}

/** A line of 40 widths is not one that anybody pasted. */
const MOST_PARTS = 40;
