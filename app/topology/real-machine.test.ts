// The whole way on the real kernel: namespaces made here, the script under each shell, parsers, pairing. Needs root.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addNamespace, ownPrefix } from '../probe/testing/real-namespace.ts';
import { parseDiscovery } from '../probe/discovery.ts';
import { discoveryScript } from '../probe/discovery-script.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { buildTopology, emptyTopology } from './build.ts';
import type { Topology } from './model.ts';

const prefix = ownPrefix('probe');
const nodeName = `${prefix}-node`;
const podNames = [`${prefix}-pod1`, `${prefix}-pod2`];
// The script sees every process of the machine: another run's Pods must not have the addresses of these.
const block = `192.168.${process.pid % 256}`;
const nonce = 'n0nce0n0nce0n0nce0';
const processes: ChildProcess[] = [];

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });
const inode = (name: string): number =>
  Number(execFileSync('stat', ['-L', '-c', '%i', `/run/netns/${name}`], { encoding: 'utf8' }));

/** What the script prints; it ends by itself long before the limit. */
function print(shell: readonly string[], user: readonly string[] = []): Buffer {
  return execFileSync('nsenter', [`--net=/run/netns/${nodeName}`, ...user, ...shell], {
    input: discoveryScript({ nonce }),
    maxBuffer: 64_000_000,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 9_000,
    killSignal: 'SIGKILL',
  });
}

function discover(shell: readonly string[], user: readonly string[] = []): NodeSnapshot {
  return parse(print(shell, user));
}

function parse(output: Buffer): NodeSnapshot {
  const parsed = parseDiscovery(output, { nonce, nodeLabel: 'node', seenAt: 1 });
  if (!parsed.ok) throw new Error(`${parsed.failure.sentence} ${parsed.failure.detail}`);
  return parsed.value;
}

function build(snapshot: NodeSnapshot): Topology {
  return buildTopology(emptyTopology('test'), {
    cluster: 'test',
    readings: { node: { snapshot, hostKeyFingerprint: 'SHA256:test' } },
    inventory: null,
    deletions: [],
    endedLabels: [],
    evidence: [],
    warnings: [],
  });
}

