// Who cannot give SSH pastes: the classic walkthrough, dropped on the window, is the same picture, and says what it is not.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { drop } from './fixtures/dropping.ts';
import { expect, test } from './fixtures/test.ts';

const folder = path.resolve('app/paste/fixtures/walkthrough');

async function walkthrough(): Promise<{ name: string; text: string }[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(path.join(folder, name), 'utf8') })),
  );
}

/** No node is connected, and so none is called that. */
async function whenPictured(page: Page, nodes: readonly string[]): Promise<void> {
  const lines = page.getByTestId('graph-summary').locator('li');
  for (const node of nodes) await expect(lines.filter({ hasText: `Node ${node}` })).toHaveCount(1);
}

test('the walkthrough dropped on the window gives the topology, not live, with what is missing said', async ({
  launch,
}, testInfo) => {
  const { page } = await launch();
  await expect(page.getByTestId('paste-cluster')).toBeVisible();
  await page.screenshot({ path: testInfo.outputPath('start.png') });
  await drop(page, await walkthrough());
  await whenPictured(page, ['k8s-worker-1', 'k8s-worker-2']);
  await expect(page.getByTestId('paste-banner')).toContainText('From pasted output, not live');
  await expect(page.getByTestId('paste-next')).toHaveText(
    'ip -d addr; ip route show table all; ip rule; ip neigh',
  );
  // Nothing is connected: nothing can be captured.
  await page.getByTestId('tree-search').fill('calia4d5046802b');
  await page.getByTestId('tree-iface-k8s-worker-2-calia4d5046802b').click({ button: 'right' });
  const menu = page.getByTestId('entity-menu');
  await expect(menu.getByRole('menuitem', { name: 'Inspect' })).toBeVisible();
  await expect(menu.getByRole('menuitem', { name: /^Watch / })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await page.getByTestId('tree-search').fill('');

  const report = page.getByTestId('pasted-view');
  await expect(report).toContainText('calia4d5046802b is c2c-network-demo-w2’s is proven');
  await expect(report).toContainText('room for a tunnel’s header, and no fault');
  await expect(report.getByRole('row')).toHaveCount(8);
  await report
    .getByRole('row', { name: /k8s-worker-2.*route -n/ })
    .getByRole('button')
    .click();
  await expect(report.locator('pre')).toContainText('192.168.2.3     0.0.0.0         255.255.255.255 UH');
  await page.screenshot({ path: testInfo.outputPath('dropped.png') });
  for (const tab of ['packets', 'terminals']) {
    await page.getByTestId(`dock-tab-${tab}`).click();
    await expect(page.locator(`#dock-panel-${tab}`)).toContainText('This was pasted: there is no connection');
  }
});

test('text pasted on the start screen, with the node named, is the same', async ({ launch }, testInfo) => {
  const { page } = await launch();
  await page.getByTestId('paste-cluster').click();
  const dialog = page.getByTestId('paste-dialog');
  await dialog.getByRole('textbox', { name: 'Output 1' }).fill('not the output of anything');
  await dialog.getByRole('button', { name: 'Show the picture' }).click();
  await expect(
    page.getByTestId('notices').getByText('Nothing in this is the output of a command that is known'),
  ).toBeVisible();
  await dialog
    .getByRole('textbox', { name: 'Output 1' })
    .fill('default via 10.12.0.1 dev ens192\n192.168.1.2 dev calid9d486e54a8 scope link\nwhat is this\n');
  await dialog.getByRole('textbox', { name: 'From node or Pod' }).fill('k8s-worker-1');
  await page.screenshot({ path: testInfo.outputPath('dialog.png') });
  await dialog.getByRole('button', { name: 'Show the picture' }).click();
  await whenPictured(page, ['k8s-worker-1']);
  await expect(page.getByTestId('pasted-view')).toContainText('Lines not read: 1');
  await expect(page.getByTestId('pasted-view')).toContainText('what is this');
});
