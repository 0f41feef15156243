// The whole way on the real kernel: namespaces made here, the script under each shell, parsers, pairing. Needs root.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDiscovery } from '../probe/discovery.ts';
import { discoveryScript } from '../probe/discovery-script.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { buildTopology, emptyTopology } from './build.ts';
import type { Topology } from './model.ts';

const prefix = `hopscope-probe-${process.pid}`;
const nodeName = `${prefix}-node`;
const podNames = [`${prefix}-pod1`, `${prefix}-pod2`];
// The script sees every process of the machine: another run's Pods must not have the addresses of these.
const block = `192.168.${process.pid % 256}`;
const nonce = 'n0nce0n0nce0n0nce0';
const processes: ChildProcess[] = [];

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });
const inode = (name: string): number =>
  Number(execFileSync('stat', ['-L', '-c', '%i', `/run/netns/${name}`], { encoding: 'utf8' }));

function discover(shell: readonly string[], user: readonly string[] = []): NodeSnapshot {
  const words = [`--net=/run/netns/${nodeName}`, ...user, ...shell];
  const input = discoveryScript({ nonce });
  const output = execFileSync('nsenter', words, {
    input,
    maxBuffer: 64_000_000,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
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
  ip('netns', 'add', nodeName);
  ip('-n', nodeName, 'link', 'set', 'lo', 'up');
  // A route of another table and a rule, so that these are read too.
  ip('-n', nodeName, 'rule', 'add', 'from', '10.9.0.0/16', 'lookup', '77', 'priority', '500');
  for (const [at, pod] of podNames.entries()) {
    ip('netns', 'add', pod);
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

describe.each([
  ['dash', ['dash', '-s']],
  ['bash', ['bash', '-s']],
  ['BusyBox ash', ['busybox', 'sh', '-s']],
])('under %s', (_, shell) => {
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
    expect(snapshot.rules4?.value).toContainEqual({
      priority: 500,
      family: 4,
      text: 'from 10.9.0.0/16 lookup 77',
      table: '77',
    });
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
    const hosts = Object.values(build(snapshot).interfaces).filter(({ role }) => role === 'workload');
    expect(hosts.map(({ name, peer }) => [name, peer?.ifindex, peer?.proofs])).toEqual([
      ['caliprobe0', 3, ['host-route']],
      ['caliprobe1', 3, ['host-route']],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
