// Unpacks a zip with yauzl: `unzip` is not on a fresh Debian, and Electron's zips on macOS hold symbolic links.
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createRequire } from 'node:module';

const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

/**
 * Unpacks `zipFile` into `directory`. `rename` maps a name in the archive to a relative path, or to null to leave it
 * out. Throws when an entry would land outside `directory`.
 */
export async function unzip(zipFile, directory, rename = (name) => name) {
  const yauzl = createRequire(import.meta.url)('yauzl');
  const zip = await new Promise((resolve, reject) => {
    yauzl.open(zipFile, { lazyEntries: true }, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const openEntry = (entry) =>
    new Promise((resolve, reject) => {
      zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
    });
  await new Promise((resolve, reject) => {
    zip.on('entry', (entry) => {
      unpackEntry(entry, openEntry, directory, rename).then(() => zip.readEntry(), reject);
    });
    zip.on('end', resolve);
    zip.on('error', reject);
    zip.readEntry();
  }).finally(() => zip.close());
}

async function unpackEntry(entry, openEntry, directory, rename) {
  const relative = rename(entry.fileName);
  if (relative === null) return;
  const target = path.resolve(directory, relative);
  if (target !== directory && !target.startsWith(directory + path.sep)) {
    throw new Error(`The archive holds a path outside its folder: ${entry.fileName}`);
  }
  if (entry.fileName.endsWith('/')) {
    fs.mkdirSync(target, { recursive: true });
    return;
  }
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const mode = entry.externalFileAttributes >>> 16;
  const stream = await openEntry(entry);
  if ((mode & FILE_TYPE) === SYMBOLIC_LINK) {
    const parts = [];
    for await (const chunk of stream) parts.push(chunk);
    fs.symlinkSync(Buffer.concat(parts).toString('utf8'), target);
    return;
  }
  // Executable or not is all that is taken over: everybody may read, for the window runs as another user.
  await pipeline(stream, fs.createWriteStream(target, { mode: mode & 0o111 ? 0o755 : 0o644 }));
}
