import fs from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { build } from 'vite';
import { nodeBundle } from './build-targets.mjs';
import { productionPackages } from './window-folder.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';

function sources(files: Record<string, string>): string {
  // In the clone, so that packages are found.
  const folder = fs.mkdtempSync(path.join(root, 'node_modules', '.build-test-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  return folder;
}

async function bundle(folder: string, names: string[]): Promise<string> {
  const config = nodeBundle(Object.fromEntries(names.map((name) => [name, path.join(folder, `${name}.ts`)])));
  const outDir = path.join(folder, 'out');
  await build({
    ...config,
    configFile: false,
    logLevel: 'silent',
    root: folder,
    build: { ...config.build, outDir },
  });
  return outDir;
}

it('lowers `using`, which Electron 33 does not know, and starts a second program from the bundle', async () => {
  const folder = sources({
    'index.ts': `
      import { Worker } from 'node:worker_threads';
      { await using thing = { [Symbol.asyncDispose]: async () => { console.log('disposed'); } }; void thing; }
      new Worker(new URL('./second.ts', import.meta.url));`,
    'second.ts': `console.log('second');`,
  });
  const outDir = await bundle(folder, ['index', 'second']);
  expect(fs.readFileSync(path.join(outDir, 'index.js'), 'utf8')).not.toMatch(/await using/);
  const { stdout } = await run(process.execPath, [path.join(outDir, 'index.js')], { timeout: 10_000 });
  expect(stdout).toBe('disposed\nsecond\n');
});

it('refuses a program that nobody builds', async () => {
  const folder = sources({
    'index.ts': `import { fork } from 'node:child_process'; fork(new URL('./second.ts', import.meta.url));`,
    'second.ts': '',
  });
  await expect(bundle(folder, ['index'])).rejects.toThrow(
    /second\.ts is started as a program, but is no entry/,
  );
});

it('packs what the program needs at run time and nothing else', () => {
  const packages = productionPackages();
  expect(packages).toContain('node_modules/ssh2');
  expect(packages).toContain('node_modules/asn1');
  expect(packages).not.toContain('node_modules/vite');
});

it('knows of each line which source it came from', async () => {
  const folder = sources({ 'index.ts': `console.log('a line' satisfies string);` });
  const outDir = await bundle(folder, ['index']);
  const map = JSON.parse(fs.readFileSync(path.join(outDir, 'index.js.map'), 'utf8')) as { sources: string[] };
  expect(map.sources).toEqual(['../index.ts']);
});
