// Commands that answer from pasted output as from a cluster, run here as the command line runs them.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { bgpCommand } from './bgp.ts';
import { doctorCommand } from './doctor.ts';
import { firewallCommand } from './firewall.ts';
import { routeCommand } from './route.ts';
import { traceCommand } from './trace.ts';
import { whatIfCommand } from './what-if.ts';

const fixture = (path: string): string => fileURLToPath(new URL(`../../app/${path}`, import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-paste-'));
  await cp(fixture('paste/fixtures/walkthrough'), folder, { recursive: true });
  await cp(
    fixture('probe/fixtures/firewall/iptables-nft-save.txt'),
    join(folder, 'k8s-worker-1.iptables-save.txt'),
  );
  await writeFile(
    join(folder, 'k8s-worker-1.calicoctl-node-status.txt'),
    [
      '$ calicoctl node status',
      'Calico process is running.',
      '',
      'IPv4 BGP status',
      '+--------------+-------------------+-------+----------+---------+',
      '| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |  INFO   |',
      '+--------------+-------------------+-------+----------+---------+',
      '| 10.12.22.152 | node-to-node mesh | start | 09:16:44 | Connect |',
      '+--------------+-------------------+-------+----------+---------+',
      '',
    ].join('\n'),
  );
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function run(command: Command, ...words: string[]) {
  const source = words.includes('--paste') ? [] : ['--paste', folder];
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text);
      return true;
    });
  try {
    await command.parseAsync([...words, ...source], { from: 'user' });
    return { ...said, code: process.exitCode };
  } finally {
    vi.restoreAllMocks();
  }
}

it('hopscope route: from every node which route matches, why the others lose, and what was not pasted', async () => {
  const { code, stdout, stderr } = await run(routeCommand(), '192.168.2.3');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^k8s-worker-1 +192\.168\.2\.3 goes by ens192 to 10\.12\.22\.152 \(k8s-worker-2\)\. +192\.168\.2\.0\/24 via 10\.12\.22\.152 dev ens192/m,
  );
  expect(stdout).toMatch(/^k8s-worker-2 +192\.168\.2\.3 goes straight out of calia4d5046802b/m);
  expect(stdout).toMatch(
    /blackhole 192\.168\.2\.0\/24 .*maybe-throw +Its prefix is shorter: \/24 against \/32\./,
  );
  expect(stdout).toContain('note: Policy rules were not read');
});

it('hopscope doctor: what is wrong with the lines that prove it, what was not looked for and why; exit code 1 on an error', async () => {
  const told = await run(doctorCommand());
  expect(told.code).toBe(1);
  expect(told.stdout).toMatch(/^1\. ERROR {2}The BGP session .* is not up\n/);
  expect(told.stdout).toContain('| 10.12.22.152 | node-to-node mesh | start | 09:16:44 | Connect |');
  expect(told.stdout).toContain('   to mend it: ');
  expect(told.stdout).toMatch(
    /not looked for everywhere: The settings of .* were not read\.\sWithout it:\sip-forward-off/s,
  );
  const { stdout, code } = await run(doctorCommand(), '--json');
  const document = JSON.parse(stdout) as Record<string, unknown>;
  expect(code).toBe(1);
  expect(document).toMatchObject({
    schema: 1,
    findings: [
      {
        id: 'bgp-not-established',
        severity: 'error',
        where: { node: 'k8s-worker-1', interface: null, pod: null },
        consequences: [],
      },
    ],
  });
  expect(Object.keys((document['findings'] as { evidence: object[] }[])[0]?.evidence[0] ?? {})).toEqual([
    'node',
    'command',
    'output',
    'at',
  ]);
});

it('hopscope doctor: hints, one way alone, and what is gone since an earlier --json', async () => {
  const earlier = join(folder, '..', `${basename(folder)}-earlier.json`);
  await writeFile(earlier, (await run(doctorCommand(), '--json')).stdout);
  try {
    const again = await run(doctorCommand(), '--compare', earlier);
    expect(again).toMatchObject({ code: 1, stderr: '' });
    expect(again.stdout).toMatch(/^The one finding is still there\.\n {2}still bgp-not-established: /);
  } finally {
    await rm(earlier);
  }
  const hints = ['--hint', 'tcp-only', '--hint', 'from-node=k8s-worker-1'];
  const { stdout } = await run(doctorCommand(), '192.168.1.2', '192.168.2.3', ...hints);
  expect(stdout).toMatch(/^default\/c2c-network-demo → default\/c2c-network-demo-w2: /);
  expect(stdout).toContain('With the hint ping works, TCP does not; only from k8s-worker-1: ');
  expect(stdout).toContain('   contradicts “ping works, TCP does not”: It would stop ping as well');
  expect(stdout).toContain('   can explain “only from k8s-worker-1”: It is at k8s-worker-1.');
});

it('hopscope what-if: who would lose the path; hopscope trace --compare: what is another', async () => {
  const paste = ['--paste', fixture('paste/fixtures/walkthrough')];
  const lost = await run(whatIfCommand(), '--link', 'k8s-worker-1:ens192', ...paste);
  expect(lost).toMatchObject({ code: 1, stderr: '' });
  expect(lost.stdout).toMatch(/^Without ens192 of k8s-worker-1: 2 Pod pairs would lose their path/);
  const way = ['192.168.1.2', '192.168.2.3'] as const;
  const earlier = join(folder, '..', `${basename(folder)}-trace.json`);
  await writeFile(earlier, (await run(traceCommand(), ...way, '--json')).stdout);
  try {
    const { stdout } = await run(traceCommand(), ...way, '--compare', earlier);
    expect(stdout).toMatch(/^Nothing is another: /);
  } finally {
    await rm(earlier);
  }
});

it('hopscope firewall and bgp: what was pasted, and what to paste where nothing was', async () => {
  const web = await run(firewallCommand(), 'k8s-worker-1', '--service', 'shop/web', '--json');
  expect(JSON.parse(web.stdout)).toMatchObject({ mode: 'iptables', found: 4 });
  expect(await run(firewallCommand(), 'k8s-worker-2')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'hopscope: Nothing of k8s-worker-2’s packet filters was pasted: paste what “iptables-save -c” prints there.\n',
  });
  const bgp = await run(bgpCommand());
  expect([bgp.code, bgp.stderr]).toEqual([1, '']);
  expect(bgp.stdout).toMatch(/^down {2}k8s-worker-1 – k8s-worker-2$/m);
  await rm(join(folder, 'k8s-worker-1.calicoctl-node-status.txt'));
  const silent = await run(bgpCommand());
  expect(silent.code).toBe(2);
  expect(silent.stderr).toMatch(
    /^hopscope: Nothing of BGP on k8s-worker-1, k8s-worker-2 was pasted: paste what/,
  );
});

it('a paste that holds nothing of a node answers no question about nodes, and says so', async () => {
  const only = join(folder, 'only');
  await mkdir(only);
  await writeFile(
    join(only, 'pods.txt'),
    'NAME    READY   STATUS    RESTARTS   AGE   IP            NODE\nweb-1   1/1     Running   0          5m    192.168.1.2   w1\n',
  );
  for (const [command, ...words] of [[routeCommand(), '192.168.2.3'], [bgpCommand()]] as const) {
    const { code, stdout, stderr } = await run(command, ...words, '--paste', only);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^hopscope: Nothing of any node was pasted/);
  }
});
