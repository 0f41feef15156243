// What nodes and clusters call things, when somebody means harm: shown as text with its control characters visible,
// never as markup, and quoted where it is copied as a command.
import type { Page } from '@playwright/test';
import { drop } from './fixtures/dropping.ts';
import { expect, test } from './fixtures/test.ts';
import { watchForViolations } from './fixtures/violations.ts';
import { inspectorOf } from './fixtures/window-page.ts';

const MARKUP = '<img src=x onerror=window.pwned=1>';
const TURNED = 'web\u202egpj.exe';
const SHELL = `x';touch /pwned;$(id)`;
/** As long as Kubernetes takes one. */
const LONGEST = `w${'-x'.repeat(126)}`;
const PODS = [MARKUP, TURNED, SHELL, '--rm', 'a\u001b]0;title\u0007b', LONGEST];
/** As long as the kernel takes one: 15 bytes, no white space, no slash. */
const DEVICES = ['<img>&amp;', '$(id>x)', `"q'd\\`, '-rf', 'x\u202eevil', 'y\u0085z'];

const podList = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: PODS.map((name, at) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name, uid: `uid-${String(at)}`, labels: { [MARKUP]: TURNED } },
    spec: { nodeName: 'k8s-worker-1', containers: [{ name: 'c' }] },
    status: {
      phase: 'Running',
      podIP: `192.168.1.${String(at + 2)}`,
      podIPs: [{ ip: `192.168.1.${String(at + 2)}` }],
    },
  })),
});
const devices = DEVICES.map(
  (name, at) => `${String(at + 3)}: ${name}: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
    link/ether 02:00:00:00:00:0${String(at + 3)} brd ff:ff:ff:ff:ff:ff
    inet 198.51.10${String(at)}.1/24 scope global ${name}`,
);
const text = `root@k8s-worker-1:~# kubectl get pods -A -o json
${podList}
root@k8s-worker-1:~# ip addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
${devices.join('\n')}
root@k8s-worker-1:~# ip route
203.0.113.0/24 via 198.51.104.9 dev x\u202eevil
192.168.1.9 dev -rf scope link
root@k8s-worker-1:~# iptables-save -c
*filter
:FORWARD ACCEPT [0:0]
[3:180] -A FORWARD -m comment --comment "${MARKUP} ${TURNED}" -j DROP
COMMIT
what is \u202ethis ${MARKUP}
`;

/** What steers a terminal or turns text around, in anything that the page shows, says or holds as a tooltip. */
async function unsafe(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const bad = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node instanceof Element) {
        for (const { name, value } of node.attributes) if (bad.test(value)) found.push(`${name}=${value}`);
      } else if (bad.test(node.textContent ?? '')) found.push(node.textContent ?? '');
    }
    return found.map((each) => JSON.stringify(each.slice(0, 200)));
  });
}

test('hostile names are shown as text, execute nothing, and are quoted where they are copied', async ({
  launch,
}, testInfo) => {
  const { page } = await launch();
  const violations = watchForViolations(page);
  await expect(page.getByTestId('paste-cluster')).toBeVisible();
  await drop(page, [{ name: `k8s-worker-1 ${TURNED}.txt`, text }]);
  await expect(page.getByTestId('paste-banner')).toBeVisible();

  const tree = page.getByRole('tree').first();
  for (const name of [MARKUP, 'web\ufffdgpj.exe', SHELL, '--rm'])
    await expect(tree.getByText(name, { exact: true })).toBeVisible();
  const summary = page.getByTestId('graph-summary');
  for (const name of ['<img>&amp;', '$(id>x)', `"q'd\\`, '-rf', 'x\ufffdevil', 'y\ufffdz'])
    await expect(summary.getByText(`Interface ${name} on k8s-worker-1`).first()).toBeAttached();
  await expect(page.getByTestId('pasted-view')).toContainText(`what is \ufffdthis ${MARKUP}`);
  expect(await unsafe(page)).toEqual([]);

  // Each tab, a Pod and a device in the inspector, and what was printed behind them.
  await tree.getByText(MARKUP, { exact: true }).click();
  await expect(page.getByTestId('inspector-title')).toHaveText(MARKUP);
  const show = inspectorOf(page).getByRole('button', { name: 'output' }).first();
  await show.click();
  await expect(page.getByTestId('command-output')).toBeVisible();
  expect(await unsafe(page)).toEqual([]);
  for (const tab of ['changes', 'bgp', 'drops', 'firewall', 'packets']) {
    await page.getByTestId(`dock-tab-${tab}`).click();
    expect(await unsafe(page), tab).toEqual([]);
  }
  await page.getByTestId('dock-tab-firewall').click();
  await page.getByTestId('firewall-step-filter-FORWARD').click();
  const chain = page.getByTestId('firewall-chain');
  await expect(chain).toContainText(`${MARKUP} web\ufffdgpj.exe`);
  await chain.getByRole('button', { name: 'What the node printed' }).click();
  await expect(chain.locator('pre')).toContainText(MARKUP);
  await page.screenshot({ path: testInfo.outputPath('hostile.png') });
  expect(await unsafe(page)).toEqual([]);

  // A command with such a name in it, copied and pasted elsewhere.
  await page.getByTestId('dock-tab-pasted').click();
  const line = page.getByTestId('pasted-view').getByRole('listitem').filter({ hasText: 'touch /pwned' });
  await line.getByRole('button', { name: 'Copy the command' }).click();
  const search = page.getByRole('searchbox').first();
  await search.focus();
  await page.keyboard.press('Control+V');
  await expect(search).toHaveValue(
    `kubectl exec -n default 'x'\\'';touch /pwned;$(id)' -- sh -c 'ip addr; ip route'`,
  );

  expect(await page.evaluate(() => [document.images.length, 'pwned' in window, document.title])).toEqual([
    0,
    false,
    'hopscope',
  ]);
  expect(violations()).toEqual([]);
});
