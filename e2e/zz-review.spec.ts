import { mkdir } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { clusterFile } from './fixtures/cluster-files.ts';
import { test, expect } from './fixtures/test.ts';
import { choose, inspectorOf, whenDrawn } from './fixtures/window-page.ts';

const OUT = '/tmp/zzreview';
const shot = async (page: Page, name: string, wait = 700): Promise<void> => {
  await mkdir(OUT, { recursive: true });
  await page.waitForTimeout(wait);
  await page.screenshot({ path: `${OUT}/${name}.png` });
};
const size = (page: Page, width: number, height: number): Promise<void> => page.setViewportSize({ width, height });

test('basic', async ({ program, lab }) => {
  test.setTimeout(240_000);
  const { page } = program;
  await page.emulateMedia({ colorScheme: 'dark' });
  await size(page, 1440, 900);
  await shot(page, '01-fresh', 2500);
  await choose(page, 'tree-pod-c2c-network-demo');
  await shot(page, '02-pod');
  await choose(page, 'node-k8s-worker-1');
  await shot(page, '03-node');
  console.log(await page.locator('[data-testid^="tree-"],[data-testid^="node-"],[data-testid^="bgp-"],[data-testid^="nic-"]').evaluateAll(e => e.map(x => x.getAttribute('data-testid'))));
  await page.getByTestId('dock-tab-bgp').click();
  await page.locator('[data-testid^="bgp-k8s"]').first().click();
  await shot(page, '04-bgp');
  await size(page, 1280, 800); await shot(page, '05-1280');
  await size(page, 1920, 1080); await shot(page, '06-1920', 1500);
  await page.emulateMedia({ colorScheme: 'light' }); await shot(page, '07-1920-light');
  await size(page, 1440, 900);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.keyboard.press('Control+k'); await shot(page, '08-palette'); await page.keyboard.press('Escape');
  await choose(page, 'tree-pod-c2c-network-demo');
  await inspectorOf(page).getByTestId('open-terminal-pod').click();
  await page.waitForTimeout(2500);
  await page.keyboard.type('ip a\n');
  await shot(page, '09-terminal', 1200);
  // keyboard tour
  await page.evaluate(() => { (document.activeElement as HTMLElement).blur(); });
  await page.mouse.click(3, 3);
  const tour: string[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    tour.push(await page.evaluate(() => { const e = document.activeElement!; return `${e.tagName}.${(e as HTMLElement).className?.toString().slice(0,30)}#${e.getAttribute('data-testid') ?? ''}|${e.getAttribute('aria-label') ?? ''}|${(e.textContent ?? '').slice(0, 30)}`; }));
  }
  console.log(tour.join('\n'));
  // Pod added and deleted
  await lab.addPod('shortlived', 'k8s-worker-2');
  await page.waitForTimeout(1500);
  await choose(page, 'tree-pod-shortlived');
  await shot(page, '10-added');
  await lab.deletePod('shortlived');
  await shot(page, '11-deleted', 1500);
  await lab.fault('link-down', 'k8s-worker-2', 'ens192');
  await shot(page, '12-linkdown', 3000);
  await choose(page, 'node-k8s-worker-2');
  await shot(page, '13-linkdown-node', 500);
  await lab.mend();
  await page.waitForTimeout(6000);
  await lab.fault('bird-kill', 'k8s-worker-1');
  await page.waitForTimeout(12000);
  await page.getByTestId('dock-tab-bgp').click();
  await choose(page, 'node-k8s-worker-1');
  await shot(page, '14-birddead');
  await page.locator('[data-testid="bgp-k8s-worker-2-Mesh_10_12_22_151"]').click();
  await shot(page, '15-birddead-peer');
  await page.waitForTimeout(120_000 - 15_000);
  await shot(page, '16-birddead-120s', 12_000);
});

test('stale', async ({ program, lab }) => {
  test.setTimeout(240_000);
  const { page } = program;
  await page.emulateMedia({ colorScheme: 'dark' });
  await size(page, 1440, 900);
  await choose(page, 'tree-pod-c2c-network-demo');
  await lab.fault('sshd-kill', 'k8s-worker-1');
  await shot(page, '20-sshdkilled-3s', 3000);
  await shot(page, '21-sshdkilled-25s', 22000);
  await choose(page, 'node-k8s-worker-1');
  await shot(page, '22-stale-node');
  await lab.mend();
  await page.waitForTimeout(15000);
  await shot(page, '23-back');
});

test('prompts and start', async ({ launch, launcher, lab }) => {
  test.setTimeout(200_000);
  const home = await launcher.staged.freshFolder('home');
  const knownHosts = await launcher.staged.writeFor(home, 'known_hosts', '# empty\n');
  const file = await clusterFile(launcher, home, lab, { knownHosts, nodes: { 'k8s-worker-1': { port: 1 } } });
  const program = await launch({ home, args: ['--cluster', file] });
  const { page } = program;
  await page.emulateMedia({ colorScheme: 'dark' });
  await size(page, 1440, 900);
  await expect(page.getByTestId('prompt-host-key')).toBeVisible();
  await shot(page, '30-hostkey');
  console.log('focus', await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 300)));
  await page.keyboard.press('Escape');
  await shot(page, '31-hostkey-escape');
  for (let i = 0; i < 2; i++) { const b = page.getByTestId('host-key-once'); if (await b.isVisible()) { await b.click(); await page.waitForTimeout(500);} }
  await shot(page, '32-failednode', 4000);
  await program.quit();
  const none = await launch({});
  await none.page.emulateMedia({ colorScheme: 'dark' });
  await size(none.page, 1440, 900);
  await shot(none.page, '33-start');
  await none.quit();
  const no = await launch({ args: ['--lab-impossible', 'The lab needs Linux and root: network namespaces exist nowhere else.'] });
  await no.page.emulateMedia({ colorScheme: 'light' });
  await shot(no.page, '34-start-nolab');
  await no.quit();
  const bad = await launcher.staged.writeFor(home, 'bad.yml', 'nodes:\n - host: 1\n   bogus: 2\n');
  const b = await launch({ args: ['--cluster', bad] });
  await b.page.emulateMedia({ colorScheme: 'dark' });
  await shot(b.page, '35-badfile');
});
