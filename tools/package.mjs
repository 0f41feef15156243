// Packages the program into release/ from the Electron in use, without a download (`node tools/package.mjs`).
import fs from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { describeElectron } from './electron.mjs';
import { inClone, isProgram, root } from './paths.mjs';
import { mustRun } from './run.mjs';
import { ensureSetup } from './setup.mjs';

const PACKAGE_MS = 5 * 60 * 1000;

/** electron-builder's names for the unpacked folder (with the processor, unless it is x64) and for the program in it. */
function unpackedProgram() {
  const processor = process.arch === 'x64' ? '' : `-${process.arch}`;
  if (process.platform === 'darwin') return [`mac${processor}`, 'Hopscope.app/Contents/MacOS/Hopscope'];
  if (process.platform === 'win32') return [`win${processor}-unpacked`, 'Hopscope.exe'];
  return [`linux${processor}-unpacked`, 'hopscope'];
}

/** Builds release/ from `electron`. Resolves to `{ folder, executable }`. */
export async function packageProgram(electron, say = () => {}) {
  const started = performance.now();
  await mustRun(
    process.execPath,
    [
      inClone('node_modules/electron-builder/cli.js'),
      '--dir',
      '--config',
      'electron-builder.yml',
      `--config.electronDist=${electron.dist}`,
      `--config.electronVersion=${electron.version}`,
      '--publish',
      'never',
    ],
    { cwd: root, timeout: PACKAGE_MS },
  );
  const [folderName, program] = unpackedProgram();
  const folder = inClone('release', folderName);
  const executable = path.join(folder, program);
  // Only a default app of ours is left there; app.asar is all that the packaged program may load.
  fs.rmSync(path.join(folder, 'resources/default_app.asar'), { force: true });
  // The program says which Electron it runs: what set-up wrote beside the dist goes with it.
  const { source, version, chromium, node } = electron;
  fs.writeFileSync(path.join(folder, 'source.json'), JSON.stringify({ source, version, chromium, node }));
  if (!fs.existsSync(executable))
    throw new Error(`electron-builder ended well, but there is no ${executable}.`);
  say(`package: ${path.relative(root, folder)} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return { folder, executable };
}

if (isProgram(import.meta.url)) {
  const say = (line) => console.log(line);
  try {
    const electron = await ensureSetup(say);
    say(describeElectron(electron));
    await build(say);
    await packageProgram(electron, say);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
