// ssh_config(5) files as directives, with what Include brings in. Nothing here is evaluated or executed.
// The ssh-config package splits a line into its words; a line at a time, so that a broken one has a number.
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import SSHConfig from 'ssh-config';
import { fail, ok, type Result } from '../../app/result.ts';
import { wildcardMatch } from './pattern.ts';

export interface Directive {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** In lower case, as keywords compare. */
  readonly keyword: string;
  readonly words: readonly string[];
  /** For Include: the directives of the files it names, in their order. */
  readonly included: readonly (readonly Directive[])[];
}

/** OpenSSH's READCONF_MAX_DEPTH. */
const MAX_DEPTH = 16;
const MAX_FILES = 512;
/** Bytes. */
const MAX_FILE = 4 * 1024 * 1024;
const MAX_LINE = 16 * 1024;

export interface ConfigPlaces {
  readonly home: string;
  /** Where a relative Include looks: ~/.ssh for the user's file, /etc/ssh for the system's. */
  readonly includeFolder: string;
}

/** Missing: no directives. The failure is a sentence with `file:line`. */
export async function readConfigFile(
  file: string,
  places: ConfigPlaces,
  signal: AbortSignal,
): Promise<Result<readonly Directive[], string>> {
  return new ConfigReader(places, signal).read(file, 0);
}

class ConfigReader {
  readonly #places: ConfigPlaces;
  readonly #signal: AbortSignal;
  #files = 0;

  constructor(places: ConfigPlaces, signal: AbortSignal) {
    this.#places = places;
    this.#signal = signal;
  }

  async read(file: string, depth: number): Promise<Result<readonly Directive[], string>> {
    if (depth > MAX_DEPTH)
      return fail(`${file} is included more than ${MAX_DEPTH} levels deep: does a file include itself?`);
    if (++this.#files > MAX_FILES) return fail(`more than ${MAX_FILES} files are included by ${file}`);
    let content: string;
    try {
      const { size } = await stat(file);
      if (size > MAX_FILE) return fail(`${file} is far too large for an SSH config`);
      content = await readFile(file, { encoding: 'utf8', signal: this.#signal });
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' ? ok([]) : fail(`${file} cannot be read (${code})`);
    }
    const directives: Directive[] = [];
    for (const [index, text] of content.split(/\r?\n/).entries()) {
      const parsed = parseConfigLine(text);
      if (parsed === null) continue;
      if (typeof parsed === 'string') return fail(`${file}:${index + 1}: ${parsed}`);
      const included: (readonly Directive[])[] = [];
      if (parsed.keyword === 'include') {
        for (const path of await this.#expand(parsed.words)) {
          const nested = await this.read(path, depth + 1);
          if (!nested.ok) return nested;
          included.push(nested.value);
        }
      }
      directives.push({ file, line: index + 1, ...parsed, included });
    }
    return ok(directives);
  }

  /** Paths that the patterns name, each pattern's in the order of their names (glob(7)). */
  async #expand(patterns: readonly string[]): Promise<readonly string[]> {
    const { home, includeFolder } = this.#places;
    const found = await Promise.all(
      patterns.map((pattern) => {
        const path = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : pattern;
        return expandGlob(isAbsolute(path) ? path : join(includeFolder, path));
      }),
    );
    return found.flat();
  }
}

/** null for nothing (empty, comment), a clause for what makes no sense. */
export function parseConfigLine(
  text: string,
): { readonly keyword: string; readonly words: readonly string[] } | string | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return null;
  if (trimmed.length > MAX_LINE) return 'the line is too long';
  try {
    for (const line of SSHConfig.parse(trimmed)) {
      if (line.type !== SSHConfig.DIRECTIVE) continue;
      const words = typeof line.value === 'string' ? [line.value] : line.value.map(({ val }) => val);
      if (words.every((word) => word === '')) return `${line.param} has no value`;
      return { keyword: line.param.toLowerCase(), words };
    }
    return null;
  } catch {
    // It throws on an open quotation mark and on Host, Match or Include without a value.
    return 'a quotation mark is not closed, or a value is missing';
  }
}

async function expandGlob(path: string): Promise<readonly string[]> {
  let found = [''];
  for (const segment of path.split('/').slice(1)) {
    if (!/[*?]/.test(segment)) {
      found = found.map((folder) => `${folder}/${segment}`);
      continue;
    }
    const inside = await Promise.all(
      found.map(async (folder) => {
        const names = await readdir(folder === '' ? '/' : folder).catch(() => []);
        const visible = names.filter(
          (name) => (segment.startsWith('.') || !name.startsWith('.')) && wildcardMatch(segment, name),
        );
        return visible.sort().map((name) => `${folder}/${name}`);
      }),
    );
    found = inside.flat().slice(0, MAX_FILES + 1);
  }
  return found;
}

/** The folder a relative Include of `file` looks in, when it is not one of the two usual ones. */
export function includeFolderOf(file: string, home: string): string {
  return file.startsWith('/etc/ssh/')
    ? '/etc/ssh'
    : file.startsWith(home)
      ? join(home, '.ssh')
      : dirname(file);
}
