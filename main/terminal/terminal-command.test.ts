import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { kubectlExecCommand, nodeShellCommand, podShellCommand } from './terminal-command.ts';

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(command: string, args: string[], detached = false): ChildProcess {
  const child = spawn(command, args, {
    detached,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, SHELL: '/bin/sh' },
  });
  started.push(child);
  return child;
}

/** Pids of the session `sid`, from field 6 of /proc/PID/stat. */
function session(sid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, , , own] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return own === String(sid) && state !== 'Z' ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

async function until(what: string, condition: () => boolean, ms = 8000): Promise<number> {
  const began = performance.now();
  while (!condition()) {
    if (performance.now() - began > ms) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(20);
  }
  return performance.now() - began;
}

async function output(child: ChildProcess, expected: RegExp): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(`${expected.source} in ${text}`, () => expected.test(text));
  return text;
}

/** Not installed everywhere; what they cannot read is asserted in any case. */
const others = ['/usr/bin/tcsh', '/usr/bin/fish'].filter((path) => existsSync(path));

describe.each(['dash', 'bash', 'busybox', ...others])('a terminal whose login shell is %s', (name) => {
  const shell = (script: string): ChildProcess =>
    start(name, name === 'busybox' ? ['sh', '-c', script] : ['-c', script], true);

  it('ends with everything in it when the guard is gone', async () => {
    const guard = start('sleep', ['60']);
    const terminal = shell(nodeShellCommand(guard.pid ?? 0));
    terminal.stdin?.write('sleep 4711 & nohup sleep 4712 >/dev/null & echo ready-$((1+1))\n');
    await output(terminal, /ready-2/);
    const sid = terminal.pid ?? 0;
    expect(session(sid).length).toBeGreaterThanOrEqual(3);
    guard.kill('SIGKILL');
    const took = await until('the session is empty', () => session(sid).length === 0);
    console.log(`terminal under ${name}: gone ${took.toFixed(0)} ms after its guard`);
  }, 20_000);

  it('leaves no companion behind when the operator types exit', async () => {
    const guard = start('sleep', ['60']);
    const terminal = shell(nodeShellCommand(guard.pid ?? 0));
    terminal.stdin?.write('echo ready-$((1+1))\n');
    await output(terminal, /ready-2/);
    terminal.stdin?.write('exit\n');
    await until('the session is empty', () => session(terminal.pid ?? 0).length === 0);
    expect(guard.exitCode).toBeNull();
  }, 20_000);
});

describe.each(['bash', 'busybox sh'])('a terminal where /bin/sh is %s', (name) => {
  it('ends with everything in it when the guard is gone', async () => {
    const guard = start('sleep', ['60']);
    const command = nodeShellCommand(guard.pid ?? 0).replace('/bin/sh', name);
    const terminal = start('dash', ['-c', command], true);
    terminal.stdin?.write('nohup sleep 4713 >/dev/null & echo ready-$((1+1))\n');
    await output(terminal, /ready-2/);
    const sid = terminal.pid ?? 0;
    expect(session(sid).length).toBeGreaterThanOrEqual(3);
    guard.kill('SIGKILL');
    await until('the session is empty', () => session(sid).length === 0);
  }, 20_000);
});

describe('a shell in a Pod', () => {
  it('opens in its namespaces', async () => {
    const guard = start('sleep', ['60']);
    const pod = start('unshare', [
      '-n',
      '-m',
      '-u',
      '-p',
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      'hostname a-pod; echo up; sleep 60',
    ]);
    await output(pod, /up/);
    const pid = Number(
      readFileSync(`/proc/${pod.pid ?? 0}/task/${pod.pid ?? 0}/children`, 'utf8')
        .trim()
        .split(' ')[0],
    );
    const inode = Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]);
    const terminal = start('dash', ['-c', podShellCommand({ pid, netnsInode: inode }, guard.pid ?? 0)], true);
    terminal.stdin?.write('hostname; readlink /proc/self/ns/net\n');
    const text = await output(terminal, /net:\[\d+\]/);
    expect(text).toContain('a-pod');
    expect(text).toContain(`net:[${inode}]`);
  });

  it('refuses when the pid belongs to another namespace by now', async () => {
    const guard = start('sleep', ['60']);
    const place = { pid: guard.pid ?? 0, netnsInode: 1 };
    const terminal = start('dash', ['-c', podShellCommand(place, guard.pid ?? 0)], true);
    expect(await output(terminal, /gone/)).toContain('Select the Pod again');
  });
});

describe('what a login shell must read', () => {
  const most = 4_194_304;
  it.each([
    ['a node', nodeShellCommand(most)],
    ['a Pod', podShellCommand({ pid: most, netnsInode: 4_294_967_295 }, most)],
    ['kubectl', kubectlExecCommand('kubectl', 'n'.repeat(63), `p${'o'.repeat(61)}d`, most)],
  ])('is one short quoted word for %s, the same to csh and fish', (_what, command) => {
    expect(command.split("'")).toHaveLength(3);
    expect(command).not.toMatch(/[\n!\\]/);
    expect(command.length).toBeLessThan(1024);
  });
});

describe('names and numbers that reach a shell', () => {
  it.each(['a;id', '$(id)', '-n', 'a b', "a'b", '', 'A', 'a/../b'])('refuses %j', (name) => {
    expect(() => kubectlExecCommand('kubectl', 'default', name, 1)).toThrow(RangeError);
  });
  it.each([0, -1, 1.5, Number.NaN])('refuses pid %d', (pid) => {
    expect(() => podShellCommand({ pid, netnsInode: 1 }, 1)).toThrow(RangeError);
  });
});
