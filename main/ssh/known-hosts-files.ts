// Reading the known_hosts files and adding a line to the user's own.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseKnownHosts, type KnownHosts } from './known-hosts.ts';

/** Bytes; a file of a hundred thousand hosts is about 40 MB. */
const MAX_FILE = 64 * 1024 * 1024;

/** A missing file is empty; an unreadable one is named in `skipped`. */
export async function readKnownHosts(files: readonly string[], signal: AbortSignal): Promise<KnownHosts> {
  const parts = await Promise.all(
    files.map(async (file) => {
      try {
        if ((await stat(file)).size > MAX_FILE)
          return { lines: [], skipped: [`${file}: larger than 64 MB, passed over`] };
        return parseKnownHosts(file, await readFile(file, { encoding: 'utf8', signal }));
      } catch (error) {
        const { code = 'unknown' } = error as NodeJS.ErrnoException;
        return {
          lines: [],
          skipped: code === 'ENOENT' ? [] : [`${file}: cannot be read (${code}), passed over`],
        };
      }
    }),
  );
  return { lines: parts.flatMap(({ lines }) => lines), skipped: parts.flatMap(({ skipped }) => skipped) };
}

/**
 * Appends one line with one write(2) on a file opened O_APPEND, so that an ssh that adds its own at the same time
 * loses nothing and no lock is needed. A last line without a newline is ended first.
 */
export async function rememberHostKey(
  file: string,
  name: string,
  keyType: string,
  keyBlob: Buffer,
  options: { hashed: boolean },
): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await using handle = await open(file, 'a+', 0o600);
  const { size } = await handle.stat();
  const last = Buffer.alloc(1);
  if (size > 0) await handle.read(last, 0, 1, size - 1);
  const newline = size > 0 && last[0] !== 0x0a ? '\n' : '';
  const shown = options.hashed ? hashName(name) : name;
  await handle.write(`${newline}${shown} ${keyType} ${keyBlob.toString('base64')}\n`);
}

/** `|1|salt|HMAC-SHA1(salt, name)`: HashKnownHosts of ssh_config(5). */
export function hashName(name: string): string {
  const salt = randomBytes(20);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}
