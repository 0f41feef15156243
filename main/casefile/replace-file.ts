// Writes a file whole or not at all: under a temporary name beside it, synced, then renamed over it.
import { lstat, open, rename, unlink, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { fail, ok, type Result } from '../../app/result.ts';
import { fileFailure } from './file-failure.ts';
import { removeAbandoned, temporaryName } from './temporary-name.ts';

/** Some file systems cannot sync a folder, and a folder that may not be listed cannot be opened for it. */
const folderNotSynced = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EACCES', 'EISDIR', 'ENOSYS']);

export interface FileRefused {
  readonly sentence: string;
}

/**
 * Puts what `content` gives at `file`, readable by this user alone. On failure and on abort the temporary file is gone
 * and what was at `file` is untouched. `content` is destroyed in any case. What a killed writer left in the folder goes.
 */
export async function replaceFile(
  file: string,
  content: Readable,
  { signal }: { readonly signal: AbortSignal },
): Promise<Result<void, FileRefused>> {
  const folder = dirname(resolve(file));
  const temporary = join(folder, temporaryName());
  let handle: FileHandle | null = null;
  // It may fail before it is read; whoever reads it then is told.
  content.on('error', () => undefined);
  try {
    const taken = await whatIsThere(file);
    if (taken !== null) return fail({ sentence: taken });
    // `wx`: O_EXCL, so that nobody's file or link is written through.
    handle = await open(temporary, 'wx', 0o600);
    await removeAbandoned(folder, (await handle.stat()).mtimeMs);
    await writeFile(handle, addAbortSignal(signal, content));
    await handle.sync();
    await handle.close();
    signal.throwIfAborted();
    await rename(temporary, file);
    handle = null;
    return await syncFolder(folder, file);
  } catch (error) {
    if (signal.aborted) return fail({ sentence: `${file} was not written: it was called off.` });
    return fail({ sentence: fileFailure(error, file, folder) });
  } finally {
    content.destroy();
    if (handle !== null) {
      await handle.close().catch(() => undefined);
      await unlink(temporary).catch(() => undefined);
    }
  }
}

/** Why `file` must not be replaced; null when it may: there is nothing, or an ordinary file. */
async function whatIsThere(file: string): Promise<string | null> {
  const there = await lstat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (there === null || there.isFile()) return null;
  if (there.isDirectory()) return `${file} is a folder; choose the name of a file.`;
  if (there.isSymbolicLink())
    return `${file} is a symbolic link; choose the file it leads to, or another name.`;
  return `${file} is a device or a socket and not a file; choose another name.`;
}

async function syncFolder(folder: string, file: string): Promise<Result<void, FileRefused>> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!folderNotSynced.has(code))
      return fail({
        sentence: `${file} is written, but whether a power cut spares it is not known (${code}); check its disk.`,
      });
  }
  return ok(undefined);
}
