// The lines of an output that show something: of text its lines, of JSON (`ip -j`, kubectl) the entries of its list.
import type { Diagnosis } from '../../app/diagnose/finding.ts';

const MOST_LINES = 20;
/** Longer ones (a Pod as JSON) are cut around the word that shows it. */
const LONGEST = 400;
/** Looked through; more is no output that a person would read. */
const MOST_CANDIDATES = 200_000;

type Finding = Diagnosis['findings'][number];

/** Fills in what each finding's evidence printed. @param read an output by its id; null where it is no longer kept. */
export function withOutputs(diagnosis: Diagnosis, read: (id: string) => string | null): Diagnosis {
  // Many findings rest on one output.
  const lines = new Map<string, readonly string[] | null>();
  const linesOf = (id: string): readonly string[] | null => {
    const known = lines.get(id);
    if (known !== undefined) return known;
    const output = read(id);
    const found = output === null ? null : candidates(output);
    lines.set(id, found);
    return found;
  };
  const filled = ({ evidence, ...finding }: Finding): Finding => {
    const told = evidence.map((one) => {
      const of = one.id === null ? null : linesOf(one.id);
      const shown = of === null ? [] : shownLines(of, one.shows);
      return {
        ...one,
        output: of === null ? 'This output is no longer kept.' : textOf(shown, of, one.shows),
        shown,
      };
    });
    // Where several outputs were made by one reading, those that show it are enough.
    const some = told.some(({ shown }) => shown.length > 0);
    return {
      ...finding,
      evidence: told
        .filter(({ shown, shows }) => !some || shown.length > 0 || shows.length === 0)
        .map(({ node, command, output, shows, at, id }) => ({ node, command, output, shows, at, id })),
    };
  };
  return { ...diagnosis, findings: diagnosis.findings.map(filled) };
}

function textOf(shown: readonly string[], all: readonly string[], shows: readonly string[]): string {
  if (shown.length > 0) return shown.join('\n');
  if (all.length === 0) return '(it printed nothing)';
  const sought = shows.length === 0 ? '' : ` has ${shows.map((words) => `“${words}”`).join(' or ')}`;
  return `(none of its ${all.length} lines${sought})`;
}

/** At most 20; the first ones where nothing is sought. */
export function shownLines(lines: readonly string[], shows: readonly string[]): string[] {
  if (shows.length === 0) return lines.slice(0, MOST_LINES).map((line) => cutAround(line, 0));
  const sought = shows.map((words) => words.split(' ').filter((word) => word !== ''));
  const found: string[] = [];
  for (const line of lines) {
    const words = sought.find((all) => all.every((word) => placeOf(line, word) >= 0));
    if (words === undefined) continue;
    found.push(cutAround(line, placeOf(line, words[0] ?? '')));
    if (found.length === MOST_LINES) break;
  }
  return found;
}

/** As a whole word: 10.0.0.1 is not in 10.0.0.12. @returns -1 where it is not. */
function placeOf(line: string, word: string): number {
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    const [before = '', after = ''] = [line[at - 1], line[at + word.length]];
    const next = line[at + word.length + 1] ?? '';
    if (!/[\w.]/.test(before) && !/\w/.test(after) && !(after === '.' && /\w/.test(next))) return at;
  }
  return -1;
}

function cutAround(line: string, at: number): string {
  if (line.length <= LONGEST) return line;
  const from = Math.max(0, Math.min(at - LONGEST / 2, line.length - LONGEST));
  const to = from + LONGEST;
  return `${from > 0 ? '…' : ''}${line.slice(from, to)}${to < line.length ? '…' : ''}`;
}

function candidates(output: string): string[] {
  if (/^\s*[[{]/.test(output)) {
    const read = jsonOrNull(output);
    const list: unknown = Array.isArray(read) ? read : (read as { items?: unknown } | null)?.items;
    if (Array.isArray(list)) return list.slice(0, MOST_CANDIDATES).map((one) => JSON.stringify(one));
  }
  return output
    .split('\n', MOST_CANDIDATES)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
