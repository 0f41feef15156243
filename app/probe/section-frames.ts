// Takes the discovery script's output apart (discovery-script.ts names the lines). Whatever stands before the first
// mark is noise of the login shell; a section without its end is one whose output was cut off.
import type { NodeTime } from './facts.ts';

interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface SectionFrame {
  readonly name: string;
  readonly command: string;
  readonly at: NodeTime | null;
  /** How long it ran, to 10 ms; null when the output does not say. */
  readonly ms: number | null;
  /** Null when the end never came. */
  readonly exitStatus: number | null;
  readonly stdout: ByteRange;
  /** Empty when the output was cut off before it. */
  readonly stderr: ByteRange;
}

export interface Frames {
  readonly sections: readonly SectionFrame[];
  /** The script ran to its last line. */
  readonly complete: boolean;
}

export function splitSections(output: Uint8Array, nonce: string): Frames {
  // One character a byte, so that places in the text are places in the bytes.
  const text = new TextDecoder('latin1').decode(output);
  const utf8 = new TextDecoder('utf-8');
  const sections: SectionFrame[] = [];
  const mark = new RegExp(`(?:^|\\n)#${nonce} (clock|begin|stderr|end|done) ([^\\n]*)\\n?`, 'g');
  const stderrs = new Map<string, ByteRange>();
  let timeAt: (uptime: string) => NodeTime | null = () => null;
  /** Ends what the last mark began. */
  let close: (end: number, exitStatus: number | null, uptime: string) => void = () => undefined;
  let complete = false;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    const [whole, verb, rest = ''] = match;
    // The newline that ends a mark may be the one that the next mark begins with.
    if (whole.endsWith('\n')) mark.lastIndex -= 1;
    const start = match.index + whole.length;
    const [first = '', second = '', third = ''] = rest.split(' ', 3);
    close(match.index, verb === 'end' && /^\d{1,3}$/.test(second) ? Number(second) : null, third);
    close = () => undefined;
    if (verb === 'clock') timeAt = clock(first, second);
    else if (verb === 'done') complete = true;
    else if (verb === 'stderr') {
      close = (end) => stderrs.set(first, { start, end: Math.max(start, end) });
    } else if (verb === 'begin') {
      const at = timeAt(second);
      const words = match.index + whole.lastIndexOf(rest);
      const command = output.subarray(words + first.length + second.length + 2, start);
      close = (end, exitStatus, until) =>
        sections.push({
          name: first,
          command: utf8.decode(command).trim(),
          at,
          ms: milliseconds(second, until),
          exitStatus,
          stdout: { start, end: Math.max(start, end) },
          stderr: { start: end, end },
        });
    }
  }
  close(text.length, null, '');
  return {
    sections: sections.map((frame) => ({ ...frame, stderr: stderrs.get(frame.name) ?? frame.stderr })),
    complete,
  };
}

/**
 * From /proc/uptime (proc(5): hundredths of a second) to the node's time, never later than it was: a change that
 * comes while a section is read must not count as one before it.
 */
function clock(time: string, uptime: string): (uptime: string) => NodeTime | null {
  const epoch = parseNodeTime(time);
  const from = hundredths(uptime);
  return (text) => {
    const until = hundredths(text);
    if (epoch === null) return null;
    if (from === null || until === null || until <= from) return epoch;
    const ns = epoch.ns + (until - from - 1) * 10_000_000;
    return { s: epoch.s + Math.floor(ns / 1e9), ns: ns % 1e9 };
  };
}

function milliseconds(from: string, until: string): number | null {
  const [began, ended] = [hundredths(from), hundredths(until)];
  return began === null || ended === null || ended < began ? null : (ended - began) * 10;
}

function hundredths(uptime: string): number | null {
  return /^\d{1,12}\.\d\d$/.test(uptime) ? Math.round(Number(uptime) * 100) : null;
}

/** `date +%s.%N`; BusyBox prints `%N` as it stands, and then there are no nanoseconds. */
export function parseNodeTime(text: string): NodeTime | null {
  const match = /^(\d{1,12})(?:\.(\d{9}|%?N?))?$/.exec(text);
  if (!match) return null;
  const ns = match[2] ?? '';
  return { s: Number(match[1]), ns: /^\d{9}$/.test(ns) ? Number(ns) : 0 };
}
