// A file system that is soon full. Only root may mount one.
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** Leaves no room on it. */
  fill(): Promise<void>;
}

export async function smallDisk(mebibytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
  } catch (cause) {
    await rm(folder, { recursive: true });
    throw cause;
  }
  return {
    folder,
    async fill() {
      await using file = await open(path.join(folder, 'of-somebody-else'), 'wx');
      const block = Buffer.alloc(1024 ** 2, 1);
      try {
        for (;;) await file.write(block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      // What is open there and has no name goes with who holds it.
      try {
        await run('umount', ['--lazy', folder]);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  };
}
