// Checks docs/acceptance.md: every "done" line of an issue names a command, and a command that does not exist proves nothing.
import fs from 'node:fs';
import path from 'node:path';
import { inClone, isProgram, root } from './paths.mjs';

const COLUMNS = ['issue', 'line', 'tier', 'command', 'commit', 'seed', 'result'];
const TIERS = ['test', 'full', 'bench'];
const TITLE_FLAGS = ['-t', '--testNamePattern', '-g', '--grep'];

/** Rows of the Markdown table whose header is COLUMNS, as objects with `at`, the line's number. Throws without such a table. */
export function parseTable(markdown) {
  const lines = markdown.split('\n');
  const cellsOf = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|'));
  const header = lines.findIndex(
    (line) => line.trim().startsWith('|') && cellsOf(line).join().toLowerCase() === COLUMNS.join(),
  );
  if (header === -1)
    throw new Error(`docs/acceptance.md has no table with the columns ${COLUMNS.join(', ')}.`);
  const rows = [];
  for (let index = header + 2; lines[index]?.trim().startsWith('|'); index += 1) {
    const cells = cellsOf(lines[index]);
    rows.push({
      at: index + 1,
      cells: cells.length,
      ...Object.fromEntries(COLUMNS.map((name, i) => [name, cells[i] ?? ''])),
    });
  }
  return rows;
}

