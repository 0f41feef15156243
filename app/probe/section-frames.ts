// Takes the discovery script's output apart (discovery-script.ts names the lines). Whatever stands before the first
// mark is noise of the login shell; a section without its end is one whose output was cut off.
import type { NodeTime } from './facts.ts';

export interface SectionFrame {
  readonly name: string;
  readonly command: string;
  readonly at: NodeTime | null;
  /** Null when the end never came. */
  readonly exitStatus: number | null;
  readonly stdout: { readonly start: number; readonly end: number };
  readonly stderr: { readonly start: number; readonly end: number };
}

export interface Frames {
  readonly sections: readonly SectionFrame[];
  /** The script ran to its last line. */
  readonly complete: boolean;
}

export function splitSections(output: Uint8Array, nonce: string): Frames {
  // One character a byte, so that places in the text are places in the bytes.
  const text = new TextDecoder('latin1').decode(output);
  const sections: SectionFrame[] = [];
  const mark = new RegExp(`(?:^|\\n)#${nonce} (begin|stderr|end|done) ([^\\n]*)\\n?`, 'g');
  let open: { name: string; command: string; at: NodeTime | null; start: number } | null = null;
  let stdoutEnd: number | null = null;
  let stderrStart = 0;
  let complete = false;
  const close = (end: number, exitStatus: number | null): void => {
    if (open === null) return;
    sections.push({
      name: open.name,
      command: open.command,
      at: open.at,
      exitStatus,
      stdout: { start: open.start, end: Math.max(open.start, stdoutEnd ?? end) },
      stderr:
        stdoutEnd === null ? { start: end, end } : { start: stderrStart, end: Math.max(stderrStart, end) },
    });
    open = null;
    stdoutEnd = null;
  };
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    const [whole, verb, rest = ''] = match;
    // The newline that ends a mark may be the one that the next mark begins with.
    if (whole.endsWith('\n')) mark.lastIndex -= 1;
    const after = match.index + whole.length;
    const words = rest.split(' ');
    if (verb === 'begin') {
      close(match.index, null);
      const command = new TextDecoder('utf-8')
        .decode(output.subarray(after - bytesAfter(whole, words), after))
        .trim();
      open = { name: words[0] ?? '', command, at: parseNodeTime(words[1] ?? ''), start: after };
    } else if (verb === 'stderr' && open !== null && stdoutEnd === null) {
      stdoutEnd = match.index;
      stderrStart = after;
    } else if (verb === 'end') {
      const status = words[1] ?? '';
      close(match.index, /^\d{1,3}$/.test(status) ? Number(status) : null);
    } else if (verb === 'done') complete = true;
  }
  close(text.length, null);
  return { sections, complete };
}

/** Length of the command at the end of a begin mark. */
function bytesAfter(whole: string, words: readonly string[]): number {
  const newline = whole.endsWith('\n') ? 1 : 0;
  return words.slice(2).join(' ').length + newline;
}

/** `date +%s.%N`; BusyBox prints `%N` as it stands, and then there are no nanoseconds. */
export function parseNodeTime(text: string): NodeTime | null {
  const match = /^(\d{1,12})(?:\.(\d{9}|%?N?))?$/.exec(text);
  if (!match) return null;
  const ns = match[2] ?? '';
  return { s: Number(match[1]), ns: /^\d{9}$/.test(ns) ? Number(ns) : 0 };
}
