// Content hashes that say whether work was done already. Content, not times: a fresh clone has new times and old content.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** All regular files under `start` (a file or a folder), sorted; `keep` decides by path. A missing `start` gives none. */
export function filesUnder(start, keep = () => true) {
  let stat;
  try {
    stat = fs.statSync(start);
  } catch {
    return [];
  }
  if (!stat.isDirectory()) return keep(start) ? [start] : [];
  return fs
    .readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter(keep)
    .sort();
}

/** SHA-256, as hex, over the relative names and contents of `files` and over `more`, any text that matters too. */
export function hashOf(files, base, more = '') {
  const hash = crypto.createHash('sha256').update(more);
  for (const file of files) {
    const content = fs.readFileSync(file);
    hash.update(`\0${path.relative(base, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** The text of a stamp, or '' where there is none. */
export function readStamp(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
