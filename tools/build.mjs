// Builds dist/ from the sources that changed. `node tools/build.mjs [target …]`
import fs from 'node:fs';
import path from 'node:path';
import { presentEntries, targets } from './build-targets.mjs';
import { inClone, isProgram, root } from './paths.mjs';
import { filesUnder, hashOf, readStamp } from './stamp.mjs';

const isSource = (file) => !/\.test\.tsx?$/.test(file) && !file.includes(`${path.sep}testing${path.sep}`);

/** What a target's output depends on: its sources, the locked packages, and how it is built. */
function fingerprint(target) {
  const common = [
    'package-lock.json',
    'package.json',
    'tsconfig.json',
    'tools/build.mjs',
    'tools/build-targets.mjs',
  ];
  const files = [...common, ...target.sources].flatMap((source) => filesUnder(inClone(source), isSource));
  return hashOf(files, root, JSON.stringify(target.entries));
}

function outputOf({ name }) {
  return { output: inClone('dist', name), stamp: inClone('dist', `.${name}.stamp`) };
}

function isCurrent(target, print = fingerprint(target)) {
  const { output, stamp } = outputOf(target);
  return fs.existsSync(output) && readStamp(stamp) === print;
}

/** Whether these targets are built of the sources as they are now. */
export function isBuilt(names) {
  return targets.filter(({ name }) => names.includes(name)).every((target) => isCurrent(target));
}

/**
 * Brings dist/ up to date. Resolves to the names of the targets that were built; `say` gets lines of progress.
 * `names` limits it to some targets.
 */
export async function build(say = () => {}, names = targets.map((target) => target.name)) {
  const built = [];
  const failures = [];
  for (const target of targets) {
    if (!names.includes(target.name)) continue;
    const { output, stamp } = outputOf(target);
    const print = fingerprint(target);
    if (isCurrent(target, print)) continue;
    const started = performance.now();
    const { present, missing } = presentEntries(target);
    try {
      if (missing.length > 0) throw new Error(`there is no ${missing.join(' and no ')}`);
      await buildTarget(target, present, output);
    } catch (error) {
      failures.push(`dist/${target.name} cannot be built: ${error.message}`);
      continue;
    }
    fs.writeFileSync(stamp, print);
    say(`build: dist/${target.name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    built.push(target.name);
  }
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return built;
}

/** Builds aside and swaps the folder in whole: a program that starts meanwhile finds the old or the new one. */
async function buildTarget(target, entries, output) {
  const { build: viteBuild } = await import('vite');
  const config = await target.config(entries);
  const aside = `${output}.${process.pid}`;
  try {
    await viteBuild({
      root,
      configFile: false,
      envDir: false,
      publicDir: false,
      logLevel: 'error',
      mode: 'production',
      ...config,
      build: { ...config.build, outDir: aside, emptyOutDir: true },
    });
    for (const [source, name] of Object.entries(target.copy ?? {})) {
      if (fs.existsSync(inClone(source)))
        fs.cpSync(inClone(source), path.join(aside, name), { recursive: true });
    }
    fs.rmSync(output, { recursive: true, force: true });
    fs.renameSync(aside, output);
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

if (isProgram(import.meta.url)) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !targets.some((target) => target.name === name));
  if (unknown.length > 0) {
    console.error(
      `Unknown target ${unknown.join(', ')}. There are: ${targets.map(({ name }) => name).join(', ')}.`,
    );
    process.exitCode = 2;
  } else {
    try {
      const built = await build((line) => console.log(line), names.length > 0 ? names : undefined);
      if (built.length === 0) console.log('build: dist/ is up to date');
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }
  }
}
