// As the window's user, who is hostile here: nothing that they put in their folders may reach what is root's.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot } from './paths.mjs';
import { mustRun, run } from './run.mjs';
import { collectReport, lendFolders } from './lent-folders.mjs';
import { asUser, windowUser } from './window-user.mjs';

describe.runIf(isRoot && process.platform === 'linux')('what the window is lent', () => {
  const user = windowUser();
  const as = async (script: string, ...args: string[]) => {
    const [program = '', ...rest] = asUser(user, ['sh', '-c', script, 'sh', ...args]);
    return await run(program, rest);
  };
  let roots = '';
  let secret = '';

  beforeAll(() => {
    roots = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-roots-'));
    secret = path.join(roots, 'secret');
    fs.writeFileSync(secret, 'root only', { mode: 0o600 });
  });
  afterAll(() => {
    fs.rmSync(roots, { recursive: true, force: true });
  });

  it("keeps its folders in one that is root's: none of their names can be made a link", async () => {
    await using folders = await lendFolders(user);
    for (const folder of [folders.runtime, folders.report]) {
      expect((await as('touch "$1/x"', folder)).code).toBe(0);
      expect((await as('mv "$1" "$1.gone" || rm -r "$1"', folder)).code).not.toBe(0);
      expect(fs.lstatSync(folder).isDirectory()).toBe(true);
    }
    expect((await as('ln -s "$1" "$2/other"', roots, path.dirname(folders.report))).code).not.toBe(0);
  });

  it('collects regular files of that user, and nothing else under their names', async () => {
    await using folders = await lendFolders(user);
    const wanted = fs.mkdtempSync(path.join(roots, 'out-'));
    const script = 'cd "$1" && echo mine > plain && ln -s "$2" link && mkfifo pipe && mkdir folder';
    expect((await as(script, folders.report, secret)).code).toBe(0);
    fs.linkSync(secret, path.join(folders.report, 'hard'));
    collectReport(user, folders.report, ['plain', 'link', 'pipe', 'folder', 'hard', 'none'], wanted);
    expect(fs.readdirSync(wanted)).toEqual(['plain']);
    expect(fs.readFileSync(path.join(wanted, 'plain'), 'utf8')).toBe('mine\n');
  });

  it("lends a copy of root's cookie, and gives no file of root's away", async () => {
    const before = process.env['XAUTHORITY'];
    process.env['XAUTHORITY'] = secret;
    try {
      await using folders = await lendFolders(user);
      expect((await as('cat "$1"', folders.cookie ?? '')).stdout).toBe('root only');
      expect(fs.statSync(folders.cookie ?? '').mode & 0o777).toBe(0o600);
      expect((await as('cat "$1"', secret)).code).not.toBe(0);
      expect((await as('rm -f "$1"', folders.cookie ?? '')).code).not.toBe(0);
    } finally {
      if (before === undefined) delete process.env['XAUTHORITY'];
      else process.env['XAUTHORITY'] = before;
    }
  });

  it('is gone afterwards, and what links in it named is not', async () => {
    const folders = await lendFolders(user);
    await mustRun('chmod', ['755', roots]);
    expect((await as('ln -s "$1" "$2/link"', roots, folders.runtime)).code).toBe(0);
    await folders[Symbol.asyncDispose]();
    expect(fs.existsSync(path.dirname(folders.runtime))).toBe(false);
    expect(fs.readFileSync(secret, 'utf8')).toBe('root only');
  });
});
