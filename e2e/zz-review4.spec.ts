import { test, expect } from './fixtures/test.ts';
import { clusterFile } from './fixtures/cluster-files.ts';
import { whenDrawn } from './fixtures/window-page.ts';
test.setTimeout(200_000);
test('flips', async ({ program, lab }) => {
  const { page } = program;
  const light = async (): Promise<boolean> => {
    const png = (await page.screenshot({ clip: { x: 360, y: 122, width: 4, height: 4 } })).toString('base64');
    return page.evaluate(async (b) => {
      const bm = await createImageBitmap(new Blob([Uint8Array.from(atob(b), (c) => c.charCodeAt(0))]));
      const c = new OffscreenCanvas(4, 4).getContext('2d')!; c.drawImage(bm, 0, 0);
      return c.getImageData(0, 0, 1, 1).data[0]! > 128;
    }, png);
  };
  let bad = 0;
  for (let i = 0; i < 40; i++) {
    const want = i % 2 === 0 ? 'dark' : 'light';
    if (i % 4 === 0) { await page.reload(); await whenDrawn(page, lab.nodes.map((n) => n.name)); }
    await page.emulateMedia({ colorScheme: want });
    await page.waitForTimeout(700);
    const theme = await page.evaluate(() => document.documentElement.dataset['theme']);
    const isLight = await light();
    if ((theme === 'light') !== isLight) { bad++; console.log(i, 'page', theme, 'graph', isLight ? 'light' : 'dark'); await page.screenshot({ path: '/tmp/zzreview/70-flip.png' }); }
  }
  console.log('mismatches', bad, 'of 40');
});
test('banner opens any cluster', async ({ launch, launcher, lab }) => {
  const home = await launcher.staged.freshFolder('home');
  const file = await clusterFile(launcher, home, lab);
  const program = await launch({ home, args: ['--no-sandbox', '--no-sandbox-banner', '--cluster', file] });
  await whenDrawn(program.page, ['k8s-worker-1']);
  console.log('banner mode opened', file, await program.page.getByTestId('banner').textContent());
  await program.page.screenshot({ path: '/tmp/zzreview/71-banner.png' });
});
