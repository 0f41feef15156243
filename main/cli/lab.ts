// `hopscope lab …`: the lab is a program of its own, which is not packaged; it gets our arguments as they are.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';

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
  const child = spawn(process.execPath, [entry, ...words], { stdio: 'inherit' });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`hopscope: the lab could not be started: ${error.message}\n`);
      resolve(2);
    });
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
