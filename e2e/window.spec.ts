// The window itself: where it stands.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from './fixtures/test.ts';

test('the window opens where it was when it was ended', async ({ launch, launcher }) => {
  const home = await launcher.staged.freshFolder('home');
  const place = { x: 40, y: 60, width: 1100, height: 700, maximized: false };
  const file = await launcher.staged.writeFor(home, 'profile/window-bounds.json', JSON.stringify(place));
  const program = await launch({ home });
  expect(await program.page.evaluate(() => [window.outerWidth, window.outerHeight])).toEqual([1100, 700]);
  await rm(file);
  expect(await program.quit()).toEqual({ code: 0, signal: null });
  expect(JSON.parse(await readFile(path.join(home, 'profile', 'window-bounds.json'), 'utf8'))).toEqual(place);
});
