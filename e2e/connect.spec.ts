// Every way a connection can go wrong ends in one clear sentence that says what to do, and none hangs.
import { execFile } from 'node:child_process';
import { chown, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Locator } from '@playwright/test';
import { clusterFile, trueFingerprint } from './fixtures/cluster-files.ts';
import { KEY_PASSPHRASE } from './fixtures/lab.ts';
import type { Program } from './fixtures/program.ts';
import { expect, test } from './fixtures/test.ts';
import { choose, inspectorOf, whenDrawn } from './fixtures/window-page.ts';

const run = promisify(execFile);
const failure = (program: Program, node: string): Locator => program.page.getByTestId(`node-failure-${node}`);
const others = ['k8s-master', 'k8s-worker-2'];

test('an unknown host key asks, with the true fingerprint; once, always and refuse do what they say', async ({
  lab,
  launch,
  launcher,
}) => {
  const home = await launcher.staged.freshFolder('home');
  const knownHosts = await launcher.staged.writeFor(home, 'known_hosts', '# empty\n');
  const file = await clusterFile(launcher, home, lab, { knownHosts });
  const program = await launch({ home, args: ['--cluster', file] });
  const { page } = program;
  const dialog = page.getByTestId('prompt-host-key');
  const answers = new Map<string, 'once' | 'always' | 'refuse'>([
    ['k8s-master', 'always'],
    ['k8s-worker-1', 'once'],
    ['k8s-worker-2', 'refuse'],
  ]);
  for (let asked = 0; asked < answers.size; asked++) {
    await expect(dialog).toBeVisible();
    const fingerprint = (await page.getByTestId('prompt-fingerprint').textContent()) ?? '';
    const prints = await Promise.all(
      lab.nodes.map(async (node) => [await trueFingerprint(lab, node.sshPort), node] as const),
    );
    const node = new Map(prints).get(fingerprint);
    expect(node, `whose key ${fingerprint} is`).toBeDefined();
    await expect(dialog).toContainText(node?.name ?? '');
    await page.getByTestId(`host-key-${answers.get(node?.name ?? '') ?? 'refuse'}`).click();
    await expect(page.getByTestId('prompt-fingerprint').filter({ hasText: fingerprint })).toHaveCount(0);
  }
  await whenDrawn(page, ['k8s-master', 'k8s-worker-1']);
  await expect(failure(program, 'k8s-worker-2')).toContainText(/host key .* not known/i);

  // By OpenSSH's own reading, since the name may be hashed.
  const remembers = async (name: string): Promise<boolean> => {
    const host = `[127.0.0.1]:${String(lab.node(name).sshPort)}`;
    return await run('ssh-keygen', ['-F', host, '-f', knownHosts]).then(
      () => true,
      () => false,
    );
  };
  expect(await Promise.all(lab.nodes.map(({ name }) => remembers(name)))).toEqual(
    lab.nodes.map(({ name }) => answers.get(name) === 'always'),
  );
});

test('a changed host key is refused with the offending line', async ({ lab, launch }) => {
  await lab.fault('host-key-change', 'k8s-worker-1');
  const program = await launch({ args: ['--cluster', lab.client.cluster] });
  const card = failure(program, 'k8s-worker-1');
  await expect(card).toContainText(
    /host key .* is not the one in .*known_hosts.*delete that line and connect again/i,
  );
  await card.getByRole('button', { name: 'What was seen' }).click();
  const lines = (await readFile(lab.client.knownHosts, 'utf8')).split('\n');
  const key = `[127.0.0.1]:${String(lab.node('k8s-worker-1').sshPort)} `;
  const at = lines.findIndex((line) => line.startsWith(key));
  await expect(card.locator('pre')).toContainText(
    `${lab.client.knownHosts}:${String(at + 1)}: ${lines[at] ?? ''}`,
  );
  await expect(program.page.getByTestId('prompt-host-key')).toHaveCount(0);
  await whenDrawn(program.page, others);
});

