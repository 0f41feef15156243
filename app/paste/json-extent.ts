// Where a JSON value that begins on a line ends, and on which line, without parsing it: brackets outside strings, counted.
import type { PastedLine } from './pasted-text.ts';

/** How many lines it takes; null when it never ends, or does not begin one. */
export function jsonEnd(lines: readonly PastedLine[], at: number): number | null {
  // `[root@node ~]#` and `[12:00:01]` are prompts.
  if (!/^\s*(?:\[\s*$|\[\s*[{\]]|\{\s*$|\{\s*")/.test((lines[at]?.text ?? '').slice(0, 200))) return null;
  let depth = 0;
  let inString = false;
  for (let line = at; line < lines.length; line += 1) {
    const text = lines[line]?.text ?? '';
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (inString) {
        if (code === BACKSLASH) index += 1;
        else if (code === QUOTE) inString = false;
      } else if (code === QUOTE) inString = true;
      else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        depth -= 1;
        if (depth === 0) return text.slice(index + 1).trim() === '' ? line - at + 1 : null;
      }
    }
  }
  return null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
