// The output of an earlier `--json`, to be compared with what is so now. Whoever wrote the file: it is checked before anything of it is used.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { fail, ok, type Result } from '../../app/result.ts';

/** Bytes; a document of a large cluster is some megabytes. */
const mostBytes = 64 * 1024 * 1024;
const pieceBytes = 1024 * 1024;

/** The failure is a sentence. @param command that prints such a document. */
export async function earlierDocument<T>(
  file: string,
  schema: z.ZodType<T>,
  command: string,
): Promise<Result<T, string>> {
  const text = await textOf(file);
  if (!text.ok) return text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.value);
  } catch {
    return fail(`${file} is no JSON: give the file that ${command} --json has written.`);
  }
  const read = schema.safeParse(parsed);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  const where =
    issue === undefined || issue.path.length === 0 ? '' : ` (at ${issue.path.join('.').slice(0, 200)})`;
  return fail(`${file} is not what ${command} --json prints${where}: give a file that it has written.`);
}

/** ms that a pipe may keep silent. */
const silentMs = 10_000;

async function textOf(file: string): Promise<Result<string, string>> {
  try {
    // A named pipe that nobody writes to would hold whoever opens it for ever.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const pieces: Buffer[] = [];
    let length = 0;
    const buffer = Buffer.alloc(pieceBytes);
    for (;;) {
      const piece = await pieceOf(handle, buffer);
      if (piece === null) return fail(`${file} told nothing for ${silentMs / 1_000} s.`);
      if (piece.length === 0) return ok(Buffer.concat(pieces).toString('utf8'));
      // A pipe gives little at once: each piece is as large as what was read.
      pieces.push(Buffer.from(piece));
      length += piece.length;
      if (length > mostBytes)
        return fail(`${file} is longer than ${mostBytes} bytes: no document to compare with is.`);
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'it may not be read'
          : code || String(error);
    return fail(`${file} cannot be read: ${why}.`);
  }
}

/** Empty at the end; null: a pipe has told nothing in time. */
async function pieceOf(handle: FileHandle, buffer: Buffer): Promise<Buffer | null> {
  const end = performance.now() + silentMs;
  for (;;) {
    try {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      if (performance.now() > end) return null;
      await sleep(20);
    }
  }
}
