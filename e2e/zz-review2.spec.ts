import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { test, expect } from './fixtures/test.ts';
import { choose, inspectorOf, whenDrawn } from './fixtures/window-page.ts';
const OUT = '/tmp/zzreview';
const shot = async (page: Page, name: string, wait = 700): Promise<void> => {
  await mkdir(OUT, { recursive: true });
  await page.waitForTimeout(wait);
  await page.screenshot({ path: `${OUT}/${name}.png` });
};
const lab = (...a: string[]): string => execFileSync(process.execPath, ['dist/lab/index.js', ...a], { cwd: '/work/main', encoding: 'utf8' });

test('four nodes', async ({ launch, launcher }) => {
  test.setTimeout(240_000);
  lab('up', '--name', 'review2', '--nodes', '4', '--owner', String(launcher.user?.uid ?? 0));
  try {
    const st = JSON.parse(lab('status', '--json', '--name', 'review2')).instances[0];
    const program = await launch({ args: ['--cluster', st.client.cluster] });
    const { page } = program;
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 1440, height: 900 });
    await whenDrawn(page, st.nodes.map((n: { name: string }) => n.name), 40_000);
    await shot(page, '50-four', 3000);
    lab('fault', 'bird-term', '--node', 'k8s-worker-1', '--name', 'review2');
    await shot(page, '51-four-birdterm', 14000);
    await page.getByTestId('dock-tab-bgp').click();
    await page.getByTestId('bgp-k8s-worker-2-Mesh_10_12_22_151').click();
    await shot(page, '52-four-sel');
  } finally { lab('down', '--name', 'review2'); }
});
