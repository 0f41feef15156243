// Each section of a discovery with its text, what became of it, and its line of evidence.
import type { EvidenceHead } from './facts.ts';
import { MOST_INSIDE } from './inside-script.ts';
import { splitSections, type SectionFrame } from './section-frames.ts';

export interface ReadSection {
  readonly head: EvidenceHead;
  readonly state: EvidenceHead['state'];
  readonly stdout: string;
  readonly stderr: string;
  /** How long it ran on the node; null or left out where nobody measured. */
  readonly ms?: number | null;
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
}

/** A hostile output could hold endless little sections; a node tells some forty, and some twenty of each Pod that it looks into. */
export const MOST_SECTIONS = 60 + 24 * MOST_INSIDE;

/** By section name. Evidence ids are `<node label>/<section>`: the same fact read again replaces its evidence. */
export function readSections(
  output: Uint8Array,
  {
    nonce,
    nodeLabel,
    seenAt,
  }: { readonly nonce: string; readonly nodeLabel: string; readonly seenAt: number },
): { readonly sections: Map<string, ReadSection>; readonly complete: boolean } {
  const read = new Map<string, ReadSection>();
  const frames = splitSections(output, nonce);
  for (const frame of frames.sections.slice(0, MOST_SECTIONS)) {
    const text = ({ start, end }: SectionFrame['stdout']): string =>
      new TextDecoder('utf-8').decode(output.subarray(start, end));
    const stderr = text(frame.stderr);
    const state = frameState(frame, stderr);
    read.set(frame.name, {
      head: {
        id: `${nodeLabel}/${frame.name}`,
        nodeLabel,
        command: frame.command,
        at: frame.at,
        seenAt,
        state,
        exitStatus: frame.exitStatus,
        bytes: frame.stdout.end - frame.stdout.start + (frame.stderr.end - frame.stderr.start),
      },
      state,
      stdout: text(frame.stdout),
      stderr,
      ms: frame.ms,
      ranges: [frame.stdout, frame.stderr].filter(({ start, end }) => end > start),
    });
  }
  return { sections: read, complete: frames.complete };
}

function frameState({ exitStatus }: SectionFrame, stderr: string): EvidenceHead['state'] {
  if (exitStatus === null) return 'truncated';
  if (exitStatus === 0) return 'ok';
  // POSIX sh: 127 is "not found". timeout(1): 124 is "took too long", BusyBox's ends with SIGTERM (143).
  if (exitStatus === 127) return 'missing-tool';
  if (exitStatus === 124 || exitStatus === 143) return 'timeout';
  if (onlyVanished(stderr)) return 'ok';
  return /permission denied|not permitted|must be root/i.test(stderr) ? 'not-permitted' : 'failed';
}

/** A process that ended between being listed and being read took its /proc/PID with it: that is no failure. */
function onlyVanished(stderr: string): boolean {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 && lines.every((line) => VANISHED.test(line));
}

/** What coreutils and BusyBox say of `PID/net/…`; the kernel answers EINVAL for a namespace that is going. */
const VANISHED = /(^|[^\w/])\d+\/(net|ns|root)\/.*(No such (file or directory|process)|Invalid argument)$/;
