// The output of an earlier `--json`, to be compared with what is so now. Whoever wrote the file: it is checked before anything of it is used.
import { open } from 'node:fs/promises';
import type { z } from 'zod';
import { fail, ok, type Result } from '../../app/result.ts';

/** Bytes; a document of a large cluster is some megabytes. */
const mostBytes = 64 * 1024 * 1024;

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

async function textOf(file: string): Promise<Result<string, string>> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > mostBytes)
      return fail(`${file} has ${size} bytes: no document to compare with is longer than ${mostBytes}.`);
    // A pipe has no size: what it holds is read as far as the bound.
    const buffer = Buffer.alloc(Math.min(mostBytes, size === 0 ? 1024 * 1024 : size));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return ok(buffer.toString('utf8', 0, length));
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
