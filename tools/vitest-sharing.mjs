// Pure logic among real things: test files that need no process of their own, though those beside them do.
import fs from 'node:fs';
import path from 'node:path';
import { inClone, root } from './paths.mjs';
import { filesUnder } from './stamp.mjs';

/** What a test takes from Node, from Electron, from what is made for tests, or turns for a while: it may leave some of it behind. */
const MAY_LEAVE = /from '(?:node:|electron'|ssh2')|\/testing\/|\bvi\b|\bprocess\.|\bglobalThis\b/;

/** Whether a test file of this text leaves nothing to the next one of its process. */
export const leavesNothing = (text) => !MAY_LEAVE.test(text);

/** Of the test files in these folders of the clone, as paths in it. */
export function sharingTests(folders) {
  return folders
    .flatMap((folder) => filesUnder(inClone(folder), (file) => file.endsWith('.test.ts')))
    .filter((file) => leavesNothing(fs.readFileSync(file, 'utf8')))
    .map((file) => path.relative(root, file));
}
