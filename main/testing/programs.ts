// Our own programs as tests start them: what was built of these very sources (tools/vitest-programs.mjs), which starts in a
// fifth of the time, else the sources themselves.
import { join } from 'node:path';

const dist = process.env['HOPSCOPE_DIST'];
const clone = join(import.meta.dirname, '../..');

function program(source: string, built: string): readonly string[] {
  if (dist !== undefined) return [join(dist, built)];
  return ['--import', import.meta.resolve('tsx'), join(clone, source)];
}

/** Arguments of `node`: `hopscope`. */
export const CLI = program('main/cli.ts', 'main/cli.js');

/** Arguments of `node`: `lab`. */
export const LAB = program('lab/index.ts', 'lab/index.js');
