// Which way a packet goes, in the window: asked by the keyboard, told hop by hop, drawn; and where it stops once something is broken.
import { expect, test } from './fixtures/test.ts';
import { whenDrawn } from './fixtures/window-page.ts';

const FROM = 'default/c2c-network-demo';
const TO = 'default/c2c-network-demo-w2';

test('a trace is delivered with its hops and the chains that accepted; broken, it stops where the finding says, and mended it arrives again', async ({
  program,
  lab,
}) => {
  const { page } = program;
  await whenDrawn(page, ['k8s-worker-1', 'k8s-worker-2']);

  // By the keyboard alone.
  await page.keyboard.press('Control+t');
  await expect(page.getByTestId('trace-from')).toBeFocused();
  await page.keyboard.type(FROM);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('trace-to')).toBeFocused();
  await page.getByTestId('trace-what').fill('tcp 8080');
  await page.getByTestId('trace-to').fill(TO);
  await page.keyboard.press('Enter');

  const verdict = page.getByTestId('trace-verdict');
  await expect(verdict).toHaveAttribute('data-verdict', 'delivered', { timeout: 15_000 });
  const hops = page.getByTestId('trace-hops');
  await expect(hops.getByTestId('trace-hop-1')).toContainText('c2c-network-demo on k8s-worker-1');
  const second = hops.getByTestId('trace-hop-2');
  await expect(second).toContainText('k8s-worker-1');
  await expect(second).toContainText('via 10.12.22.152');
  await expect(second).toContainText(/accepted by .*filter FORWARD/);
  await expect(hops.getByTestId('trace-hop-3')).toContainText('k8s-worker-2');
  await expect(hops.getByTestId('trace-hop-4')).toContainText('c2c-network-demo-w2 on k8s-worker-2');
  await expect(page.getByTestId('graph-path')).toHaveAttribute('data-verdict', 'delivered');
  // Pod to node, node to NIC, the wire, NIC to node, node to Pod.
  await expect(page.getByTestId('graph-path-leg')).toHaveCount(5);
  await expect(page.getByTestId('trace-back')).toBeEnabled();
  await expect(page.getByTestId('graph-path-back')).toHaveCount(1);

  // What a probe would run is shown, and nothing is sent.
  await page.getByTestId('trace-probe').click();
  await expect(page.getByTestId('probe-commands')).toContainText('k8s-worker-1', { timeout: 15_000 });
  await expect(page.getByTestId('probe-send')).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('probe')).toHaveCount(0);

  // What a watch sees ticks the path off.
  await page.getByTestId('trace-watch').press('Enter');
  await expect(page.getByTestId('watch-state')).toContainText(`watching ${FROM} ↔ ${TO}`);
  await expect(page.getByTestId('trace-observed')).toContainText('Seen at 6 of 6 interfaces', {
    timeout: 15_000,
  });
  await expect(second).toContainText(/in: seen \d.*out: seen \d/s);
  const marks = page.getByTestId('graph-path-mark');
  await expect(marks).toHaveCount(6);

  // Agreed to, it is sent.
  await page.getByTestId('trace-probe').click();
  await page.getByTestId('probe-send').click();
  const outcome = page.getByTestId('probe-outcome');
  await expect(outcome).toHaveAttribute('data-verdict', 'arrives', { timeout: 20_000 });
  await expect(outcome).toContainText('as the trace says');
  await page.keyboard.press('Escape');

  // What breaks where no node sees it: which it is, and the watch's word for where, by itself.
  await lab.loseBetween('tcp dport 8080');
  await page.getByTestId('trace-scope').click();
  const scope = page.getByTestId('scope-sentence');
  await expect(scope).toContainText('Nothing fails', { timeout: 15_000 });
  await page.getByTestId('scope-plan').click();
  await expect(page.getByTestId('probe-commands')).toContainText('k8s-worker-1');
  await page.getByTestId('scope-send').click();
  await expect(scope).toHaveAttribute('data-by', 'probes', { timeout: 40_000 });
  await expect(scope).toContainText('TCP to port 8080');
  // What refuses our own packets at closed ports is no drop.
  await expect(scope).not.toContainText('nobody listens');
  await expect(page.getByTestId('scope-matrix').locator('[data-result=fails]')).not.toHaveCount(0);
  await page.keyboard.press('Escape');

  await expect(page.getByTestId('trace-observed')).toContainText(
    /Seen at ens192 of k8s-worker-1, but not since .* at ens192 of k8s-worker-2/,
    { timeout: 15_000 },
  );
  await expect(verdict).toContainText('seen to stop');
  await expect(marks.nth(3)).toHaveAttribute('data-seen', 'missing');
  await lab.loseBetween(null);
  await expect(page.getByTestId('trace-observed')).toContainText('Seen at 6 of 6', { timeout: 15_000 });

  await page.getByTestId('node-k8s-worker-2').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'What if this node fails?' }).click();
  await expect(page.getByTestId('what-if-answer')).toContainText('Would lose their path', {
    timeout: 15_000,
  });
  await page.keyboard.press('Escape');

  await lab.fault('pod-route-missing', 'k8s-worker-2', 'c2c-network-demo-w2');
  // Asked again by itself, since the routes have changed.
  await expect(verdict).toHaveAttribute('data-verdict', 'dropped', { timeout: 15_000 });
  const last = hops.getByTestId('trace-hop-3');
  await expect(last).toContainText('k8s-worker-2');
  await expect(last).toContainText('It stops here.');
  await expect(last).toContainText('blackhole');
  await expect(page.getByTestId('graph-path-stop')).toHaveCount(1);

  await page.getByTestId('dock-tab-findings').click();
  const finding = page.getByTestId('finding-pod-route-missing');
  await expect(finding).toContainText('k8s-worker-2', { timeout: 15_000 });
  await expect(finding).toContainText('ip');
  await expect(page.getByTestId('findings-look')).toContainText('Looked into 4 Pods', { timeout: 15_000 });
  await expect(finding.getByTestId('finding-affected')).toContainText('Who is affected:');
  await expect(page.getByTestId('node-k8s-worker-2').getByTestId('tree-finding')).toHaveCount(1);

  // The way that was traced is asked about; what one knows narrows the search.
  await expect(page.getByTestId('finding-about')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('finding-way')).toContainText('192.168.2.3');
  await page.getByTestId('finding-hint-tcp-only').click();
  await expect(finding).toContainText('ping works, TCP does not', { timeout: 15_000 });
  await page.getByTestId('finding-hint-tcp-only').click();

  // What proves it leads to where it is seen.
  await finding.getByTestId('evidence-in-node').first().click();
  await expect(page.getByTestId('inspector-title')).toHaveText('k8s-worker-2');

  await lab.mend();
  await page.getByTestId('dock-tab-path').click();
  await expect(verdict).toHaveAttribute('data-verdict', 'delivered', { timeout: 15_000 });
  // Before and after, side by side.
  await page.getByTestId('trace-before').click();
  const compared = page.getByTestId('trace-compare');
  await expect(compared).toContainText(/until .*dropped.*blackhole.*Now.*delivered/s);
  await page.getByTestId('dock-tab-findings').click();
  await expect(page.getByTestId('findings-gone')).toContainText('192.168.2.3', { timeout: 15_000 });
});
