// Names of files that are being written, and the end of those whose writer was killed: nobody else knows what they are, and
// they may hold packets.
import { randomBytes } from 'node:crypto';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const pattern = /^\.hopscope-[0-9a-f]{24}\.part$/;
/** One that was not written to for so long (ms) is nobody's: an export takes seconds. */
const abandonedMs = 60 * 60 * 1000;

/** It says nothing of the file's own name, which may be as long as a name can be. */
export function temporaryName(): string {
  return `.hopscope-${randomBytes(12).toString('hex')}.part`;
}

/** Best effort: what cannot be looked at or removed stays. @param now ms since the epoch, by the folder's disk */
export async function removeAbandoned(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.filter((one) => pattern.test(one))) {
    const file = join(folder, name);
    const there = await lstat(file).catch(() => null);
    if (there?.isFile() !== true || there.uid !== (process.getuid?.() ?? there.uid)) continue;
    if (now - there.mtimeMs > abandonedMs) await unlink(file).catch(() => undefined);
  }
}
