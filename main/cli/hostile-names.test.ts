// A node that names things as an attacker would: devices, a network namespace, a process, a machine, routes through all of
// them. What is printed of it holds no escape sequence, is JSON, and nothing of it was executed, there or here.
import { execFile } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { discoverDocumentSchema } from '../../app/contract/discover-document.ts';
import { startLab, type Lab } from '../engine/testing/lab.ts';
import { CLI } from '../testing/programs.ts';

const NODE = 'k8s-worker-1';
const ESC = '\u001b';
/** As long as the kernel takes them: 15 bytes, no white space, no slash. */
const DEVICES = [
  `${ESC}[31mred${ESC}[0m`,
  '$(touch${IFS}x)',
  '`id>x`',
  '"quote\'d\\',
  '-rf',
  '<img>&amp;',
  '{"a",[',
  'ü→\u202e',
];
/** Run on the node, each would leave a file there; here, in the folder that we run in. */
const TRACES = ['/x', '/root/x', '/proc/x', '/pwned'];
const NETNS = '$(touch pwned)';
const LONGEST = `w${'-x'.repeat(31)}`;
/** No API server takes them all: what one says is not believed. */
const LABELS: Readonly<Record<string, string>> = {
  'odd.example.org/markup': '<img onerror=x>&amp;$(touch /x)',
  'odd.example.org/esc': `${ESC}[2J\u202e`,
  [`${'p'.repeat(253)}/${'n'.repeat(63)}`]: 'v'.repeat(63),
  'odd.example.org/long': 'v'.repeat(64),
};

let lab: Lab;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-hostile-'));
  lab = await startLab('hostile', '--nodes', '2', '--pods', '1');
  // First: its device has a number of its own that others would take.
  const labels = Object.entries(LABELS).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  await lab.run('pod', 'add', LONGEST, '--node', NODE, ...labels);
  for (const name of DEVICES) {
    await lab.exec(NODE, 'ip', 'link', 'add', 'name', 'odd0', 'type', 'bridge');
    await lab.exec(NODE, 'ip', 'link', 'set', 'dev', 'odd0', 'name', name);
    await lab.exec(NODE, 'ip', 'link', 'set', 'dev', name, 'up');
  }
  // Routes and neighbours by them, names of a namespace and of processes, and the machine's own.
  await lab.exec(NODE, 'ip', 'addr', 'add', '198.51.100.1/24', 'dev', DEVICES[0] ?? '');
  await lab.exec(
    NODE,
    'ip',
    'neigh',
    'add',
    '198.51.100.9',
    'lladdr',
    '02:00:00:00:00:09',
    'dev',
    DEVICES[0] ?? '',
  );
  await lab.exec(NODE, 'ip', 'netns', 'add', NETNS);
  const odd = `printf '\\033[2J\`id\`' >/proc/$$/comm; sleep 300 & wait`;
  const inside = 'setsid ip netns exec "$0" sh -c "$1" </dev/null >/dev/null 2>&1 &';
  await lab.exec(NODE, 'sh', '-c', inside, NETNS, odd);
  const hostname = 'a;touch /pwned;$(touch /pwned)';
  // Past the tool, which takes no such name.
  await lab.exec(NODE, 'sh', '-c', 'printf "%s" "$0" >/proc/sys/kernel/hostname', hostname);
}, 90_000);
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function discover(...words: string[]): Promise<Run> {
  const args = [...CLI, 'discover', '--cluster', lab.clusterFile, ...words];
  const env = { ...process.env, HOME: folder, SSH_AUTH_SOCK: '' };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { env, timeout: 60_000 }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** Control characters other than the line's end, and what turns text around (Unicode TR 36). */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

it('is told whole, as text and as JSON, and executes nothing', async () => {
  const json = await discover('--json', '--audit', join(folder, 'audit.jsonl'));
  expect(json.stderr).not.toMatch(UNSAFE);
  const document = discoverDocumentSchema.parse(JSON.parse(json.stdout));
  const node = document.nodes.find(({ name }) => name === NODE);
  const names = node?.interfaces.map(({ name }) => name) ?? [];
  for (const name of DEVICES) expect(names).toContain(name);
  const labels = Object.entries(LABELS).filter(([, value]) => value.length <= 63);
  expect(labels).toHaveLength(3);
  expect(document.pods.find(({ name }) => name === LONGEST)?.labels).toEqual({
    app: LONGEST,
    ...Object.fromEntries(labels),
  });

  const text = await discover();
  expect(text.stdout).not.toMatch(UNSAFE);
  expect(text.stderr).not.toMatch(UNSAFE);
  for (const name of ['$(touch${IFS}x)', '`id>x`', '-rf', '<img>&amp;'])
    expect(text.stdout).toContain(`: ${name} `);
  expect(text.stdout).toContain(LONGEST);

  for (const path of TRACES) {
    const there = await lab.exec(NODE, 'sh', '-c', 'ls -d "$0" 2>/dev/null || :', path);
    expect(there).toBe('');
  }
  for (const path of ['pwned', 'x']) await expect(access(path)).rejects.toThrow('ENOENT');
}, 90_000);
