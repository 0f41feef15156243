import { clusterFile } from './fixtures/cluster-files.ts';
import { test, expect } from './fixtures/test.ts';
import { choose, inspectorOf, whenDrawn } from './fixtures/window-page.ts';
const OUT = '/tmp/zzreview';
test('theme after reload', async ({ program, lab }) => {
  const { page } = program;
  await page.emulateMedia({ colorScheme: 'light' });
  await page.reload();
  await whenDrawn(page, lab.nodes.map((n) => n.name));
  await page.waitForTimeout(1500);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForTimeout(1000);
  await page.screenshot({ path: `${OUT}/60-theme.png` });
});
test('double click', async ({ launch, launcher, lab }) => {
  const home = await launcher.staged.freshFolder('home');
  const knownHosts = await launcher.staged.writeFor(home, 'known_hosts', '# empty\n');
  const file = await clusterFile(launcher, home, lab, { knownHosts });
  const program = await launch({ home, args: ['--cluster', file] });
  const { page } = program;
  await expect(page.getByTestId('prompt-host-key')).toBeVisible();
  await expect(page.getByText('2 more to answer')).toBeVisible();
  const box = (await page.getByTestId('host-key-once').boundingBox())!;
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  await page.mouse.click(x, y); await page.waitForTimeout(150); await page.mouse.click(x, y);
  await page.waitForTimeout(600);
  console.log('left after one double click:', await page.getByTestId('prompt-host-key').textContent().catch(() => 'none'));
  await page.screenshot({ path: `${OUT}/61-dbl.png` });
});
test('no kubectl', async ({ launch, launcher, lab }) => {
  const home = await launcher.staged.freshFolder('home');
  const file = await clusterFile(launcher, home, lab, { nodes: { 'k8s-master': { port: 1 } } });
  const program = await launch({ home, args: ['--cluster', file] });
  const { page } = program;
  await page.emulateMedia({ colorScheme: 'dark' });
  await whenDrawn(page, ['k8s-worker-1']);
  await page.waitForTimeout(3000);
  console.log('status', await page.locator('.status-bar').textContent(), '| warnings', await inspectorOf(page).textContent());
  await page.getByTestId('cluster-menu').click();
  console.log('menu', await page.locator('.cluster-menu').textContent());
  await page.screenshot({ path: `${OUT}/62-nokubectl.png` });
  await page.keyboard.press('Escape');
  // flapping of the failure card
  await lab.fault('sshd-freeze', 'k8s-worker-2', 'all');
  const seen: string[] = [];
  let last = '';
  for (let i = 0; i < 700; i++) {
    const now = await page.evaluate(() => {
      const c = document.querySelector('[data-testid="node-failure-k8s-worker-2"]');
      const g = document.querySelector('.graph-canvas')!.getBoundingClientRect();
      const s = document.querySelector('[data-testid="node-status-k8s-worker-2"]');
      return `${c ? 'card' : 'none'} graphHeight=${Math.round(g.height)} state=${s?.getAttribute('data-state')}`;
    });
    if (now !== last) { seen.push(`${(i / 10).toFixed(1)} ${now}`); last = now; }
    await page.waitForTimeout(100);
  }
  console.log(seen.join('\n'));
  await page.screenshot({ path: `${OUT}/63-frozen.png` });
  console.log('changes', await page.getByTestId('changes-list').getByRole('listitem').allTextContents());
});
test.setTimeout(200_000);