/** The words of a shell command; quotes group, as in sh. */
export function wordsOf(command) {
  const words = command.matchAll(/(?:[^\s"']+|"(?:\\.|[^"\\])*"|'[^']*')+/g);
  return [...words].map(([word]) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"|'([^']*)'/g,
      (_, double, single) => single ?? double.replace(/\\(.)/g, '$1'),
    ),
  );
}

/** Titles of tests and groups in a test file's source, as written (with `%s` and `${…}` in those of tables). */
export function titlesIn(source) {
  const calls =
    /\b(?:it|test|describe)(?:\.[a-z]+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gis;
  return [...source.matchAll(calls)].map(([, , title]) => title.replace(/\\(['"`\\])/g, '$1'));
}

/**
 * What is wrong with one command, as sentences; `world` answers for the clone: `scripts` (names), `exists(path)`,
 * `read(path)`, `hasProgram(name)`.
 */
export function complaintsAbout(command, world) {
  if (command === '') return ['it has no command'];
  return command.split(/\s+&&\s+/).flatMap((part) => complaintsAboutOne(wordsOf(part), world));
}

function complaintsAboutOne([program = '', ...args], world) {
  const complaints = [];
  if (program === 'npm') {
    const script = args[0] === 'run' ? args[1] : args[0];
    if (!world.scripts.includes(script ?? '')) complaints.push(`there is no npm script "${script}"`);
  } else if (program === 'npx') {
    if (!world.hasProgram(args[0] ?? '')) complaints.push(`there is no program "${args[0]}" in node_modules`);
  } else if (program !== 'node' && !world.exists(program)) {
    complaints.push(`"${program}" is neither npm, npx, node nor a file`);
  }
  const titles = [];
  const files = [];
  args.forEach((word, index) => {
    if (TITLE_FLAGS.includes(args[index - 1])) titles.push(word);
    else if (/^[\w.@-]+(?:\/[\w.@-]+)*\.(?:ts|tsx|mjs|cjs|js|sh)$/.test(word)) files.push(word);
  });
  const missing = files.filter((file) => !world.exists(file));
  complaints.push(...missing.map((file) => `there is no file ${file}`));
  const known = files.filter((file) => !missing.includes(file)).flatMap((file) => titlesIn(world.read(file)));
  for (const title of titles) {
    // The title of a table of tests is written once and reported as many: the runner never sees its placeholders.
    if (/%[a-z#$]|\$\{/i.test(title)) {
      complaints.push(`"${title}" is a title's source: give the part of it before the placeholder`);
    } else if (files.length === 0) complaints.push(`it looks for the test "${title}" in no file`);
    else if (missing.length === 0 && !known.some((name) => name.includes(title) && selects(title, name))) {
      complaints.push(`no test in ${files.join(', ')} is called "${title}"`);
    }
  }
  return complaints;
}

/** Both runners take a title as a regular expression. */
function selects(title, name) {
  try {
    return new RegExp(title).test(name);
  } catch {
    return false;
  }
}

/** `[{ file, name }]` of the tests that passed, from vitest's JSON report; files are relative to `base`. */
export const passedInVitest = ({ testResults }, base) =>
  testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed')
      .map(({ fullName }) => ({ file: path.relative(base, file), name: fullName })),
  );

/** The same from Playwright's. */
export function passedInPlaywright({ config, suites }, base) {
  const inSuite = (suite, titles) => [
    ...suite.specs
      .filter(({ ok, tests }) => ok && tests.some(({ status }) => status === 'expected'))
      .map(({ file, title }) => ({
        file: path.relative(base, path.join(config.rootDir, file)),
        name: [...titles, title].join(' '),
      })),
    ...(suite.suites ?? []).flatMap((inner) => inSuite(inner, [...titles, inner.title])),
  ];
  return suites.flatMap((suite) => inSuite(suite, []));
}

/** A line for each row of the tier `test` that names a test and selected none of those that passed. */
export function rowsWithoutTest(markdown, passed) {
  return parseTable(markdown)
    .filter(({ tier }) => tier === 'test')
    .flatMap((row) => {
      const words = wordsOf(row.command.replace(/^`+|`+$/g, ''));
      const title = words[words.findIndex((word) => TITLE_FLAGS.includes(word)) + 1];
      if (!words.some((word) => TITLE_FLAGS.includes(word))) return [];
      if (passed.some(({ file, name }) => words.includes(file) && selects(title, name))) return [];
      return [
        `docs/acceptance.md:${row.at} (${row.issue}, ${row.line}): no test that passed is called "${title}".`,
      ];
    });
}

/** Everything wrong with the table, a line each. */
export function complaintsAboutTable(markdown, world) {
  const rows = parseTable(markdown);
  if (rows.length === 0) return ['The table has no rows.'];
  return rows.flatMap((row) => {
    const own = complaintsAbout(row.command.replace(/^`+|`+$/g, '').trim(), world);
    if (row.cells !== COLUMNS.length) own.push(`it has ${row.cells} cells, not ${COLUMNS.length}`);
    if (!TIERS.includes(row.tier)) own.push(`its tier "${row.tier}" is none of ${TIERS.join(', ')}`);
    for (const name of ['issue', 'line']) if (row[name] === '') own.push(`its ${name} is empty`);
    return own.map((complaint) => `docs/acceptance.md:${row.at} (${row.issue}, ${row.line}): ${complaint}.`);
  });
}

function complaintsAboutClone(markdown) {
  const manifest = JSON.parse(fs.readFileSync(inClone('package.json'), 'utf8'));
  return complaintsAboutTable(markdown, {
    scripts: Object.keys(manifest.scripts),
    exists: (file) => fs.existsSync(inClone(file)),
    read: (file) => fs.readFileSync(inClone(file), 'utf8'),
    hasProgram: (name) => name in manifest.bin || fs.existsSync(inClone('node_modules/.bin', name)),
  });
}

function complaintsAboutReports(markdown, vitestReport, playwrightReport) {
  const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
  return rowsWithoutTest(markdown, [
    ...passedInVitest(read(vitestReport), root),
    ...passedInPlaywright(read(playwrightReport), root),
  ]);
}

// Without arguments: do the commands exist? With the two reports of a whole run: did each row select a test that passed?
if (isProgram(import.meta.url)) {
  const reports = process.argv.slice(2);
  try {
    const markdown = fs.readFileSync(inClone('docs/acceptance.md'), 'utf8');
    const complaints =
      reports.length === 2 ? complaintsAboutReports(markdown, ...reports) : complaintsAboutClone(markdown);
    for (const complaint of complaints) console.error(complaint);
    if (complaints.length > 0) process.exitCode = 1;
    else
      console.log(
        reports.length === 2 ? 'Every row was met.' : 'Every command in docs/acceptance.md exists.',
      );
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
