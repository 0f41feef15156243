// Files of pasted output: a folder, its folders included, or single files.
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { MOST_PASTED, MOST_PASTED_TEXTS, TOO_MUCH_PASTED } from '../../app/contract/paste-limits.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import { textOfFile } from '../../app/paste/text-of-file.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { Engine } from '../engine/engine.ts';
import type { Refusal } from '../engine/refusal.ts';

/** A session of what lies there, without any connection. */
export async function openPasted(
  engine: Pick<Engine, 'openPaste'>,
  paths: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<Result<void, Refusal>> {
  const texts = await readPasted(paths);
  return texts.ok ? engine.openPaste(texts.value, { name: 'pasted output', signal }) : texts;
}

export async function readPasted(paths: readonly string[]): Promise<Result<PastedText[], Refusal>> {
  const texts: PastedText[] = [];
  let bytes = 0;
  for (const path of paths) {
    const files = await filesIn(path);
    if (!files.ok) return files;
    for (const { file, source } of files.value) {
      try {
        const { size, mtimeMs } = await stat(file);
        bytes += size;
        if (bytes > MOST_PASTED || texts.length >= MOST_PASTED_TEXTS)
          return fail({ sentence: TOO_MUCH_PASTED });
        const text = textOfFile(await readFile(file));
        // A picture or an archive that lies beside the texts.
        if (text === null) continue;
        texts.push({
          source: unique(source, texts),
          text,
          modifiedAt: mtimeMs,
          place: null,
        });
      } catch (cause) {
        return fail({
          sentence: `${file} cannot be read (${reasonOf(cause)}): give a folder of text files.`,
        });
      }
    }
  }
  if (texts.length === 0)
    return fail({
      sentence: `There is no text in ${paths.join(', ')}: give a folder with the commands’ outputs, a file each.`,
    });
  return ok(texts);
}

async function filesIn(path: string): Promise<Result<{ file: string; source: string }[], Refusal>> {
  try {
    if (!(await stat(path)).isDirectory()) return ok([{ file: path, source: basename(path) }]);
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    if (entries.length > 10 * MOST_PASTED_TEXTS) return fail({ sentence: TOO_MUCH_PASTED });
    return ok(
      entries
        .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .map((file) => ({ file, source: relative(path, file) })),
    );
  } catch (cause) {
    return fail({ sentence: `${path} cannot be read (${reasonOf(cause)}): give a folder of text files.` });
  }
}

function unique(source: string, texts: readonly PastedText[]): string {
  const same = texts.filter((one) => one.source === source).length;
  return same === 0 ? source : `${source} (${same + 1})`;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
