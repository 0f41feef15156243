import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { follow, type Follower } from './follow.ts';
import { guardCommand, loaderLine } from './guard-script.ts';
import { runGuarded } from './guard.ts';
import { childOfOurs } from './testing/frozen-us.ts';
import { localTransport, type LocalTransport } from './testing/local-transport.ts';
import { ALLOWED_MS, allGone, load, marker, NO_SILENCE_MS, SLEEPS, underWay } from './testing/load.ts';
import { goneAfter, parentOf, processesWith, until } from './testing/processes.ts';
import { SHELLS } from './testing/shells.ts';

const never = new AbortController().signal;

interface Started {
  readonly follower: Follower;
  readonly transport: LocalTransport;
  readonly tag: string;
}

/** A guard with a load running. Nobody reads its events: its pipe is full. */
async function started(shell: string, argv?: (command: string) => readonly string[]): Promise<Started> {
  const transport = localTransport(argv === undefined ? {} : { argv });
  const { sleeps, streams } = load();
  const opened = await follow(transport, streams, { signal: never, shell });
  if (!opened.ok) throw new Error(opened.failure.sentence);
  await underWay(sleeps);
  return { follower: opened.value, transport, tag: sleeps };
}

/** Between us and the node's shell, as sshd is: a process that passes bytes on while it is not frozen. */
const RELAY = `
  const { spawn } = require('node:child_process');
  const shell = spawn('/bin/sh', ['-c', process.argv[1]], { detached: true });
  process.stdin.pipe(shell.stdin); shell.stdout.pipe(process.stdout); shell.stderr.pipe(process.stderr);`;

/** The guard's subshells that sleep a second at a time: the ticker holds the channel's stdout as 5 (and may be
 * blocked in a write to it), the watch nothing. */
async function sleeperOf(reader: number, mark: string, which: 'watch' | 'ticker'): Promise<number> {
  let found: number | undefined;
  await until(() => {
    const brief = processesWith(mark).filter(({ command }) => /sleep 1 $|^date /.test(command));
    const parents = brief.map(({ pid }) => parentOf(pid)).filter((pid) => parentOf(pid) === reader);
    found = parents.find((pid) => existsSync(`/proc/${pid}/fd/5`) === (which === 'ticker'));
    return found !== undefined;
  }, 5000);
  return found ?? 0;
}

function report(what: string, shell: string, ms: number): void {
  console.log(`guard: ${what} under ${shell}: gone after ${ms.toFixed(0)} ms`);
}

