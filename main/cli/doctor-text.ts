// What is wrong, for somebody who is tired: the cause, what proves it, what to type.
import { plainText } from '../../app/plain-text.ts';
import type { PodsLookedInto } from '../../app/contract/diagnosed.ts';
import type { Diagnosis } from '../../app/diagnose/finding.ts';

type Finding = Diagnosis['findings'][number];

/** @param nodes how many were read. @param looked into which Pods; null: there are none to look into. */
export function doctorText(
  { findings, checked, skipped, left, asked }: Diagnosis,
  nodes: number,
  looked: PodsLookedInto | null,
): string {
  const here = findings.filter(({ onPath }) => onPath !== false);
  const elsewhere = findings.filter(({ onPath }) => onPath === false);
  const lines = asked === undefined ? [] : askedLines(asked, here.length);
  for (const [at, finding] of here.entries()) lines.push(...findingLines(finding, at + 1), '');
  if (elsewhere.length > 0)
    lines.push('elsewhere, not on this way:', ...elsewhere.map(({ id, title }) => `   ${id}: ${title}`), '');
  if (left > 0) lines.push(`${left} more findings found no place here: mend these first.`, '');
  const read = `${nodes} ${nodes === 1 ? 'node' : 'nodes'} read, ${checked.length} kinds of trouble looked for`;
  lines.push(
    findings.length === 0
      ? `Nothing is wrong that can be seen: ${read}.`
      : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}: ${read}.`,
  );
  if (looked !== null) lines.push(...lookedLines(looked));
  const reasons = new Map<string, string[]>();
  for (const { id, why } of skipped) reasons.set(why, [...(reasons.get(why) ?? []), id]);
  for (const [why, ids] of reasons)
    lines.push(...wrapped(`not looked for everywhere: ${why} Without it: ${ids.join(', ')}.`, ''));
  return `${lines.map((line) => plainText(line)).join('\n')}\n`;
}

function askedLines({ hints, about }: NonNullable<Diagnosis['asked']>, onPath: number): string[] {
  return [
    ...(about === null
      ? []
      : [
          `${about.name}: ${about.way === 'arrives' ? 'packets and answers arrive' : about.way === 'stops' ? 'packets do not arrive' : 'where packets get to is not known'}. ${about.sentence}`,
          ...(onPath === 0 ? ['Nothing is wrong on this way that can be seen.'] : []),
        ]),
    ...(hints.length === 0
      ? []
      : wrapped(
          `With the hint ${hints.join('; ')}: what can explain that comes first, what contradicts it last.`,
          '',
        )),
    '',
  ];
}

/** What was not looked into may hold a trouble that is not told. */
function lookedLines({ pods, left, silent }: PodsLookedInto): string[] {
  return [
    ...(left === 0
      ? []
      : wrapped(
          `Of the Pods ${String(pods)} were looked into, those in trouble first and of each kind one before the second; ${String(left)} were not: they are beyond what one reading of a node takes.`,
          '',
        )),
    ...(silent.length === 0
      ? []
      : [`The Pods of ${silent.join(', ')} were not looked into: no answer came in time.`]),
  ];
}

function findingLines(finding: Finding, number: number): string[] {
  const {
    id,
    severity,
    confidence,
    where,
    title,
    because,
    evidence,
    suggestion,
    consequences,
    surer,
    affected,
    fits,
  } = finding;
  const place = [where.node, where.interface, where.pod].filter((one) => one !== null).join(', ');
  return [
    `${number}. ${severity.toUpperCase()}  ${title}`,
    `   ${place === '' ? 'the whole cluster' : place}  ·  ${confidence}  ·  ${id}`,
    ...wrapped(because, '   '),
    ...evidence.flatMap(({ node, command, output }) => [
      `   seen${node === null ? '' : ` on ${node}`}: ${command}`,
      ...output.split('\n').map((line) => `     | ${line}`),
    ]),
    ...(fits ?? []).flatMap(({ said, fit, sentence }) =>
      wrapped(`${FITS[fit]} “${said}”: ${sentence}`, '   '),
    ),
    ...(affected === undefined ? [] : wrapped(`whom it touches: ${affected.sentence}`, '   ')),
    ...(consequences.length === 0
      ? []
      : ['   because of it:', ...consequences.map((one) => `     - ${one}`)]),
    ...wrapped(`to mend it: ${suggestion.sentence}`, '   '),
    ...suggestion.commands.map((command) => `     $ ${command}`),
    ...(surer === null ? [] : wrapped(`to be surer: ${surer}`, '   ')),
  ];
}

const FITS = { explains: 'can explain', contradicts: 'contradicts', open: 'says nothing of' } as const;

/** Columns of a terminal that stands beside another. */
const WIDTH = 110;

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
