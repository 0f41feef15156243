// Is dist/ built of the sources as they are now? Then tests start what was built: a program costs 0.2 s of CPU to start instead
// of 1.0 s (main/testing/programs.ts), a worker thread likewise, and there are hundreds.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isBuilt } from './build.mjs';
import { targets } from './build-targets.mjs';
import { inClone } from './paths.mjs';

/** The folder of what was built of these very sources; null where it was not. */
export const builtPrograms = isBuilt(['main', 'lab']) ? inClone('dist') : null;

/** Source → output of each entry of dist/main that is a worker. */
const workers = new Map(
  Object.entries(targets.find(({ name }) => name === 'main').entries)
    .filter(([name]) => name.endsWith('-worker'))
    .map(([name, source]) => [inClone(source), inClone('dist/main', `${name}.js`)]),
);

/** What starts a worker by its source starts the built one. */
export const builtWorkers = {
  name: 'built-workers',
  enforce: 'pre',
  transform(code, id) {
    if (builtPrograms === null || !code.includes('-worker.ts')) return null;
    return code.replace(
      /new URL\('(\.{1,2}\/[^']+-worker\.ts)', import\.meta\.url\)/g,
      (found, reference) => {
        const output = workers.get(path.resolve(path.dirname(id), reference));
        return output === undefined ? found : `new URL('${pathToFileURL(output).href}')`;
      },
    );
  },
};