test('a wrong key', async ({ lab, launch, launcher }) => {
  const home = await launcher.staged.freshFolder('home');
  const key = path.join(home, 'wrong');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  if (launcher.user !== null) await chown(key, launcher.user.uid, launcher.user.gid);
  const file = await clusterFile(launcher, home, lab, { nodes: { 'k8s-worker-1': { identityFile: key } } });
  const program = await launch({ home, args: ['--cluster', file] });
  await expect(failure(program, 'k8s-worker-1')).toContainText(
    /refused every key offered for root: .*wrong\. Add its public key to root's authorized_keys/,
  );
  await whenDrawn(program.page, others);
});

test('a key that is not there, and one that is encrypted', async ({ lab, launch, launcher }) => {
  const home = await launcher.staged.freshFolder('home');
  const file = await clusterFile(launcher, home, lab, {
    nodes: {
      'k8s-worker-1': { identityFile: path.join(home, 'absent') },
      'k8s-worker-2': { identityFile: lab.client.encryptedIdentityFile },
    },
  });
  const program = await launch({ home, args: ['--cluster', file] });
  const { page } = program;
  await expect(failure(program, 'k8s-worker-1')).toContainText(path.join(home, 'absent'));
  const dialog = page.getByTestId('prompt-passphrase');
  await dialog.getByLabel('Passphrase').fill('wrong');
  await dialog.getByRole('button', { name: 'Unlock' }).click();
  await expect(dialog.getByRole('alert')).toContainText('did not open the key');
  await dialog.getByLabel('Passphrase').fill(KEY_PASSPHRASE);
  await dialog.getByRole('button', { name: 'Unlock' }).click();
  await whenDrawn(page, others);
});

test('an unreachable host', async ({ lab, launch, launcher }) => {
  const home = await launcher.staged.freshFolder('home');
  // Port 1 of this machine: nothing listens there, and the answer is immediate.
  const file = await clusterFile(launcher, home, lab, { nodes: { 'k8s-worker-1': { port: 1 } } });
  const program = await launch({ home, args: ['--cluster', file] });
  await expect(failure(program, 'k8s-worker-1')).toContainText(/127\.0\.0\.1.*refused.*sshd/i);
  await whenDrawn(program.page, others);
});

const malformed: readonly (readonly [string, string, RegExp])[] = [
  ['that is not YAML', 'nodes: [', /cluster\.yml:\d+:\d+ is not valid YAML: .*Mend that line/],
  ['without nodes', 'name: x\nnodes: []\n', /is not a cluster file: at nodes: name at least one node/],
  [
    'with a field nobody knows',
    'name: x\nnodes: [{name: a, host: h, passwrod: p}]\n',
    /is not a cluster file: .*passwrod/,
  ],
  ['with an inventory of no node', 'name: x\nnodes: [{name: a, host: h}]\ninventory: {kubectl: {node: z}}\n', /no node has that name; use one of a/], // prettier-ignore
];
for (const [what, text, sentence] of malformed) {
  test(`a cluster file ${what}`, async ({ launch, launcher }) => {
    const home = await launcher.staged.freshFolder('home');
    const file = await launcher.staged.writeFor(home, 'cluster.yml', text);
    const { page } = await launch({ home, args: ['--cluster', file] });
    await expect(page.getByTestId('start-screen').getByRole('alert')).toContainText(sentence);
    await expect(page.getByTestId('open-cluster-file')).toBeEnabled();
  });
}

test('a cluster file that is not there, and no lab on this machine', async ({ launch }) => {
  const reason = 'The lab needs Linux and root; this machine has neither.';
  const { page } = await launch({
    args: ['--cluster', '/nonexistent/cluster.yml', '--lab-impossible', reason],
  });
  const start = page.getByTestId('start-screen');
  await expect(start).toContainText(/\/nonexistent\/cluster\.yml does not exist; check the path/);
  await expect(start).toContainText(reason);
});

