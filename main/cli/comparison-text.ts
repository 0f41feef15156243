// Before and after, for a person at a terminal: what is another first, and only that.
import { plainText } from '../../app/plain-text.ts';
import type { DiagnosisComparison } from '../../app/diagnose/compare.ts';
import type { HopChange, TraceComparison } from '../../app/trace/compare.ts';

export function traceComparisonText({ sentence, another, ways }: TraceComparison): string {
  return printed([
    ...(another === null ? [] : [another]),
    sentence,
    // Of a way that was not there, or is no more, each hop would say the same.
    ...ways.flatMap((way) => [
      '',
      way.sentence,
      ...(way.before === null || way.after === null ? [] : way.hops.map(hopLine)),
    ]),
  ]);
}

const MARKS: Readonly<Record<HopChange['kind'], string>> = {
  same: '  ',
  changed: '~ ',
  gone: '- ',
  new: '+ ',
};

function hopLine({ kind, place, sentence }: HopChange): string {
  return `  ${MARKS[kind]}${place}${sentence === '' ? '' : `: ${sentence}`}`;
}

export function diagnosisComparisonText({ sentence, gone, appeared, still }: DiagnosisComparison): string {
  return printed([
    sentence,
    ...gone.map(
      ({ finding, unsure }) =>
        `  ${unsure === null ? 'gone ' : 'gone?'} ${finding.id}: ${finding.title}${unsure === null ? '' : `  (${unsure})`}`,
    ),
    ...appeared.map(({ id, title }) => `  new   ${id}: ${title}`),
    ...still.map(
      ({ after, changed }) =>
        `  still ${after.id}: ${after.title}${changed.length === 0 ? '' : `  (${changed.join(', ')})`}`,
    ),
  ]);
}

function printed(lines: readonly string[]): string {
  return `${lines.map((line) => plainText(line)).join('\n')}\n`;
}
