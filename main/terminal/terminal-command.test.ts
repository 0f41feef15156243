import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  closedWords,
  kubectlExecCommand,
  nodeShellCommand,
  podShellCommand,
  type PodPlace,
} from './terminal-command.ts';

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

/** The first process in the namespaces that `unshare` made. */
function placeIn(unshare: ChildProcess): PodPlace {
  const parent = unshare.pid ?? 0;
  const [child] = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
  const pid = Number(child);
  return { pid, netnsInode: Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]) };
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

describe('a terminal on a pty', () => {
  it('says why it is closed', async () => {
    const guard = start('sleep', ['60']);
    const terminal = start('script', ['-qfec', nodeShellCommand(guard.pid ?? 0), '/dev/null'], true);
    terminal.stdin?.write('unset HISTFILE; echo ready-$((1+1))\n');
    await output(terminal, /ready-2/);
    guard.kill('SIGKILL');
    expect(await output(terminal, /closed: [^\n]*\n/)).toContain(closedWords);
  }, 20_000);
});

/** A root like a minimal image's: /bin/sh is an absolute link to a busybox that is where nothing is on the node. */
const MINIMAL_POD = `
  root=$(mktemp -d) && mount -t tmpfs minimal $root && cd $root &&
  mkdir bin usr only-here proc old && ln -s usr/lib lib && ln -s usr/lib64 lib64 && mount --bind /usr usr &&
  cp "$(command -v busybox)" only-here/busybox && ln -s /only-here/busybox bin/sh &&
  mount -t proc proc proc && pivot_root . old && exec /bin/sh -c 'umount -l /old; echo up; sleep 60'`;

describe('a shell in a Pod', () => {
  it('is the one that an absolute link there leads to, and keeps no history', async () => {
    const guard = start('sleep', ['60']);
    const pod = start('unshare', ['-n', '-m', '-p', '--fork', '--kill-child', 'sh', '-c', MINIMAL_POD]);
    await output(pod, /up/);
    const place = placeIn(pod);
    expect(existsSync(`/proc/${place.pid}/root/only-here/busybox`)).toBe(true);
    expect(existsSync('/only-here')).toBe(false);
    const terminal = start('dash', ['-c', podShellCommand(place, guard.pid ?? 0)], true);
    terminal.stdin?.write('echo /only*/busy* [$HISTFILE] ${HISTFILE+set}\n');
    expect(await output(terminal, /set|no shell/)).toContain('/only-here/busybox [] set');
  });

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
    const place = placeIn(pod);
    const terminal = start('dash', ['-c', podShellCommand(place, guard.pid ?? 0)], true);
    terminal.stdin?.write('hostname; readlink /proc/self/ns/net\n');
    const text = await output(terminal, /net:\[\d+\]/);
    expect(text).toContain('a-pod');
    expect(text).toContain(`net:[${place.netnsInode}]`);
  });

  it('refuses when the pid belongs to another namespace by now', async () => {
    const guard = start('sleep', ['60']);
    const place = { pid: guard.pid ?? 0, netnsInode: 1 };
    const terminal = start('dash', ['-c', podShellCommand(place, guard.pid ?? 0)], true);
    expect(await output(terminal, /gone/)).toContain('Select the Pod again');
  });
});

describe('kubectl', () => {
  it('is called as the cluster file says, with the environment that it names', async () => {
    const guard = start('sleep', ['60']);
    const command = kubectlExecCommand('HOPSCOPE_TEST=/etc/k.conf printenv', 'default', 'p', guard.pid ?? 0);
    const terminal = start(
      'dash',
      ['-c', command.replace(/ --cache-dir.* -- \/bin\/sh/, ' HOPSCOPE_TEST')],
      true,
    );
    expect(await output(terminal, /\n/)).toBe('/etc/k.conf\n');
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
