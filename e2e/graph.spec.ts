// The living graph: what is there, drawn and said, with the command behind it and a terminal inside it.
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures/test.ts';
import { clone, enoughPlaces, graphPlaces } from './fixtures/tools.ts';
import { choose, graphLines, inspectorOf, whenDrawn } from './fixtures/window-page.ts';

const PICTURE = path.join(clone, 'out', 'e2e', 'window.png');
/** `HOPSCOPE_SCREENSHOT=1`: the README's picture is this run's. */
const README_PICTURE = path.join(clone, 'docs', 'window.png');

test('three nodes and four Pods with their real veth names', async ({ program, lab }) => {
  const { page } = program;
  // Nodes are drawn before Kubernetes has named their Pods.
  const named = page.getByTestId('graph-summary').locator('li', { hasText: /^Pod default\// });
  await expect(named).toHaveCount(4);
  const lines = await graphLines(page);
  const of = (kind: string): string[] => lines.filter((line) => line.startsWith(`${kind} `));
  expect(of('Node').map((line) => line.split(' ')[1])).toEqual(
    expect.arrayContaining(['k8s-master', 'k8s-worker-1', 'k8s-worker-2']),
  );
  expect(of('Node')).toHaveLength(3);
  expect(of('Pod')).toHaveLength(4);
  const demo = 'Pod default/c2c-network-demo on k8s-worker-1, 192.168.1.2, eth0 ⇄ calid9d486e54a8';
  const other = 'Pod default/c2c-network-demo-w2 on k8s-worker-2, 192.168.2.3, eth0 ⇄ calia4d5046802b';
  expect(of('Pod')).toEqual(expect.arrayContaining([demo, other]));
  // The names are the kernel's own, not only ours.
  expect(await lab.exec('k8s-worker-1', 'ip -o link show calid9d486e54a8')).toContain('calid9d486e54a8@if');
  expect(await lab.exec('k8s-worker-2', 'ip -o link show calia4d5046802b')).toContain('calia4d5046802b@if');

  expect(of('BGP').filter((line) => line.startsWith('BGP Established between'))).toHaveLength(3);
  for (const node of lab.nodes) {
    expect(lines).toContainEqual(expect.stringMatching(`^Interface ens192 on ${node.name}, NIC, up`));
    expect(lines).toContainEqual(expect.stringMatching(`^Interface docker0 on ${node.name}, down`));
  }
  expect(lines).toContainEqual(
    expect.stringMatching(/^Route on k8s-worker-1: 192\.168\.2\.0\/\d+ via 10\.12\.22\.152, bird/),
  );
  // What else Kubernetes was asked for, and how each list stands.
  await expect(page.getByTestId('inspector-inventory')).toContainText(/\d+ kinds read/);
});

test('the picture is drawn by its canvas, in the colours of routes and owners and in the right type', async ({
  program,
}) => {
  const { page } = program;
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await choose(page, 'tree-pod-c2c-network-demo');
  await openPodTerminal(page);
  await page.keyboard.type('ip a\n');
  await expect(terminalRows(page)).toContainText('192.168.1.2/32');
  await mkdir(path.dirname(PICTURE), { recursive: true });
  const enough = await enoughPlaces();
  // The packets of what is chosen never stand still: what is waited for is the measure, not two pictures alike.
  const drawn = async (): Promise<number> => {
    const { plates, owners } = await graphPlaces(await page.screenshot({ path: PICTURE }));
    return Math.min(plates, owners);
  };
  await expect.poll(drawn).toBeGreaterThanOrEqual(enough);
  if (process.env['HOPSCOPE_SCREENSHOT'] === '1') await copyFile(PICTURE, README_PICTURE);
  // The measure is the canvas's alone: without it nothing else in the window passes for a graph.
  await page.addStyleTag({ content: '[data-testid="graph"] canvas { visibility: hidden }' });
  const blank = await graphPlaces(await page.screenshot());
  expect(blank.plates).toBeLessThan(enough);
  expect(blank.owners).toBeLessThan(enough);
  const faces = async (): Promise<Set<string>> => {
    const loaded = await page.evaluate(() =>
      [...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family),
    );
    return new Set(loaded.map((family) => family.replaceAll('"', '')));
  };
  await expect.poll(faces).toEqual(new Set(['Inter Variable', 'JetBrains Mono Variable']));
});

test('the inspector says routes, their owners and the command behind every fact', async ({ program }) => {
  const { page } = program;
  await choose(page, 'node-k8s-worker-1');
  const inspector = inspectorOf(page);
  const route = inspector
    .getByTestId('inspector-routes')
    .getByRole('listitem')
    .filter({ hasText: '192.168.2.0/' });
  await expect(route).toContainText(/via 10\.12\.22\.152 dev ens192.*bird · Mesh_10_12_22_152/);
  const podRoute = inspector
    .getByTestId('inspector-routes')
    .getByRole('listitem')
    .filter({ hasText: '192.168.1.2/32' });
  await expect(podRoute).toContainText(/dev calid9d486e54a8.*Felix/);

  const command = inspector.getByTestId('command').filter({ hasText: 'ip -j -4 route show table all' });
  await command.getByRole('button', { name: 'output' }).click();
  const output = (await command.getByTestId('command-output').textContent()) ?? '';
  const routes = JSON.parse(output) as { dst: string; gateway?: string }[];
  expect(routes).toContainEqual(expect.objectContaining({ gateway: '10.12.22.152', dev: 'ens192' }));
});

test('the search finds an address, the keyboard walks the tree', async ({ program }) => {
  const { page } = program;
  await page.getByTestId('tree-search').fill('192.168.2.3');
  await expect(page.getByTestId('tree-pod-c2c-network-demo-w2')).toBeVisible();
  await expect(page.getByTestId('tree-pod-c2c-network-demo')).toHaveCount(0);
  await page.getByTestId('tree-search').fill('');
  await expect(page.getByTestId('tree-pod-c2c-network-demo')).toBeVisible();
});

test('a terminal in the Pod prints its address, its cells in the right type and colour, and no policy is met', async ({
  program,
  lab,
}) => {
  const { page } = program;
  // From the first byte on: the page is loaded again with a listener in place before any script of ours.
  await page.addInitScript(() => {
    const met: string[] = [];
    Object.assign(window, { policiesMet: met });
    document.addEventListener('securitypolicyviolation', (event) =>
      met.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await page.reload();
  await whenDrawn(
    page,
    lab.nodes.map((node) => node.name),
  );
  await choose(page, 'tree-pod-c2c-network-demo');
  await openPodTerminal(page);
  const screen = page.getByTestId('terminal-screen');
  await page.keyboard.type('ip a\n');
  await expect(terminalRows(page)).toContainText('192.168.1.2/32');

  // Split so that the echo of what is typed is not what is found.
  await page.keyboard.type(String.raw`printf '\033[3''1mREDWORD\033[0m\n'` + '\n');
  const red = screen.locator('.xterm-rows span', { hasText: /^REDWORD$/ });
  await expect(red).toBeVisible();
  const cell = await red.evaluate((element) => {
    const style = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    return { family: style.fontFamily, colour: style.color, width, height };
  });
  expect(cell.family).toMatch(/^"?JetBrains Mono Variable/);
  const wanted = await page.evaluate(() =>
    document.documentElement.dataset['theme'] === 'light' ? 'rgb(191, 31, 56)' : 'rgb(255, 107, 122)',
  );
  expect(cell.colour).toBe(wanted);
  // JetBrains Mono's advance is 0.6 em: another face would make other cells.
  const size = await red.evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
  expect(cell.width / 'REDWORD'.length / size).toBeCloseTo(0.6, 1);
  // And the pixels: the colour is on the screen, not only in the style.
  const [r = 0, g = 0, b = 0] = wanted.match(/\d+/g)?.map(Number) ?? [];
  expect(await pixelsNear(page, await red.screenshot(), [r, g, b])).toBeGreaterThan(20);
  expect(await page.evaluate(() => (window as unknown as { policiesMet: string[] }).policiesMet)).toEqual([]);
});

test('a terminal on a node, resized, survives a flood and ends with its shell', async ({ program }) => {
  const { page } = program;
  await choose(page, 'node-k8s-worker-2');
  await inspectorOf(page).getByTestId('open-terminal-node').click();
  const rows = terminalRows(page);
  await expect(rows).toContainText(/[#$]\s*$/, { timeout: 15_000 });
  await page.keyboard.type('hostname; stty size\n');
  await expect(rows).toContainText(/k8s-worker-2\s*\d+ \d+/);
  await page.keyboard.type('yes hopscope\n');
  await expect(rows).toContainText(/(hopscope\s*){5}/);
  await page.keyboard.press('Control+c');
  await page.keyboard.type('echo after-$((20+22))\n');
  await expect(rows).toContainText('after-42');
  // Tab is the shell's, so there is another way out by keyboard.
  await page.keyboard.press('Control+Shift+K');
  const tab = page.getByRole('tablist', { name: 'Terminals' }).getByRole('tab', { name: 'k8s-worker-2' });
  await expect(tab).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByTestId('dock-tab-terminals')).toBeFocused();
  await page.getByTestId('terminal-screen').click();
  await page.keyboard.type('exit 7\n');
  await expect(page.getByTestId('terminal-ended')).toContainText('The shell ended with exit code 7.');
});

async function openPodTerminal(page: Page): Promise<void> {
  await inspectorOf(page).getByTestId('open-terminal-pod').click();
  await expect(terminalRows(page)).toContainText(/[#$]\s*$/, { timeout: 15_000 });
}

function terminalRows(page: Page): Locator {
  return page.getByTestId('terminal-screen').locator('.xterm-rows');
}

/** Pixels of a picture close to a colour; type is anti-aliased, so a strict match would count only its core. */
async function pixelsNear(
  page: Page,
  picture: Buffer,
  colour: readonly [number, number, number],
): Promise<number> {
  return await page.evaluate(
    async ({ base64, colour }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      let near = 0;
      for (let at = 0; at < data.length; at += 4) {
        const distance = colour.reduce(
          (sum, value, channel) => sum + Math.abs(value - (data[at + channel] ?? 0)),
          0,
        );
        if (distance < 60) near++;
      }
      return near;
    },
    { base64: picture.toString('base64'), colour },
  );
}
