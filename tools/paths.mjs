// Where things are: the clone, the cache outside node_modules, and the reports.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The clone. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

export const isRoot = process.getuid?.() === 0;

/**
 * The cache for what is dear to fetch. As root it is not in the home directory: that is usually 0700, and the
 * window runs as another user, who must be able to read it.
 */
export const cacheRoot = path.resolve(
  process.env.HOPSCOPE_CACHE ||
    (isRoot
      ? '/var/cache/hopscope'
      : path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'hopscope')),
);

/** Screenshots, reports and the results of checks. */
export const outDirectory = path.join(root, 'out');

/** `path` inside the clone. */
export const inClone = (...parts) => path.join(root, ...parts);

/** Whether the module at `url` is the program that node was started with, and not imported by another. */
export const isProgram = (url) =>
  process.argv[1] !== undefined && url === pathToFileURL(fs.realpathSync(process.argv[1])).href;
