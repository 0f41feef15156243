// Types and lint of whole projects: `node tools/lint.mjs FOLDER/tsconfig.json … [--types CONFIG …]`, the latter without lint. eslint's
// rules ask of a program nearly all that tsc would find out once more; and what projects share is read once.
import path from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { root } from './paths.mjs';

const parsedFiles = new Map();
/** Files with the settings under which they were checked. */
const checked = new Set();

function say(text) {
  if (text.trim() !== '') console.log(text);
}

function readProject(config) {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic({ messageText }) {
      throw new Error(`${config}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    },
  };
  return ts.getParsedCommandLineOfConfigFile(path.join(root, config), {}, host);
}

/** What decides how a file is parsed and bound. */
function syntaxOf({ configFilePath: _, paths: _p, pathsBasePath: _b, types: _t, lib: _l, ...syntax }) {
  return JSON.stringify(syntax);
}

/** What decides how a file's types come out that does not import what `paths` redirects. */
function environmentOf({ configFilePath: _, paths: _p, pathsBasePath: _b, ...environment }) {
  return JSON.stringify(environment);
}

function createProgram({ fileNames, options }) {
  const host = ts.createCompilerHost(options, true);
  const syntax = syntaxOf(options);
  const parse = host.getSourceFile;
  host.getSourceFile = (file, ...how) => {
    const key = `${syntax} ${file}`;
    if (!parsedFiles.has(key)) parsedFiles.set(key, parse(file, ...how));
    return parsedFiles.get(key);
  };
  return ts.createProgram(fileNames, options, host);
}

/** Of the project's own files, and of its guests from other projects that were not checked in the same environment yet. */
function typeErrors(program) {
  const environment = environmentOf(program.getCompilerOptions());
  const own = new Set(program.getRootFileNames());
  const errors = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
  for (const file of program.getSourceFiles()) {
    const key = `${environment} ${file.fileName}`;
    if (!own.has(file.fileName) && checked.has(key)) continue;
    checked.add(key);
    errors.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file));
  }
  return errors;
}

/** Says what is wrong. Resolves to whether anything is. */
async function lint(program, folder) {
  const languageOptions = { parserOptions: { programs: [program] } };
  const eslint = new ESLint({
    cwd: root,
    overrideConfig: { files: ['**/*.ts', '**/*.tsx'], languageOptions },
  });
  const results = await eslint.lintFiles([folder]);
  const formatter = await eslint.loadFormatter('stylish');
  say(await formatter.format(results));
  return results.some(({ errorCount }) => errorCount > 0);
}

/** Resolves to whether all is well. */
async function check(config, onlyTypes) {
  const project = readProject(config);
  const program = createProgram(project);
  const errors = ts.sortAndDeduplicateDiagnostics([...project.errors, ...typeErrors(program)]);
  const host = {
    getCanonicalFileName: (file) => file,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  };
  say(ts.formatDiagnostics(errors, host));
  const isUntidy = !onlyTypes && (await lint(program, path.dirname(config)));
  return errors.length === 0 && !isUntidy;
}

let onlyTypes = false;
for (const word of process.argv.slice(2)) {
  if (word === '--types') onlyTypes = true;
  else if (!(await check(word, onlyTypes))) process.exitCode = 1;
}
