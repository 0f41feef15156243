import { describe, expect, it } from 'vitest';
import { complaintsAbout, complaintsAboutTable, parseTable, titlesIn, wordsOf } from './acceptance.mjs';

const world = {
  scripts: ['test', 'bench', 'test:full'],
  exists: (file: string) =>
    ['lab/up.test.ts', 'e2e/graph.spec.ts', 'tools/acceptance.mjs', '.ci/run'].includes(file),
  read: (file: string) =>
    file === 'lab/up.test.ts'
      ? "describe('the lab', () => { it('comes up in 15 s', async () => {}); });"
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
    `npx vitest run lab/up.test.ts -t 'the lab comes up in 15 s'`,
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
