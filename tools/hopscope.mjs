#!/usr/bin/env node
// The `hopscope` command in a clone: sets up and builds what is missing (told on stderr, stdout is the command's), then is
// the command itself. The same process, so that signals, exit code and streams need no passing on.
import { build } from './build.mjs';
import { inClone } from './paths.mjs';
import { ensureSetup } from './setup.mjs';
import { pathToFileURL } from 'node:url';

const say = (line) => console.error(line);
const usageOrSetupError = 2;

try {
  // Only the lab needs programs of the system; nothing here needs Electron.
  await ensureSetup(say, process.argv[2] === 'lab' ? ['node', 'system'] : ['node']);
  await build(say, ['main', 'lab']);
} catch (error) {
  console.error(error.message);
  process.exit(usageOrSetupError);
}
const program = inClone('dist/main/cli.js');
process.argv[1] = program;
await import(pathToFileURL(program).href);
