// Before any test: is dist/ built of the sources as they are now? Then tests start its programs (main/testing/programs.ts): a
// start costs 0.2 s of CPU instead of 1.0 s, and there are hundreds.
import { isBuilt } from './build.mjs';
import { inClone } from './paths.mjs';

export default function setup() {
  if (isBuilt(['main', 'lab'])) process.env.HOPSCOPE_DIST = inClone('dist');
  else delete process.env.HOPSCOPE_DIST;
}