test('MaxSessions 1: discovery works, and what is off is said', async ({ lab, launch }) => {
  await lab.fault('max-sessions', 'k8s-worker-1', '1');
  const program = await launch({ args: ['--cluster', lab.client.cluster] });
  const { page } = program;
  await whenDrawn(page, ['k8s-master', 'k8s-worker-1', 'k8s-worker-2']);
  await choose(page, 'node-k8s-worker-1');
  const inspector = inspectorOf(page);
  await expect(inspector).toContainText(/MaxSessions (is )?1\b.*set MaxSessions 10 in its sshd_config/);
  await expect(page.getByTestId('graph-summary')).toContainText('eth0 ⇄ calid9d486e54a8');
  await inspector.getByTestId('open-terminal-node').click();
  await expect(page.getByTestId('terminal-ended')).toContainText(/MaxSessions/);
  // Nothing is followed there, so nothing ticks: that is no silence of the node's (5 s).
  const drawn = Date.now();
  const shown: string[] = [];
  const lookFor8s = async (): Promise<boolean> => {
    shown.push(await inspector.innerText());
    return Date.now() - drawn > 8_000;
  };
  await expect.poll(lookFor8s, { timeout: 15_000, intervals: [500] }).toBe(true);
  expect(shown.filter((text) => !/connected/.test(text) || /stopped answering|stale/.test(text))).toEqual([]);
});

test('missing tools are named', async ({ lab, launch }) => {
  await lab.fault('hide-tool', 'k8s-worker-1', 'birdcl');
  await lab.fault('hide-tool', 'k8s-worker-2', 'ip');
  const { page } = await launch({ args: ['--cluster', lab.client.cluster] });
  await whenDrawn(page, ['k8s-master', 'k8s-worker-1', 'k8s-worker-2']);
  await choose(page, 'node-k8s-worker-1');
  await expect(inspectorOf(page)).toContainText(/birdcl/);
  await choose(page, 'node-k8s-worker-2');
  await expect(inspectorOf(page)).toContainText(/\bip\b.*(not installed|missing|not there|install)/);
});

test('with fewer rights discovery works and says what it could not know', async ({ lab, launch }) => {
  const { page } = await launch({ args: ['--cluster', lab.client.clusterRights] });
  await whenDrawn(page, ['k8s-master', 'k8s-worker-1', 'k8s-worker-2']);
  const summary = page.getByTestId('graph-summary');
  // Tier 2, root through one wrapper: both ends of the veth pair are known.
  await expect(summary).toContainText(
    'Pod default/c2c-network-demo on k8s-worker-1, 192.168.1.2, eth0 ⇄ calid9d486e54a8',
  );
  // Tier 0: the Pod by its address and its host end, never an invented inside.
  await expect(summary).toContainText(
    /Pod default\/c2c-network-demo-w2 on k8s-worker-2, 192\.168\.2\.3, .*calia4d5046802b/,
  );
  await choose(page, 'node-k8s-worker-1');
  await expect(inspectorOf(page)).toContainText(/\(tier 2\)/);
  await choose(page, 'node-k8s-worker-2');
  await expect(inspectorOf(page)).toContainText(/plain user \(tier 0\)/);
  await expect(inspectorOf(page)).toContainText(
    /inside of Pods on k8s-worker-2 is unknown to this login: only root may look/,
  );
  // What was not permitted is said where one looks for it, and is never an empty answer.
  await choose(page, 'tree-pod-c2c-network-demo-w2');
  await expect(inspectorOf(page).locator('.kv')).toContainText(
    'The inside of Pods on k8s-worker-2 is unknown to this login',
  );
  await page.getByTestId('dock-tab-bgp').click();
  await expect(page.getByTestId('bgp-silent')).toContainText(
    /k8s-worker-2 .*this login may not read its socket/,
  );
});

test('through a jump host that ~/.ssh/config knows', async ({ lab, launch, launcher }) => {
  const home = await launcher.staged.freshFolder('home');
  await launcher.staged.writeFor(home, '.ssh/config', await readFile(lab.client.sshConfig, 'utf8'));
  const { page } = await launch({ home, args: ['--cluster', lab.client.clusterJump] });
  await whenDrawn(page, ['k8s-master', 'k8s-worker-1', 'k8s-worker-2']);
});