describe.concurrent.each(SHELLS)('the guard under %s', (shell) => {
  it('ends everything at end of file', async () => {
    const { follower, tag } = await started(shell);
    await follower[Symbol.asyncDispose]();
    const ms = await allGone(follower.id, tag);
    report('end of file', shell, ms);
    expect(ms).toBeLessThan(NO_SILENCE_MS);
  });

  it('ends everything when the peer is frozen, its pipes full', async () => {
    const { follower, transport, tag } = await started(shell, (command) => [
      process.execPath,
      '-e',
      RELAY,
      command,
    ]);
    const [peer = 0] = transport.pids;
    process.kill(peer, 'SIGSTOP');
    const ms = await allGone(follower.id, tag, peer); // the frozen one has our words in its arguments
    process.kill(peer, 'SIGKILL');
    report('SIGSTOP of the peer', shell, ms);
    expect(ms).toBeGreaterThan(7000); // a stall of the network is lived through
    expect(ms).toBeLessThan(ALLOWED_MS);
  });

  it.each(['reader', 'watch', 'ticker'] as const)('ends everything when its %s is killed', async (which) => {
    const { follower, transport, tag } = await started(shell);
    await using guard = follower;
    const [reader = 0] = transport.pids;
    const victim = which === 'reader' ? reader : await sleeperOf(reader, marker(guard.id), which);
    process.kill(victim, 'SIGKILL');
    const ms = await allGone(guard.id, tag);
    report(`SIGKILL of its ${which}`, shell, ms);
    expect(ms).toBeLessThan(ALLOWED_MS);
  });

  it('ends a script at its deadline by itself', async () => {
    const { sleeps } = load();
    const payload = {
      kind: 'script',
      script: `(setsid sleep ${sleeps} &); sleep ${sleeps}`,
      deadlineMs: 1000,
    } as const;
    const opened = await runGuarded(localTransport(), payload, { signal: never, shell });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await using guard = opened.value;
    await until(() => processesWith(sleeps).length > 1, 5000);
    const ms = await allGone(guard.id, sleeps);
    report("the node's own deadline of 4 s", shell, ms);
    expect(ms).toBeLessThan(ALLOWED_MS);
  });

  it('lives as long as it is fed, though nobody reads', async () => {
    const { follower, tag } = await started(shell);
    await using guard = follower;
    await sleep(13_000); // longer than it lives in silence
    expect(processesWith(marker(guard.id)).length).toBeGreaterThan(SLEEPS);
    expect(processesWith(tag).length).toBeGreaterThanOrEqual(SLEEPS);
  });

  it('ends everything without a process group of its own', async ({ onTestFinished }) => {
    const bin = mkdtempSync(join(tmpdir(), 'hopscope-guard-'));
    onTestFinished(() => rmSync(bin, { recursive: true }));
    for (const tool of ['env', 'grep', 'sleep', 'dash', 'bash', 'busybox']) {
      const at = ['/usr/bin', '/bin'].map((folder) => join(folder, tool)).find((path) => existsSync(path));
      if (at !== undefined) symlinkSync(at, join(bin, tool));
    }
    const { sleeps } = load();
    const script = `(sleep ${sleeps} & sleep ${sleeps}) & sleep ${sleeps}`;
    const transport = localTransport({ leader: false, env: { PATH: bin, HOME: bin } });
    const payload = { kind: 'script', script, deadlineMs: 60_000 } as const;
    const opened = await runGuarded(transport, payload, { signal: never, shell });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await until(
      () => processesWith(sleeps).filter(({ command }) => command.startsWith('sleep')).length === 3,
      10_000,
    );
    await opened.value[Symbol.asyncDispose]();
    const ms = await allGone(opened.value.id, sleeps);
    report('end of file, no setsid', shell, ms);
    expect(ms).toBeLessThan(NO_SILENCE_MS);
  });
});

describe.concurrent('we', () => {
  it.each(['SIGSTOP', 'SIGKILL'] as const)('leave nothing behind at %s', async (signal) => {
    const { sleeps, streams } = load();
    await using us = await childOfOurs({ reach: { argv: ['/bin/sh', '-c'] }, work: streams });
    await underWay(sleeps);
    us.process.kill(signal);
    const ms = await allGone(us.id, sleeps, us.process.pid);
    report(`${signal} of us`, 'the system shell', ms);
    expect(ms).toBeLessThan(signal === 'SIGKILL' ? NO_SILENCE_MS : ALLOWED_MS);
  });
});

describe.concurrent('the command line', () => {
  const line = guardCommand('0123456789abcdef01', '/bin/sh');

  it('means the same to every login shell', () => {
    expect(line.length).toBeLessThan(1000); // csh's words
    expect(line.split("'").length).toBe(3); // one quoted word …
    expect(line).not.toMatch(/[!\\\n`]/); // … without what csh and fish see inside quotes
    expect(line.slice(0, line.indexOf("'"))).toMatch(/^[A-Za-z0-9_=/ .-]+$/);
  });

  it('gives up when the script never comes', async () => {
    const transport = localTransport();
    const opened = await transport.open(guardCommand('0123456789abcdef02', '/bin/sh'), { signal: never });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await until(() => processesWith(marker('0123456789abcdef02')).length > 0, 5000);
    const ms = await goneAfter(marker('0123456789abcdef02'), ALLOWED_MS);
    await opened.value[Symbol.asyncDispose]();
    report('no script', '/bin/sh', ms);
    expect(ms).toBeLessThan(ALLOWED_MS);
  });

  it('runs nothing of half a script', async () => {
    const transport = localTransport();
    const opened = await transport.open(guardCommand('0123456789abcdef03', '/bin/sh'), { signal: never });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await opened.value.write(`${loaderLine('@end')}echo half\n`);
    opened.value.end();
    let printed = '';
    for await (const chunk of opened.value.stdout) printed += Buffer.from(chunk).toString();
    expect(printed).toBe('');
    expect(await goneAfter(marker('0123456789abcdef03'), NO_SILENCE_MS)).toBeLessThan(NO_SILENCE_MS);
  });
});
