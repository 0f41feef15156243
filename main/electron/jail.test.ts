import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { resolveInJail } from './jail.ts';

let folder = '';
let root = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jail-'));
  const real = path.join(folder, 'real');
  await mkdir(path.join(real, 'assets'), { recursive: true });
  await writeFile(path.join(real, 'index.html'), 'page');
  await writeFile(path.join(real, 'assets', 'a b.js'), 'script');
  await writeFile(path.join(real, 'assets', 'font.woff2'), 'font');
  await writeFile(path.join(folder, 'secret'), 'secret');
  await mkdir(path.join(folder, 'real-neighbour'));
  await writeFile(path.join(folder, 'real-neighbour', 'x.html'), 'neighbour');
  await symlink('../../secret', path.join(real, 'assets', 'leak'));
  await symlink('../real-neighbour', path.join(real, 'out'));
  await symlink('font.woff2', path.join(real, 'assets', 'inside.woff2'));
  await symlink('real', path.join(folder, 'linked'));
  // The page's folder is reached over a link, as `resources/app` is in a clone.
  root = path.join(folder, 'linked');
});
afterAll(() => rm(folder, { recursive: true }));

const status = async (url: string): Promise<number> => {
  const found = await resolveInJail(root, url);
  return found.ok ? 200 : found.failure.status;
};

describe('resolveInJail', () => {
  it('serves files inside with their type', async () => {
    const served: readonly (readonly [string, string, string])[] = [
      ['app://hopscope/', 'index.html', 'text/html; charset=utf-8'],
      ['app://hopscope/index.html?x=1#y', 'index.html', 'text/html; charset=utf-8'],
      ['app://hopscope/assets/a%20b.js', 'assets/a b.js', 'text/javascript; charset=utf-8'],
      ['app://hopscope/assets/font.woff2', 'assets/font.woff2', 'font/woff2'],
      ['app://hopscope/assets/inside.woff2', 'assets/font.woff2', 'font/woff2'],
      ['app://hopscope/x/../index.html', 'index.html', 'text/html; charset=utf-8'],
    ];
    for (const [url, file, contentType] of served) {
      const found = await resolveInJail(root, url);
      expect(found, url).toEqual({ ok: true, value: { file: path.join(folder, 'real', file), contentType } });
    }
  });

  it.each([
    ['app://hopscope/../secret', 404], // the URL parser already folds it to /secret
    ['app://hopscope/%2e%2e/secret', 404],
    ['app://hopscope/..%2fsecret', 400],
    ['app://hopscope/assets/..%2f..%2f..%2fsecret', 400],
    ['app://hopscope/%2e%2e%2fsecret', 400],
    ['app://hopscope/..%5csecret', 400],
    ['app://hopscope/..\\secret', 400],
    ['app://hopscope/%252e%252e%252fsecret', 404], // decoded once: a strange name, not a path
    ['app://hopscope/%2fetc%2fpasswd', 400],
    ['app://hopscope//etc/passwd', 400],
    ['app://hopscope/C:/x', 400],
    ['app://hopscope/index.html%00.js', 400],
    ['app://hopscope/%', 400],
    ['app://hopscope/%ff', 400],
    ['app://hopscope/assets', 404],
    ['app://hopscope/assets/', 400],
    ['app://hopscope/absent.js', 404],
    ['app://hopscope/index.html/x', 404],
    ['app://hopscope/assets/leak', 403],
    ['app://hopscope/out/x.html', 403],
    ['app://elsewhere/index.html', 403],
    ['app://user@hopscope/index.html', 403],
    ['app://hopscope:80/index.html', 403],
    ['file:///etc/passwd', 403],
    ['http://hopscope/index.html', 403],
    ['not a url', 403],
  ])('refuses %s with %d', async (url, expected) => {
    expect(await status(url)).toBe(expected);
  });

  it('never names a file outside, whatever the path', async () => {
    const piece = fc.constantFrom('..', '.', '%2e', '%2E%2e', '/', '%2f', '\\', '%5c', '%00', 'assets', 'secret', 'leak', 'out', '%25', ':', '?', '#', 'index.html'); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 9 }), async (pieces) => {
        const found = await resolveInJail(root, `app://hopscope/${pieces.join('')}`);
        if (found.ok) expect(found.value.file.startsWith(path.join(folder, 'real') + path.sep)).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });
});
