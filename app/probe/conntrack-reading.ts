// What a node answered when it was asked for the connections between addresses (conntrack-script.ts).
import { fail, ok, type Result } from '../result.ts';
import { parseConntrackEntries, type ConntrackEntry } from './conntrack-entries.ts';
import { CONNTRACK_BYTES, MOST_CONNTRACK_QUESTIONS } from './conntrack-script.ts';
import { readSections, type ReadSection } from './section-reading.ts';
import { unreadSentence } from './unread.ts';

export interface ConntrackAnswer {
  readonly entries: readonly ConntrackEntry[];
  /** What is not known, and why; null: all is known. */
  readonly sentence: string | null;
}

/** An answer for each question, in order. The failure is a sentence. */
export function parseConntrackAnswers(
  stdout: Uint8Array,
  count: number,
  context: { readonly nonce: string; readonly nodeLabel: string; readonly seenAt: number },
): Result<readonly ConntrackAnswer[], string> {
  const { nodeLabel } = context;
  const { sections } = readSections(stdout, context);
  if (sections.size === 0) return fail(`${nodeLabel} gave no answer.`);
  return ok(
    Array.from({ length: Math.min(count, MOST_CONNTRACK_QUESTIONS) }, (_, index): ConntrackAnswer => {
      const section = sections.get(`c${String(index)}`);
      return section === undefined
        ? {
            entries: [],
            sentence: `Which connections ${nodeLabel} tracks was not read: it did not come to it.`,
          }
        : answerOf(section, nodeLabel);
    }),
  );
}

function answerOf(section: ReadSection, nodeLabel: string): ConntrackAnswer {
  const { state, stdout, stderr } = section;
  const unread = `Which connections ${nodeLabel} tracks was not read`;
  switch (state) {
    case 'missing-tool':
      return {
        entries: [],
        sentence: `${unread}: conntrack(8) is not installed there, and its kernel has no /proc/net/nf_conntrack.`,
      };
    case 'not-permitted':
      return { entries: [], sentence: `${unread}: only root may.` };
    case 'timeout':
      return { entries: [], sentence: `${unread}: its table is so large that it took more than 5 s.` };
    case 'failed': {
      const said = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
      return { entries: [], sentence: `${unread}${said === '' ? '.' : `: “${said}”.`}` };
    }
    case 'ok':
    case 'truncated':
      break;
  }
  const isCut = state === 'truncated' || stdout.length >= CONNTRACK_BYTES;
  const text = isCut ? stdout.slice(0, stdout.lastIndexOf('\n') + 1) : stdout;
  const read = parseConntrackEntries(text);
  const sentences = [
    ...(isCut
      ? [
          `Of the connections of ${nodeLabel} between these addresses only the first ${String(read.entries.length)} were read.`,
        ]
      : []),
    ...[unreadSentence('connections', nodeLabel, read) ?? []].flat(),
  ];
  return { entries: read.entries, sentence: sentences.join(' ') || null };
}
