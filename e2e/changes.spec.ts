// What changes in the cluster shows in the window, soon and in the right words (DESIGN §5 "Discovery", "Identity").
import { expectWithin } from './fixtures/deadline.ts';
import { expect, test } from './fixtures/test.ts';
import { choose, inspectorOf, watchFor } from './fixtures/window-page.ts';

/** The deadline for a change to show, ms. */
const SHOWN_WITHIN = 1_000;
const BIRDC = 'birdc -s /var/run/calico/bird.ctl';

/** Runs a script on a node and tells when it was done, by the clock that the page also reads. ms since the epoch. */
async function doneAt(exec: (script: string) => Promise<string>, script: string): Promise<number> {
  const output = await exec(`${script} >/dev/null && date +%s%3N`);
  return Number(output.trim());
}

test('a Pod that is added, and one that is deleted', async ({ program, lab }) => {
  const { page } = program;
  // What happened before we connected is told in its own row, not under the next one.
  const past = page.getByTestId('changes-list').getByRole('listitem').filter({ hasText: 'before ·' }).first();
  const [row, said] = await Promise.all([past.boundingBox(), past.locator('.truncate').last().boundingBox()]);
  expect(said?.y).toBeGreaterThanOrEqual(row?.y ?? Infinity);
  expect((said?.y ?? 0) + (said?.height ?? 0)).toBeLessThanOrEqual((row?.y ?? 0) + (row?.height ?? 0) + 1);
  const appeared = await watchFor(
    page,
    'graph-summary',
    /^Pod default\/newcomer on k8s-worker-2, 192\.168\.2\.\d+, eth0 ⇄ cali/,
  );
  const told = await watchFor(page, 'changes-list', /default\/newcomer appeared/);
  await lab.addPod('newcomer', 'k8s-worker-2');
  const added = Date.now();
  expectWithin('a Pod added', (await appeared.shown) - added, SHOWN_WITHIN);
  await told.shown;

  const gone = await watchFor(
    page,
    'graph-summary',
    /^Pod default\/newcomer on k8s-worker-2(?!.*(ended|gone))/,
    { gone: true },
  );
  const toldGone = await watchFor(page, 'changes-list', /default\/newcomer has ended/);
  // From the start of the verb: the window may know of the end before the lab is done with it.
  const deleted = Date.now();
  await lab.deletePod('newcomer');
  expectWithin('a Pod deleted', (await gone.shown) - deleted, SHOWN_WITHIN);
  await toldGone.shown;
});

test('a route that a peer withdraws', async ({ program, lab }) => {
  const { page } = program;
  const shows = /^Route on k8s-worker-1: 192\.168\.2\.0\/\d+ via 10\.12\.22\.152/;
  await (
    await watchFor(page, 'graph-summary', shows)
  ).shown;
  const gone = await watchFor(page, 'graph-summary', shows, { gone: true });
  const told = await watchFor(
    page,
    'changes-list',
    /k8s-worker-1: route 192\.168\.2\.0\/\d+ via 10\.12\.22\.152.*ended/,
  );
  const exec = (script: string): Promise<string> => lab.exec('k8s-worker-2', script);
  const disabled = await doneAt(exec, `${BIRDC} disable static1`);
  try {
    expectWithin('a route withdrawn', (await gone.shown) - disabled, SHOWN_WITHIN);
    await told.shown;
  } finally {
    const back = await watchFor(page, 'graph-summary', shows);
    const enabled = await doneAt(exec, `${BIRDC} enable static1`);
    expectWithin('a route back', (await back.shown) - enabled, SHOWN_WITHIN);
  }
});

test('a link that goes down', async ({ program, lab }) => {
  const { page } = program;
  const pod = await watchFor(page, 'changes-list', /k8s-worker-1: calid9d486e54a8 was set down/);
  const exec = (script: string): Promise<string> => lab.exec('k8s-worker-1', script);
  try {
    const down = await doneAt(exec, 'ip link set dev calid9d486e54a8 down');
    expectWithin("a Pod's link down", (await pod.shown) - down, SHOWN_WITHIN);
  } finally {
    // The same again in the lab's own books, so that it is mended as a CNI plugin would.
    await lab.fault('link-down', 'k8s-worker-1', 'calid9d486e54a8');
  }

  const nic = await watchFor(page, 'graph-summary', /^Interface ens192 on k8s-worker-2, NIC, down/);
  try {
    const nicDown = await doneAt((script) => lab.exec('k8s-worker-2', script), 'ip link set dev ens192 down');
    expectWithin('a NIC down', (await nic.shown) - nicDown, SHOWN_WITHIN);
  } finally {
    await lab.fault('link-down', 'k8s-worker-2', 'ens192');
  }
});

