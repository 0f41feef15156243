// `hopscope lab …`: the lab is a program of its own, which is not packaged; it gets our arguments as they are.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { nodeWrapper } from '../node/node-wrapper.ts';
import { wrapperText } from '../node/wrapper.ts';

export function labCommand(): Command {
  return new Command('lab')
    .description('a real cluster in network namespaces of this machine (root, Linux)')
    .argument('[arguments...]', 'up, down, status, fault, heal, …; `lab help` lists them')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: string[]) => {
      process.exitCode = await runLab(words);
    });
}

async function runLab(words: readonly string[]): Promise<number> {
  const entry = fileURLToPath(new URL('../lab/index.js', import.meta.url));
  if (!existsSync(entry)) {
    process.stderr.write('hopscope: the lab is not part of a packaged Hopscope; use it from a clone.\n');
    return 2;
  }
  if (words[0] !== 'up' || words.includes('--wrapper')) return start(entry, words);
  // The lab may not import main: the wrapper that one of its users may run through sudo comes to it as a file.
  const folder = await mkdtemp(join(tmpdir(), 'hopscope-wrapper-'));
  try {
    const wrapper = join(folder, 'hopscope-node');
    await writeFile(wrapper, wrapperText(nodeWrapper));
    return await start(entry, [...words, '--wrapper', wrapper]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function start(entry: string, words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [entry, ...words], { stdio: 'inherit' });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`hopscope: the lab could not be started: ${error.message}\n`);
      resolve(2);
    });
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