beforeAll(async () => {
  addNamespace(nodeName);
  ip('-n', nodeName, 'link', 'set', 'lo', 'up');
  // A route of another table and a rule, so that these are read too.
  ip('-n', nodeName, 'rule', 'add', 'from', '10.9.0.0/16', 'lookup', '77', 'priority', '500');
  for (const [at, pod] of podNames.entries()) {
    addNamespace(pod);
    // Both Pods' eth0 get the same ifindex, and so do all Pods of a real node sooner or later.
    ip(
      '-n',
      nodeName,
      'link',
      'add',
      `caliprobe${at}`,
      'index',
      `${40 + at}`,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'index',
      '3',
      'netns',
      pod,
    );
    for (const words of [
      ['link', 'set', 'lo', 'up'],
      ['link', 'set', 'eth0', 'up'],
      ['addr', 'add', `${block}.${at + 2}/32`, 'dev', 'eth0'],
    ])
      ip('-n', pod, ...words);
    ip('-n', nodeName, 'link', 'set', `caliprobe${at}`, 'up');
    ip('-n', nodeName, 'route', 'add', `${block}.${at + 2}`, 'dev', `caliprobe${at}`, 'proto', '80');
    processes.push(spawn('ip', ['netns', 'exec', pod, 'sleep', '120'], { stdio: 'ignore' }));
  }
  // `ip netns exec` becomes sleep inside the namespace within milliseconds; wait for it, not for a time.
  for (let tries = 0; tries < 100; tries += 1) {
    if (podNames.every((pod) => ip('netns', 'pids', pod).trim() !== '')) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('no process appeared in the namespaces');
});

afterAll(() => {
  for (const child of processes) child.kill('SIGKILL');
  for (const name of [nodeName, ...podNames]) ip('netns', 'del', name);
});

const SHELLS = [
  ['dash', ['dash', '-s']],
  ['bash', ['bash', '-s']],
  ['BusyBox ash', ['busybox', 'sh', '-s']],
] as const;

describe.each(SHELLS)('under %s', (_, shell) => {
  it('pairs each Pod with its own host device, though all ifindexes inside are the same', () => {
    const topology = build(discover(shell));
    for (const [at, pod] of podNames.entries()) {
      const netns = Object.values(topology.netns).find((one) => one.inode === inode(pod));
      const inside = Object.values(topology.interfaces).find(
        (one) => one.netnsId === netns?.id && one.name === 'eth0',
      );
      const host = topology.interfaces[inside?.peer?.interfaceId ?? ''];
      expect(inside).toMatchObject({
        ifindex: 3,
        role: 'pod',
        kind: 'veth',
        addresses: [{ address: `${block}.${at + 2}` }, { scope: 'link' }],
      });
      expect(host).toMatchObject({
        name: `caliprobe${at}`,
        ifindex: 40 + at,
        role: 'workload',
        operstate: 'UP',
      });
      expect(host?.peer).toMatchObject({
        interfaceId: inside?.id,
        ifindex: 3,
        proofs: ['link-netnsid', 'mutual-ifindex', 'host-route'],
      });
      expect(Object.values(topology.pods).filter(({ netnsId }) => netnsId === netns?.id)).toMatchObject([
        { ips: [`${block}.${at + 2}`], namespace: null },
      ]);
    }
  });

  it('reads routes and rules, and says nothing on stderr', () => {
    const snapshot = discover(shell);
    expect(snapshot.routes4?.value?.filter(({ proto }) => proto === '80').map(({ dst }) => dst)).toEqual([
      `${block}.2/32`,
      `${block}.3/32`,
    ]);
    expect(snapshot.rules4?.value).toContainEqual(
      expect.objectContaining({
        priority: 500,
        family: 4,
        text: 'from 10.9.0.0/16 lookup 77',
        table: '77',
      }),
    );
    expect(snapshot.cutOff).toBeNull();
    const stderr = snapshot.evidence.filter(({ state }) => state === 'failed' || state === 'missing-tool');
    expect(stderr).toEqual([]);
  });

  it('asks only for the parts that are wanted', () => {
    const script = discoveryScript({ nonce, parts: ['routes'] });
    const [command = '', ...words] = shell;
    const parsed = parseDiscovery(execFileSync(command, words, { input: script }), {
      nonce,
      nodeLabel: 'node',
      seenAt: 1,
    });
    expect(
      parsed.ok && [parsed.value.routes4?.state, parsed.value.links, parsed.value.pods, parsed.value.bird],
    ).toEqual(['ok', null, null, null]);
  });
});

it('manages with nothing but BusyBox’s tools: no JSON, no nanoseconds, no other ends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-busybox-'));
  try {
    execFileSync('busybox', ['--install', '-s', folder]);
    const snapshot = discover(['sh', '-s'], ['env', `PATH=${folder}`]);
    expect(snapshot.evidence.find(({ id }) => id === 'node/links')?.command).toBe('ip addr show');
    expect(snapshot.links?.value?.map(({ name }) => name)).toEqual(['lo', 'caliprobe0', 'caliprobe1']);
    expect(snapshot.routes4?.value?.find(({ dst }) => dst === `${block}.2/32`)?.proto).toBe('unknown');
    const hosts = Object.values(build(snapshot).interfaces).filter(({ role }) => role === 'workload');
    expect(hosts.map(({ name, peer }) => [name, peer?.ifindex, peer?.proofs])).toEqual([
      ['caliprobe0', 3, ['host-route']],
      ['caliprobe1', 3, ['host-route']],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe.each(SHELLS)('a container that stands its own files at /sys/class/net, under %s', (_, shell) => {
  const secret = join(tmpdir(), `hopscope-secret-${process.pid}`);
  const forged = '==> 1/root/sys/class/net/eth0/mtu <==';
  afterAll(() => rmSync(secret, { force: true }));

  it.each([
    ['a FIFO, which holds whoever opens it', 'mkdir eth0 && mkfifo eth0/ifindex'],
    ['a link to a file of the node', `mkdir eth0 && ln -s ${secret} eth0/ifindex`],
    ['a link to the node’s own devices', 'ln -s /sys/class/net/lo eth0'],
    ['a file of its own', `mkdir eth0 && echo '${forged}' >eth0/ifindex`],
    ['a name with a line break', `n="$(printf 'x\\n==> 1')" && mkdir "$n" && echo forged >"$n/ifindex"`],
    // Within the sysfs that is its own: what is mounted upon a file is not of it.
    [
      'a file upon the kernel’s own',
      `cd / && umount /sys/class/net && mount --bind ${secret} /sys/class/net/eth9/ifindex`,
    ],
  ])('is not read by: %s', async (_name, make) => {
    writeFileSync(secret, 'what only root may read\n', { mode: 0o600 });
    const script = `ip link add eth9 type bridge && mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /sys/class/net &&
      cd /sys/class/net && ${make} && echo ready && exec sleep 60`;
    const own = ['unshare', '--mount', '--propagation', 'private', '--net', 'sh', '-c', script];
    const words = [`--net=/run/netns/${nodeName}`, ...own];
    const child = spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const output = print(shell);
      const snapshot = parse(output);
      const podsys = snapshot.evidence.find(({ id }) => id === 'node/podsys');
      expect([podsys?.state, podsys?.exitStatus]).toEqual(['ok', 0]);
      const pid = child.pid ?? 0;
      expect(snapshot.pods?.value?.map((one) => one.pid)).toContain(pid);
      const text = output.toString();
      // It was looked at, and nothing but what the kernel says was read.
      expect(text).toMatch(new RegExp(`^sys \\d+ ${pid}$`, 'm'));
      for (const word of ['what only root', forged, 'forged', `==> ${pid}/root/sys/class/net/eth0`])
        expect(text).not.toContain(word);
      expect(text).not.toMatch(new RegExp(`==> ${pid}/root/sys/class/net/eth9/ifindex`));
      // The other Pods are read all the same.
      const pod = snapshot.pods?.value?.find((one) => one.addresses[0] === `${block}.2`);
      expect(pod?.links.find(({ name }) => name === 'eth0')).toMatchObject({ mtu: 1500, operstate: 'UP' });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});

it('tells a plain user what it may not see, and finds the Pods by their routes', () => {
  const snapshot = discover(['sh', '-s'], ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']);
  expect([snapshot.pods?.state, snapshot.netns?.state]).toEqual(['not-permitted', 'not-permitted']);
  const pods = Object.values(build(snapshot).pods);
  expect(pods.map(({ name, ips }) => [name, ips]).sort()).toEqual([
    ['behind caliprobe0', [`${block}.2`]],
    ['behind caliprobe1', [`${block}.3`]],
  ]);
});

it('reads the oldest pids where there are more namespaces than it reads, and counts the others', () => {
  const script = discoveryScript({ nonce }).replace('most=1000', 'most=1');
  const snapshot = parse(
    execFileSync('nsenter', [`--net=/run/netns/${nodeName}`, 'sh', '-s'], {
      input: script,
      maxBuffer: 64_000_000,
    }),
  );
  const others = (snapshot.netns?.value?.namespaces ?? [])
    .filter((one) => one.inode !== snapshot.meta.rootInode)
    .map(({ process: { pid } }) => pid);
  expect(others.length).toBeGreaterThan(podNames.length);
  expect(snapshot.pods?.value?.map(({ pid }) => pid)).toEqual([Math.min(...others)]);
  expect(snapshot.pods?.sentence).toContain(
    `of ${others.length - 1} network namespaces on node was not read`,
  );
});

it('leaves no process behind and the node as it was', async () => {
  // IPv6's own routes still move while a young device's addresses are checked for duplicates.
  const state = (): string =>
    [
      ip('-4', '-n', nodeName, 'route', 'show', 'table', 'all'),
      ip('-n', nodeName, 'rule'),
      ip('netns', 'pids', nodeName),
    ].join('\n');
  // A process that has just ended may still be listed for a moment, one of an earlier test before this one begins.
  await expect.poll(() => ip('netns', 'pids', nodeName), { timeout: 5_000 }).toBe('');
  const before = state();
  discover(['sh', '-s']);
  await expect.poll(state, { timeout: 5_000 }).toBe(before);
});
