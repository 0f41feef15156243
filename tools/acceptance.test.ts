import { describe, expect, it } from 'vitest';
import {
  complaintsAbout,
  complaintsAboutTable,
  parseTable,
  passedInPlaywright,
  passedInVitest,
  rowsWithoutTest,
  titlesIn,
  wordsOf,
} from './acceptance.mjs';

const world = {
  scripts: ['test', 'bench', 'test:full'],
  exists: (file: string) =>
    ['lab/up.test.ts', 'e2e/graph.spec.ts', 'tools/acceptance.mjs', '.ci/run'].includes(file),
  read: (file: string) =>
    file === 'lab/up.test.ts'
      ? "describe('the lab', () => { it('comes up in 15 s'); it('is (up)'); it.each([1])('says %j'); });"
      : '',
  hasProgram: (name: string) => ['vitest', 'playwright', 'hopscope'].includes(name),
};

const header = '| issue | line | tier | command | commit | seed | result |\n|---|---|---|---|---|---|---|\n';
const table = (...rows: string[]) => `# Acceptance\n\ntext\n\n${header}${rows.join('\n')}\n\nmore`;

describe('commands', () => {
  it.each([
    'npm test',
    'npm run test:full -- --shard 1/4 --seed 7',
    'npx vitest run lab/up.test.ts',
    `npx vitest run lab/up.test.ts -t "comes up in 15 s"`,
    'npx hopscope discover --json',
    'node tools/acceptance.mjs && .ci/run',
  ])('accepts %s', (command) => {
    expect(complaintsAbout(command, world)).toEqual([]);
  });

  it.each([
    ['', 'it has no command'],
    ['npm run soak', 'there is no npm script "soak"'],
    ['npx jest', 'there is no program "jest" in node_modules'],
    ['make', '"make" is neither npm, npx, node nor a file'],
    ['npx vitest run lab/down.test.ts', 'there is no file lab/down.test.ts'],
    ['npx vitest run -t "comes up"', 'it looks for the test "comes up" in no file'],
    [`npx vitest run lab/up.test.ts -t "goes down"`, 'no test in lab/up.test.ts is called "goes down"'],
    // Longer than any title: the runner would select nothing, and call that a pass.
    [
      `npx vitest run lab/up.test.ts -t 'then comes up in 15 s'`,
      'no test in lab/up.test.ts is called "then comes up in 15 s"',
    ],
    [
      `npx vitest run lab/up.test.ts -t 'says %j'`,
      '"says %j" is a title\'s source: give the part of it before the placeholder',
    ],
    // A regular expression: its parentheses match none.
    [`npx vitest run lab/up.test.ts -t 'is (up)'`, 'no test in lab/up.test.ts is called "is (up)"'],
    ['npm test && node tools/gone.mjs', 'there is no file tools/gone.mjs'],
  ])('refuses "%s"', (command, complaint) => {
    expect(complaintsAbout(command, world)).toEqual([complaint]);
  });
});

describe('table', () => {
  it('is found in a document, with escaped bars in its cells', () => {
    const [row] = parseTable(table('| 2 | a \\| b | test | `npm test` | abc | 1 | passes |'));
    expect(row).toMatchObject({ issue: '2', line: 'a | b', tier: 'test', command: '`npm test`', cells: 7 });
  });

  it('names the line of each fault', () => {
    const markdown = table(
      '| 2 | first | test | `npm test` | | | |',
      '| 2 | second | weekly | `npm run soak` | | | |',
    );
    expect(complaintsAboutTable(markdown, world)).toEqual([
      'docs/acceptance.md:8 (2, second): there is no npm script "soak".',
      'docs/acceptance.md:8 (2, second): its tier "weekly" is none of test, full, bench.',
    ]);
  });

  it('must be there, with rows', () => {
    expect(() => parseTable('# nothing')).toThrow(/no table/);
    expect(complaintsAboutTable(table(), world)).toEqual(['The table has no rows.']);
  });
});

describe('reports', () => {
  const vitest = {
    testResults: [
      {
        name: '/clone/lab/up.test.ts',
        assertionResults: [
          { fullName: 'the lab comes up in 15 s', status: 'passed' },
          { fullName: 'the lab goes down', status: 'failed' },
          { fullName: 'the lab sleeps', status: 'skipped' },
        ],
      },
    ],
  };
  const spec = (title: string, status: string) => ({
    file: 'graph.spec.ts',
    title,
    ok: status !== 'unexpected',
    tests: [{ status }],
  });
  const playwright = {
    config: { rootDir: '/clone/e2e' },
    suites: [
      {
        title: 'graph.spec.ts',
        specs: [spec('is drawn', 'expected'), spec('is skipped', 'skipped')],
        suites: [{ title: 'a group', specs: [spec('is red', 'unexpected'), spec('is deep', 'expected')] }],
      },
    ],
  };
  const passed = [...passedInVitest(vitest, '/clone'), ...passedInPlaywright(playwright, '/clone')];

  it('name what passed, by file', () => {
    expect(passed).toEqual([
      { file: 'lab/up.test.ts', name: 'the lab comes up in 15 s' },
      { file: 'e2e/graph.spec.ts', name: 'is drawn' },
      { file: 'e2e/graph.spec.ts', name: 'a group is deep' },
    ]);
  });

  it('show rows that no passed test of their file meets', () => {
    const row = (command: string, tier = 'test') => `| 2 | x | ${tier} | \`${command}\` | | | |`;
    const rows = table(
      row('npm test'),
      row('npx vitest run lab/up.test.ts -t "comes up"'),
      row('npx vitest run lab/up.test.ts -t "goes down"'),
      row('npx playwright test e2e/graph.spec.ts -g "is deep"'),
      row('npx playwright test e2e/graph.spec.ts -g "is skipped"'),
      row('npx playwright test e2e/other.spec.ts -g "is drawn"'),
      row('npx vitest run lab/up.test.ts -t "soaks"', 'full'),
    );
    expect(rowsWithoutTest(rows, passed)).toEqual([
      'docs/acceptance.md:9 (2, x): no test that passed is called "goes down".',
      'docs/acceptance.md:11 (2, x): no test that passed is called "is skipped".',
      'docs/acceptance.md:12 (2, x): no test that passed is called "is drawn".',
    ]);
  });
});

describe('source', () => {
  it('gives titles of tests, groups and tables of tests', () => {
    const source = [
      `describe("a 'b'", () => {`,
      `it.each([[1, f(2)]])('adds %i', () => {});`,
      `test.describe.serial(\`deep\`, () => {});`,
      `it('isn\\'t', () => {});`,
      `// it is a remark ('not a title')`,
    ].join('\n');
    expect(titlesIn(source)).toEqual(["a 'b'", 'adds %i', 'deep', "isn't"]);
  });

  it('splits words as sh does', () => {
    expect(wordsOf(`a "b c" 'd "e"' f\\ "g\\"h"`)).toEqual(['a', 'b c', 'd "e"', 'f\\', 'g"h']);
  });
});
