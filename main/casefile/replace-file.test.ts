import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from './replace-file.ts';

const { signal } = new AbortController();
const text = (content: string): Readable => Readable.from([Buffer.from(content)], { objectMode: false });

describe('replacing a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hopscope-replace-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('puts the new one there, for this user alone, and leaves nothing beside it', async () => {
    const file = join(folder, 'case.zip');
    await writeFile(file, 'old', { mode: 0o644 });
    expect(await replaceFile(file, text('new'), { signal })).toEqual({ ok: true, value: undefined });
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['case.zip']);
  });

  it('can give a file the longest name there is', async () => {
    const file = join(folder, 'x'.repeat(255));
    expect((await replaceFile(file, text('new'), { signal })).ok).toBe(true);
  });

  it('writes under another name, which only this user may read, until all is there', async () => {
    const file = join(folder, 'case.zip');
    await writeFile(file, 'old');
    let seen: string[] = [];
    let mode = 0;
    const content = Readable.from(
      (async function* () {
        yield Buffer.from('new');
        seen = await readdir(folder);
        mode = (await stat(join(folder, seen.find((name) => name !== 'case.zip') ?? ''))).mode & 0o777;
        expect(await readFile(file, 'utf8')).toBe('old');
      })(),
      { objectMode: false },
    );
    expect((await replaceFile(file, content, { signal })).ok).toBe(true);
    expect(seen).toHaveLength(2);
    expect(mode).toBe(0o600);
  });

  it('removes what a killed writer left there, and nothing that is somebody’s', async () => {
    const part = (digit: string): string => `.hopscope-${digit.repeat(24)}.part`;
    const yesterday = new Date(Date.now() - 24 * 3600 * 1000);
    const old = [part('a'), 'my.part', `${part('b')}.txt`];
    for (const name of [...old, part('c')]) await writeFile(join(folder, name), 'packets');
    for (const name of old) await utimes(join(folder, name), yesterday, yesterday);
    await mkdir(join(folder, part('d')));
    await utimes(join(folder, part('d')), yesterday, yesterday);
    expect((await replaceFile(join(folder, 'case.zip'), text('new'), { signal })).ok).toBe(true);
    // Of an export that runs at the same time the part stays.
    const stays = ['my.part', `${part('b')}.txt`, part('c'), part('d'), 'case.zip'];
    expect((await readdir(folder)).sort()).toEqual(stays.sort());
  });

  it.each(['before', 'while'])(
    'called off %s it is written leaves the old file and nothing else',
    async (when) => {
      const file = join(folder, 'case.zip');
      await writeFile(file, 'old');
      const stop = new AbortController();
      if (when === 'before') stop.abort();
      const endless = Readable.from(
        (function* () {
          for (let n = 0; ; n++) {
            if (n === 10) stop.abort();
            yield Buffer.alloc(65_536);
          }
        })(),
        { objectMode: false },
      );
      expect(await replaceFile(file, endless, { signal: stop.signal })).toEqual({
        ok: false,
        failure: { sentence: `${file} was not written: it was called off.` },
      });
      expect(await readdir(folder)).toEqual(['case.zip']);
      expect(await readFile(file, 'utf8')).toBe('old');
      expect(endless.destroyed).toBe(true);
    },
  );

  it('a content that has failed before it was read is a failure, too', async () => {
    const content = text('new');
    content.destroy(new Error('the packets are gone'));
    const result = await replaceFile(join(folder, 'case.zip'), content, { signal });
    expect(result.ok ? '' : result.failure.sentence).toContain('the packets are gone');
    expect(await readdir(folder)).toEqual([]);
  });

  it('a content that fails leaves the old file and nothing else', async () => {
    const file = join(folder, 'case.zip');
    await writeFile(file, 'old');
    const content = Readable.from(
      (function* () {
        yield Buffer.from('new');
        throw new Error('the packets are gone');
      })(),
      { objectMode: false },
    );
    expect(await replaceFile(file, content, { signal })).toEqual({
      ok: false,
      failure: {
        sentence: `${file} could not be written (the packets are gone); choose another place, or try again.`,
      },
    });
    expect(await readdir(folder)).toEqual(['case.zip']);
  });

  it.each<[string, (folder: string) => Promise<string>, RegExp]>([
    ['a folder', (at) => Promise.resolve(at), /is a folder; choose the name of a file\.$/],
    [
      'a link',
      async (at) => {
        await writeFile(join(at, 'precious'), 'old');
        await symlink(join(at, 'precious'), join(at, 'link'));
        return join(at, 'link');
      },
      /is a symbolic link; choose the file it leads to, or another name\.$/,
    ],
    [
      'a device',
      () => Promise.resolve('/dev/null'),
      /is a device or a socket and not a file; choose another name\.$/,
    ],
    [
      'into no folder',
      (at) => Promise.resolve(join(at, 'no', 'case.zip')),
      /no does not exist; make it, or choose/,
    ],
    [
      'under a file',
      async (at) => {
        await writeFile(join(at, 'file'), '');
        return join(at, 'file', 'case.zip');
      },
      /file is not a folder; choose another place for the file\.$/,
    ],
    [
      'with too long a name',
      (at) => Promise.resolve(join(at, 'x'.repeat(256))),
      /is too long for its folder/,
    ],
  ])('%s as target is refused in a sentence', async (_, make, sentence) => {
    const target = await make(folder);
    const before = await readdir(folder);
    const result = await replaceFile(target, text('new'), { signal });
    expect(result.ok ? '' : result.failure.sentence).toMatch(sentence);
    expect(await readdir(folder)).toEqual(before);
    if (target === '/dev/null') expect((await lstat(target)).isCharacterDevice()).toBe(true);
  });

  it.runIf(process.getuid?.() === 0)(
    'on a full disk and on a read-only one says so, and leaves nothing',
    async () => {
      const disk = join(folder, 'disk');
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
      try {
        const file = join(disk, 'case.zip');
        await writeFile(file, 'old');
        const large = Readable.from([Buffer.alloc(50_000), Buffer.alloc(50_000)], { objectMode: false });
        expect(await replaceFile(file, large, { signal })).toEqual({
          ok: false,
          failure: {
            sentence: `There is not enough room in ${disk} for ${file}; free some, or choose another folder. Nothing was left there.`,
          },
        });
        expect(await readdir(disk)).toEqual(['case.zip']);
        expect(await readFile(file, 'utf8')).toBe('old');
        execFileSync('mount', ['-o', 'remount,ro', disk]);
        expect(await replaceFile(file, text('new'), { signal })).toEqual({
          ok: false,
          failure: {
            sentence: `${disk} can only be read, so ${file} cannot be written; choose another folder.`,
          },
        });
        expect(await readFile(file, 'utf8')).toBe('old');
      } finally {
        execFileSync('umount', [disk]);
      }
    },
  );

  it.runIf(process.getuid?.() === 0)('in a folder that is not this user’s says so', async () => {
    await chmod(folder, 0o555);
    const code = `
      const { replaceFile } = await import(${JSON.stringify(join(import.meta.dirname, 'replace-file.ts'))});
      const { Readable } = await import('node:stream');
      const { signal } = new AbortController();
      console.log(JSON.stringify(await replaceFile(process.argv[1], Readable.from([Buffer.from('new')]), { signal })));`;
    const file = join(folder, 'case.zip');
    // Root may write anywhere. Without that right it still owns the clone, which another user may not even read.
    const out = execFileSync(
      'setpriv',
      [
        '--inh-caps=-dac_override,-dac_read_search',
        '--bounding-set=-dac_override,-dac_read_search',
        process.execPath,
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        code,
        file,
      ],
      { cwd: join(import.meta.dirname, '../..'), encoding: 'utf8' },
    );
    expect(JSON.parse(out)).toEqual({
      ok: false,
      failure: {
        sentence: `This user may not write into ${folder}; choose another folder, or change its rights.`,
      },
    });
  });
});
