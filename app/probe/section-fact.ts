// What became of one section, as a fact with its state and, where there is none, the sentence that says why.
import type { Result } from '../result.ts';
import type { ReadSection } from './section-reading.ts';
import type { Section } from './section.ts';

/** `whose` names the node, or a Pod on one, in sentences. */
export function sectionOf<T>(
  section: ReadSection,
  what: string,
  whose: string,
  parse: (section: ReadSection) => Result<T, string>,
): Section<T> {
  const { head } = section;
  const rest = { evidence: [head.id], at: head.at };
  if (section.state !== 'ok') {
    return { ...rest, state: section.state, value: null, sentence: lossSentence(section, what, whose) };
  }
  const parsed = parse(section);
  if (parsed.ok) return { ...rest, state: 'ok', value: parsed.value, sentence: null };
  const sentence = `The ${what} of ${whose} could not be read: “${head.command}” printed something unexpected (${parsed.failure}).`;
  return { ...rest, state: 'failed', value: null, sentence };
}

/** Takes sections by their names in the script; null for one that was not asked for. */
export function sectionTaker(read: ReadonlyMap<string, ReadSection>, whose: string) {
  return <T>(
    name: string,
    what: string,
    parse: (section: ReadSection) => Result<T, string>,
  ): Section<T> | null => {
    const section = read.get(name);
    return section === undefined ? null : sectionOf(section, what, whose, parse);
  };
}

export function lossSentence(section: ReadSection, what: string, whose: string): string {
  const subject = `The ${what} of ${whose} are unknown`;
  // The program that another namespace was entered for.
  const asked = section.head.command.replace(/^nsenter .{1,40}? -- /, '');
  const tool = asked.split(/[ ;]/)[0] ?? '';
  const said = firstLine(section.stderr);
  switch (section.state) {
    case 'missing-tool':
      return `${subject}: ${tool} is not installed there.`;
    case 'not-permitted':
      return `${subject}: this login may not run “${section.head.command}”.`;
    case 'timeout':
      return `${subject}: “${section.head.command}” did not end in time.`;
    case 'truncated':
      return `${subject}: the output was cut off.`;
    case 'failed':
    case 'ok':
      return `${subject}: “${section.head.command}” failed${said === '' ? '' : ` (${said})`}.`;
  }
}

export function firstLine(stderr: string): string {
  return stderr.trim().split('\n')[0]?.slice(0, 200) ?? '';
}
