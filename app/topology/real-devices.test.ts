// Pods with more than one device, and processes with hostile names, on the real kernel. Needs root.
import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addNamespace, ownPrefix } from '../probe/testing/real-namespace.ts';
import { fact, inventoryOf, kubeNode } from './testing/scenario.ts';
import { discover, ip, topologyOf, until } from './testing/real-node.ts';

const prefix = ownPrefix('devices');
const node = `${prefix}-node`;
const pods = [`${prefix}-tunl0`, `${prefix}-net1`];
const running: ChildProcess[] = [];
const inode = (name: string): number => statSync(`/run/netns/${name}`).ino;
const read = (...before: string[]) => discover('a', `--net=/run/netns/${node}`, ...before);
/** As on a node whose namespaces have no names. */
const readNameless = () =>
  read('unshare', '--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /run/netns && exec "$@"', 'sh');

beforeAll(async () => {
  addNamespace(node);
  ip('-n', node, 'link', 'add', 'nic0', 'index', '30', 'type', 'bridge');
  ip('-n', node, 'link', 'set', 'nic0', 'up');
  for (const [at, pod] of pods.entries()) {
    const host = `caliprobe${at}`;
    const address = `192.168.9.${at + 2}`;
    addNamespace(pod);
    const far = ['peer', 'name', 'eth0', 'index', '3', 'netns', pod];
    ip('-n', node, 'link', 'add', host, 'index', `${40 + at}`, 'type', 'veth', ...far);
    ip('-n', node, 'link', 'set', host, 'up');
    ip('-n', node, 'route', 'add', address, 'dev', host, 'proto', '80');
    ip('-n', pod, 'link', 'set', 'eth0', 'up');
    ip('-n', pod, 'addr', 'add', `${address}/32`, 'dev', 'eth0');
    ip('-n', pod, 'route', 'add', '169.254.1.1', 'dev', 'eth0', 'scope', 'link');
    ip('-n', pod, 'route', 'add', 'default', 'via', '169.254.1.1', 'dev', 'eth0');
    running.push(spawn('ip', ['netns', 'exec', pod, 'sleep', '120'], { stdio: 'ignore' }));
  }
  const [tunl0 = '', net1 = ''] = pods;
  ip('-n', tunl0, 'link', 'add', 'tunl0', 'type', 'bridge');
  ip('-n', node, 'link', 'add', 'link', 'nic0', 'name', 'net1', 'netns', net1, 'type', 'macvlan');
  ip('-n', net1, 'link', 'set', 'net1', 'up');
  ip('-n', net1, 'addr', 'add', '10.77.0.5/24', 'dev', 'net1');
  await until(() => pods.every((pod) => ip('netns', 'pids', pod).trim() !== ''));
});

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const name of [node, ...pods]) ip('netns', 'del', name);
});

it.each([0, 1])('a /32 stays with eth0 beside a second device (%i), with an inventory and without', (at) => {
  const snapshot = read();
  const address = `192.168.9.${at + 2}`;
  const { bootId } = snapshot.meta;
  const listed = inventoryOf(fact({ ips: [address] }));
  const nodes = { a: { ...kubeNode('a'), bootId } };
  for (const inventory of [null, { ...listed, nodes }]) {
    const topology = topologyOf(snapshot, inventory);
    const pod = Object.values(topology.pods).find(({ ips }) => ips.includes(address));
    const inside = topology.interfaces[pod?.podInterfaceId ?? ''];
    expect(topology.netns[pod?.netnsId ?? '']?.inode).toBe(inode(pods[at] ?? ''));
    expect(inside).toMatchObject({ name: 'eth0', kind: 'veth', role: 'pod' });
    expect(inside?.addresses.map((one) => one.address)).toContain(address);
    expect(topology.interfaces[pod?.hostInterfaceId ?? '']?.name).toBe(`caliprobe${at}`);
  }
});

it('does not take a macvlan for a veth', () => {
  const topology = topologyOf(read());
  const net1 = Object.values(topology.interfaces).find(({ name }) => name === 'net1');
  expect(net1).toMatchObject({ kind: 'other', peer: { interfaceId: null, ifindex: 30 } });
  expect(net1?.peer?.why).toContain('macvlan');
  expect(net1?.addresses.map(({ address }) => address)).toContain('10.77.0.5');
});

it('learns the same numbers of namespaces from their names as from lsns', async () => {
  const named = read();
  let nameless = readNameless();
  // It gives up on a line break in a process's name: another test's may have one for a moment.
  await until(() => (nameless = readNameless()).nsids?.value?.lsnsFailed === false);
  expect(named.nsids?.value?.byInode).toEqual([]);
  expect(nameless.nsids?.value?.byName).toEqual([]);
  const inodes = new Map(pods.map((pod) => [pod, inode(pod)]));
  const numbers = named.nsids?.value?.byName
    .filter((one) => inodes.has(one.name))
    .map((one) => ({ nsid: one.nsid, inode: inodes.get(one.name) }));
  expect(numbers).toHaveLength(pods.length);
  expect(nameless.nsids?.value?.byInode).toEqual(expect.arrayContaining(numbers ?? []));
  expect([named.nsids?.sentence, nameless.nsids?.sentence]).toEqual([null, null]);
});

it('finds a namespace whose process has a line break in its name, and says that lsns gave up', async () => {
  const name = `${prefix}-broken`;
  addNamespace(name);
  // The shell itself keeps the name: it waits in a builtin for its stdin.
  const script = 'printf "a\\nb" >/proc/$$/comm; read -r _';
  const child = spawn('ip', ['netns', 'exec', name, 'sh', '-c', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  try {
    const listed = () => read().netns?.value?.namespaces.find((one) => one.inode === inode(name))?.process;
    await until(() => ip('netns', 'pids', name).trim() !== '' && /^a/.test(listed()?.comm ?? ''));
    expect(listed()).toMatchObject({ pid: child.pid, comm: 'ab' });
    const { nsids } = readNameless();
    expect([nsids?.state, nsids?.value?.lsnsFailed]).toEqual(['ok', true]);
    expect(nsids?.sentence).toContain('known in part only (lsns failed and does not say why)');
    expect(read().nsids?.sentence).toBeNull();
  } finally {
    child.kill('SIGKILL');
    await until(() => child.exitCode !== null || child.signalCode !== null);
    ip('netns', 'del', name);
  }
  expect(readNameless().nsids?.sentence).toBeNull();
});
