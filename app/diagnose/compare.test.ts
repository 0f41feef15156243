import { expect, it } from 'vitest';
import { compareDiagnoses, type ComparedDiagnosis, type ComparedFinding } from './compare.ts';

const finding = (id: string, node: string, extra: Partial<ComparedFinding> = {}): ComparedFinding => ({
  ...{ id, severity: 'error', confidence: 'certain', title: `${id} on ${node}` },
  where: { node, interface: null, pod: null },
  ...extra,
});

const told = (
  findings: readonly ComparedFinding[],
  extra: Partial<ComparedDiagnosis> = {},
): ComparedDiagnosis => ({
  ...{ schema: 1, findings: [...findings], checked: ['link-down', 'mtu-mismatch'], skipped: [] },
  ...extra,
});

it('what is gone, new and still there, with what is another of it', () => {
  const before = told([finding('link-down', 'a'), finding('mtu-mismatch', 'b')]);
  const after = told([finding('mtu-mismatch', 'b', { confidence: 'likely' }), finding('link-down', 'c')]);
  const compared = compareDiagnoses(before, after);
  expect(compared.sentence).toBe('Of the findings of before: 1 gone, 1 still there, 1 new.');
  expect(compared.gone.map(({ finding: { title }, unsure }) => [title, unsure])).toEqual([
    ['link-down on a', null],
  ]);
  expect(compared.appeared.map(({ title }) => title)).toEqual(['link-down on c']);
  expect(compared.still.map(({ changed }) => changed)).toEqual([['certain → likely']]);
});

it('what was not looked for this time is not gone', () => {
  const before = told([finding('link-down', 'a')]);
  const unread = compareDiagnoses(
    before,
    told([], { skipped: [{ id: 'link-down', why: 'a was not read.' }] }),
  );
  expect(unread.gone[0]?.unsure).toBe('a was not read.');
  expect(unread.sentence).toContain('1 not found again, but not looked for everywhere either');
  expect(compareDiagnoses(before, told([], { checked: [] })).gone[0]?.unsure).toBe(
    'It was not looked for this time.',
  );
});

it('what a node said that was not read this time, or was told of another way alone, is not gone for sure', () => {
  const before = told([finding('link-down', 'a')]);
  const unsure = (...[after, notRead]: [ComparedDiagnosis, string[]?]): string | null | undefined =>
    compareDiagnoses(before, after, notRead).gone[0]?.unsure;
  expect(unsure(told([]), ['a', 'b'])).toBe('a was not read this time.');
  expect(unsure(told([]), ['b'])).toBeNull();
  expect(unsure(told([], { asked: { about: { name: 'x → y' } } }))).toBe(
    'Another way was asked about before.',
  );
  const whole = told([finding('link-down', 'a', { where: { node: null, interface: null, pod: null } })]);
  expect(compareDiagnoses(whole, told([]), ['a', 'b']).gone[0]?.unsure).toBe('a, b were not read this time.');
});

it('with itself: all is still there, and nothing else', () => {
  const one = told([
    finding('link-down', 'a'),
    finding('link-down', 'a', { title: 'another' }),
    finding('x', 'b'),
  ]);
  const { gone, appeared, still, sentence } = compareDiagnoses(one, one);
  expect([gone, appeared, still.length]).toEqual([[], [], 3]);
  expect(still.every(({ before, after, changed }) => before === after && changed.length === 0)).toBe(true);
  expect(sentence).toBe('All 3 findings are still there.');
});
