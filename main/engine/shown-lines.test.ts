import { expect, it } from 'vitest';
import type { Diagnosis } from '../../app/diagnose/finding.ts';
import { shownLines, withOutputs } from './shown-lines.ts';

it('a word is a whole one, and all words of one of those that show it are in the line', () => {
  const lines = [
    'default via 10.0.0.12 dev ens192',
    '10.0.0.1 dev ens192',
    'fd00::1 dev ens192',
    '(10.0.0.1).',
  ];
  expect(shownLines(lines, ['10.0.0.1'])).toEqual(['10.0.0.1 dev ens192', '(10.0.0.1).']);
  expect(shownLines(lines, ['ens192 default', 'fd00::1'])).toEqual([lines[0], lines[2]]);
  expect(shownLines(lines, ['ens19'])).toEqual([]);
  expect(
    shownLines(
      Array.from({ length: 99 }, () => 'x'),
      ['x'],
    ),
  ).toHaveLength(20);
});

it('long lines are cut around what shows it', () => {
  const [line = ''] = shownLines([`${'a '.repeat(5000)}needle ${'b '.repeat(5000)}`], ['needle']);
  expect(line).toContain(' needle ');
  expect(line.length).toBeLessThan(410);
});

it('fills in entries of a JSON list, says that nothing shows it, and that an output is gone', () => {
  const evidence = (id: string | null, ...shows: string[]) => ({
    node: 'a',
    command: 'c',
    output: '',
    shows,
    at: null,
    id,
  });
  const diagnosis = (...of: ReturnType<typeof evidence>[]): Diagnosis => ({
    findings: [
      {
        id: 'link-down',
        severity: 'error',
        confidence: 'certain',
        surer: null,
        where: { node: 'a', interface: null, pod: null },
        title: '',
        because: '',
        evidence: of,
        suggestion: { sentence: '', commands: [] },
        consequences: [],
      },
    ],
    checked: [],
    skipped: [],
    left: 0,
    awaits: [],
  });
  const outputs: Record<string, string> = {
    json: '[{"dst":"10.0.0.1","dev":"a"},{"dst":"10.0.0.2","dev":"b"}]',
    broken: '[{"dst":"10.0.0.1"',
    text: 'one\ntwo\n',
    empty: '',
  };
  const shown = (...of: ReturnType<typeof evidence>[]): string[] =>
    withOutputs(diagnosis(...of), (id) => outputs[id] ?? null).findings[0]?.evidence.map(
      ({ output }) => output,
    ) ?? [];
  expect(shown(evidence('json', '10.0.0.2'))).toEqual(['{"dst":"10.0.0.2","dev":"b"}']);
  expect(shown(evidence('broken', '10.0.0.1'))).toEqual(['[{"dst":"10.0.0.1"']);
  expect(shown(evidence('text', 'three'))).toEqual(['(none of its 2 lines has “three”)']);
  expect(shown(evidence('empty', 'x'))).toEqual(['(it printed nothing)']);
  expect(shown(evidence('gone', 'x'), evidence(null))).toEqual(
    Array(2).fill('This output is no longer kept.'),
  );
  // Of several outputs of one reading those that show it.
  expect(shown(evidence('text', 'two'), evidence('json', 'two'))).toEqual(['two']);
});
