// Reading the known_hosts files and adding a line to the user's own.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  judgeHostKey,
  keyTypeOf,
  parseKnownHosts,
  type HostKeyVerdict,
  type KnownHosts,
} from './known-hosts.ts';

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

/** The last write to each file: ours go one after the other, so that each sees what the one before it wrote. */
const writes = new Map<string, Promise<unknown>>();

/**
 * Adds a line for a key, unless the file by now holds any key for that name (five nodes behind one jump host, or an ssh
 * in another window, accept the same key). Resolves to what the file said: `unknown` when the line was added.
 * Rejects when the file cannot be read or written.
 */
export function rememberHostKey(
  file: string,
  name: string,
  keyBlob: Buffer,
  options: { hashed: boolean },
): Promise<HostKeyVerdict> {
  const before = writes.get(file) ?? Promise.resolve();
  const written = before.then(() => append(file, name, keyBlob, options));
  const settled = written.then(
    () => undefined,
    () => undefined,
  );
  writes.set(file, settled);
  void settled.then(() => {
    if (writes.get(file) === settled) writes.delete(file);
  });
  return written;
}

/**
 * One line with one write(2) on a file opened O_APPEND, so that an ssh that adds its own at the same time
 * loses nothing and no lock is needed. A last line without a newline is ended first.
 */
async function append(
  file: string,
  name: string,
  keyBlob: Buffer,
  options: { hashed: boolean },
): Promise<HostKeyVerdict> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await using handle = await open(file, 'a+', 0o600);
  const { size } = await handle.stat();
  if (size > MAX_FILE) throw new Error('the file is larger than 64 MB');
  const content = await handle.readFile('utf8');
  const verdict = judgeHostKey(parseKnownHosts(file, content), name, keyBlob);
  if (verdict.kind !== 'unknown') return verdict;
  const newline = content === '' || content.endsWith('\n') ? '' : '\n';
  const shown = options.hashed ? hashName(name) : name;
  const key = keyBlob.toString('base64');
  await handle.write(`${newline}${shown} ${keyTypeOf(key) ?? ''} ${key}\n`);
  return verdict;
}

/** `|1|salt|HMAC-SHA1(salt, name)`: HashKnownHosts of ssh_config(5). */
export function hashName(name: string): string {
  const salt = randomBytes(20);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}