test('BIRD killed: its node says "BIRD dead, routes kept", its peers "stale"', async ({ program, lab }) => {
  const { page } = program;
  // Somebody looks at the node that dies, and not at its peers.
  await choose(page, 'node-k8s-worker-1');
  await page.getByTestId('dock-tab-bgp').click();
  const dead = await watchFor(page, 'graph-summary', /^Node k8s-worker-1 .*BIRD dead, routes kept/);
  const peers = ['k8s-master', 'k8s-worker-2'];
  const stale = await Promise.all(
    peers.map((peer) => watchFor(page, `bgp-${peer}-Mesh_10_12_22_151`, /stale/)),
  );
  const keptRoutes = await Promise.all(
    peers.map((peer) =>
      watchFor(page, 'graph-summary', new RegExp(`^Route on ${peer}: .* bird · Mesh_10_12_22_151, stale$`)),
    ),
  );
  const arcs = await Promise.all([
    watchFor(
      page,
      'graph-summary',
      /^BGP stale between k8s-master and k8s-worker-1, stale at k8s-master, BIRD dead on k8s-worker-1$/,
    ),
    watchFor(
      page,
      'graph-summary',
      /^BGP stale between k8s-worker-1 and k8s-worker-2, BIRD dead on k8s-worker-1, stale at k8s-worker-2$/,
    ),
  ]);
  await lab.fault('bird-kill', 'k8s-worker-1');
  const killed = Date.now();
  // BIRD has no stream: it is polled every 10 s, every 2 s where somebody looks (DESIGN §5); those are the deadlines here.
  expectWithin('BIRD dead where somebody looks', (await dead.shown) - killed, 2_000);
  for (const peer of stale) expectWithin('a peer stale', (await peer.shown) - killed, 10_000);
  for (const told of [...keptRoutes, ...arcs])
    expectWithin('stale in the graph', (await told.shown) - killed, 10_000);
  const sentence = /k8s-worker-1 is gone; graceful restart keeps its 1 stale route/;
  await expect(page.getByTestId('bgp-k8s-worker-2-Mesh_10_12_22_151')).toContainText(sentence);
});

test('a Pod recreated until inode and ifindex repeat is two things in history', async ({ program, lab }) => {
  test.setTimeout(120_000);
  const { page } = program;
  await choose(page, 'tree-pod-web-1');
  const inspector = inspectorOf(page);
  const namespace =
    (await inspector.getByText(/^net:\[\d+\]/).textContent())?.match(/^net:\[\d+\]/)?.[0] ?? 'none';
  const said = await lab.recreatePod('web-1');
  const [, before, after, oldIndex, newIndex] =
    /netns (\S+) -> (\S+), ifindex (\d+) -> (\d+)/.exec(said) ?? [];
  expect(after, said).toBe(before);
  expect(newIndex, said).toBe(oldIndex);
  expect(`net:[${String(before).replaceAll(/\D/g, '')}]`).toBe(namespace);

  // The row in the tree is the living one now; its inspector knows the one that bore the name before.
  const history = page.getByTestId('inspector-history');
  await expect(async () => {
    await choose(page, 'tree-pod-web-1');
    await expect(inspector).not.toContainText('ended');
    await expect(inspector).toContainText(namespace);
    await expect(history.getByRole('listitem').first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await history.getByRole('button').first().click();
  await expect(inspector.locator('.inspector-header')).toContainText(/ended/i);
  await expect(inspector).toContainText(namespace);
});

test('a rebooted node is a new incarnation', async ({ program, lab }) => {
  test.setTimeout(120_000);
  const { page } = program;
  const old = lab.node('k8s-worker-2').bootId;
  const told = await watchFor(page, 'changes-list', /k8s-worker-2 was rebooted/, { within: 60_000 });
  await lab.reboot('k8s-worker-2');
  const fresh = lab.node('k8s-worker-2').bootId;
  expect(fresh).not.toBe(old);
  await told.shown;
  await choose(page, 'node-k8s-worker-2');
  const inspector = inspectorOf(page);
  await expect(inspector).toContainText(fresh);
  await expect(page.getByTestId('inspector-history')).toContainText(old.slice(0, 8));
  await page.getByTestId('inspector-history').getByRole('button').first().click();
  await expect(inspector).toContainText(old);
  await expect(inspector.locator('.inspector-header')).toContainText(/ended/i);
});
