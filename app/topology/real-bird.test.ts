// Whose birdcl a discovery runs, on the real kernel: a program of a container must not get our rights. Needs root.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { addNamespace, ownPrefix } from '../probe/testing/real-namespace.ts';
import { parseBirdProtocols } from '../probe/birdcl-protocols.ts';
import { discover, ip, until } from './testing/real-node.ts';

const node = ownPrefix('bird');
const running: ChildProcess[] = [];
let scratch = '';
let birdcl = '';
let holder = 0;
let socket: Server;

const start = (command: string, ...words: string[]): number => {
  const child = spawn(command, words, { stdio: 'ignore' });
  running.push(child);
  return child.pid ?? 0;
};

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'hopscope-bird-'));
  birdcl = execFileSync('sh', ['-c', 'command -v birdcl'], { encoding: 'utf8' }).trim();
  mkdirSync(join(scratch, 'calico'));
  socket = createServer().listen(join(scratch, 'calico/bird.ctl'));
  copyFileSync('/bin/sleep', join(scratch, 'bird'));
  const program = `#!/bin/sh\necho ran >>${scratch}/ran\necho 'BIRD 1.6.8 ready.'\n`;
  writeFileSync(join(scratch, 'birdcl'), program, { mode: 0o755 });
  execFileSync('chmod', ['755', join(scratch, 'bird')]);
  addNamespace(node);
  // A node without birdcl, with Calico's socket: as where calico-node runs.
  const script = `mount --bind /dev/null ${birdcl} && mount -t tmpfs tmpfs /run && mkdir /run/calico &&
    mount --bind ${scratch}/calico /run/calico && touch ${scratch}/ready && exec sleep 120`;
  const own = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script];
  holder = start('nsenter', `--net=/run/netns/${node}`, ...own);
  await until(() => existsSync(join(scratch, 'ready')));
});

afterEach(() => {
  for (const child of running.splice(1)) child.kill('SIGKILL');
  rmSync(join(scratch, 'ran'), { force: true });
  rmSync(join(scratch, 'lives'), { force: true });
});

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  socket.close();
  ip('netns', 'del', node);
  rmSync(scratch, { recursive: true });
});

async function birdIn(namespaces: readonly string[], before = ''): Promise<void> {
  const script = `mount --bind ${scratch}/birdcl ${birdcl} && touch ${scratch}/lives && exec ${before} ${scratch}/bird 120`;
  const own = ['unshare', '--mount', ...namespaces, 'sh', '-c', script];
  const pid = start('nsenter', '-t', `${holder}`, '--mount', '--net', ...own);
  const children = (): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const comm = (): string => readFileSync(`/proc/${children().split(' ')[0] || pid}/comm`, 'utf8').trim();
  await until(() => existsSync(join(scratch, 'lives')) && comm() === 'bird');
}

it.each(['iso long ms', '"%b %d %H:%M"', '"at %H:%M"'])(
  'knows its sessions whatever the time format %s makes of “Since”',
  async (format) => {
    const [conf, control] = [join(scratch, 'bird.conf'), join(scratch, 'own.ctl')];
    writeFileSync(
      conf,
      `router id 10.0.0.1;\ntimeformat protocol ${format};\nprotocol device {}\n` +
        'protocol bgp Waits { passive; local 127.0.0.1 as 65000; neighbor 127.0.0.2 as 65000; ipv4 {}; }\n' +
        'protocol bgp Off { disabled; local 127.0.0.1 as 65000; neighbor 127.0.0.3 as 65000; ipv4 {}; }\n',
    );
    const pid = start('nsenter', `--net=/run/netns/${node}`, 'bird', '-f', '-c', conf, '-s', control);
    await until(() => existsSync(control));
    const ask = ['-r', '-s', control, 'show', 'protocols', 'all'];
    const sessions = () => parseBirdProtocols(execFileSync(birdcl, ask, { encoding: 'utf8' })).protocols;
    // Its socket is there before its sessions have begun.
    await expect
      .poll(() => sessions().map(({ name, state, info }) => [name, state, info]))
      .toEqual([
        ['Waits', 'start', 'Passive'],
        ['Off', 'down', ''],
      ]);
    for (const { since } of sessions()) expect(since).toMatch(/^\S.*\d\d:\d\d\S*$/);
    process.kill(pid);
    await until(() => !existsSync(control));
  },
);

const read = () => discover('node', '-t', `${holder}`, '--mount', '--net').bird?.value;

it.each([
  ['of its own mount namespace', []],
  ['of its own mount and PID namespaces, as calico-node is', ['--pid', '--fork', '--kill-child']],
])('asks the birdcl of a bird %s, which else stands where we do', async (_, namespaces) => {
  await birdIn(namespaces);
  expect(read()).toMatchObject({ state: 'running', version: '1.6.8' });
  expect(existsSync(join(scratch, 'ran'))).toBe(true);
});

it.each([
  ['another network namespace', ['--net'], ''],
  ['another PID and network namespace', ['--net', '--pid', '--fork', '--kill-child'], ''],
  ['another user namespace', ['--user', '--map-root-user'], ''],
  ['fewer capabilities', [], 'setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace'],
  ['another user', [], 'setpriv --reuid 65534'],
])('never runs the birdcl of a process named bird with %s', async (_, namespaces, before) => {
  await birdIn(namespaces, before);
  expect(read()?.state).not.toBe('running');
  expect(existsSync(join(scratch, 'ran'))).toBe(false);
});
