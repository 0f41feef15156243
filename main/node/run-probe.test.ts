import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { runScript, type ProbeOutput } from './run-probe.ts';
import { localTransport } from './testing/local-transport.ts';
import { ALLOWED_MS, NO_SILENCE_MS } from './testing/load.ts';
import { goneAfter } from './testing/processes.ts';
import { SHELLS } from './testing/shells.ts';

const never = new AbortController().signal;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function run(script: string, shell: string, options: { maxBytes?: number } = {}): Promise<ProbeOutput> {
  const ran = await runScript(localTransport(), {
    script,
    shell,
    deadlineMs: 10_000,
    signal: never,
    ...options,
  });
  if (!ran.ok) throw new Error(ran.failure.sentence);
  return ran.value;
}

describe.concurrent.each(SHELLS)('a script under %s', (shell) => {
  it('gives its output, its errors and its exit status', async () => {
    const ran = await run(`echo "it's"; echo no >&2; exit 3`, shell);
    expect({ ...ran, stdout: text(ran.stdout), stderr: text(ran.stderr) }).toMatchObject({
      stdout: "it's\n",
      stderr: 'no\n',
      exitStatus: 3,
      truncated: false,
    });
  });

  it.each([
    ['kill -TERM $(sh -c "echo \\$PPID")', 143],
    ['sh -c "kill -9 \\$\\$"', 137],
    ['if then', 2],
    ['no-such-command', 127],
    ['', 0],
    ['cat; read x', 1],
  ])('says how it ended: %s', async (script, status) => {
    expect((await run(script, shell)).exitStatus).toBe(status);
  });

  it('leaves no background process of it', async () => {
    const nap = `1000.${process.pid}${shell.length}`;
    const ran = await run(`sleep ${nap} & (sleep ${nap} &) ; echo done`, shell);
    expect(text(ran.stdout)).toBe('done\n');
    expect(await goneAfter(nap, NO_SILENCE_MS)).toBeLessThan(NO_SILENCE_MS);
  });

  it('passes on any script text and any bytes', async () => {
    const content = fc.string({ unit: 'grapheme', maxLength: 300 }).map((one) => one.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(content, async (one) => {
        const quoted = `'${one.replaceAll("'", `'\\''`)}'`;
        expect(text((await run(`printf %s ${quoted}`, shell)).stdout)).toBe(one);
      }),
      { numRuns: runs(10) },
    );
    const ran = await run(`printf '\\000\\001\\200\\377'; head -c 300000 /dev/zero`, shell);
    expect(ran.stdout.length).toBe(300_004);
    expect([...ran.stdout.subarray(0, 4)]).toEqual([0, 1, 128, 255]);
  });

  it('reads no more than it may, and ends the rest', async () => {
    const nap = `2000.${process.pid}${shell.length}`;
    const ran = await run(`sleep ${nap} & yes`, shell, { maxBytes: 1_000_001 });
    expect(ran).toMatchObject({ truncated: true, exitStatus: null });
    expect(ran.stdout.length).toBe(1_000_001);
    expect(await goneAfter(nap, NO_SILENCE_MS)).toBeLessThan(NO_SILENCE_MS);
  });

  it('takes a script of 60 kB', async () => {
    const lines = Array.from(
      { length: 1000 },
      (_, at) => `echo "line ${at} of a script that is long enough to test it"`,
    );
    expect(text((await run(lines.join('\n'), shell)).stdout).split('\n').length).toBe(1001);
  });

  it('is ended at its deadline, here and on the node', async () => {
    const nap = `3000.${process.pid}${shell.length}`;
    const script = `trap '' TERM; (setsid sleep ${nap} &); yes >&2 & sleep ${nap}`;
    const ran = await runScript(localTransport(), { script, shell, deadlineMs: 1000, signal: never });
    expect(ran).toMatchObject({ ok: false, failure: { kind: 'deadline' } });
    const ms = await goneAfter(nap, ALLOWED_MS);
    console.log(`deadline under ${shell}: gone after ${ms.toFixed(0)} ms`);
    expect(ms).toBeLessThan(ALLOWED_MS);
  });

  it('is ended when nobody wants it', async () => {
    const nap = `4000.${process.pid}${shell.length}`;
    const controller = new AbortController();
    const ran = runScript(localTransport(), {
      script: `sleep ${nap}`,
      shell,
      deadlineMs: 9000,
      signal: controller.signal,
    });
    await sleep(300);
    controller.abort();
    expect(await ran).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
    expect(await goneAfter(nap, NO_SILENCE_MS)).toBeLessThan(NO_SILENCE_MS);
  });
});

describe('a login', () => {
  const through = (argv: (command: string) => readonly string[]): ReturnType<typeof runScript> =>
    runScript(localTransport({ argv }), { script: 'echo ours', deadlineMs: 5000, signal: never });

  it('may greet on both streams before our script begins', async () => {
    const greeting = `echo 'Welcome!'; echo 'begin'; echo 'last login' >&2; eval "$0"`;
    const ran = await through((command) => ['/bin/sh', '-c', greeting, command]);
    if (!ran.ok) throw new Error(ran.failure.sentence);
    expect(text(ran.value.stdout)).toBe('ours\n');
    expect(text(ran.value.stderr)).toBe('');
    expect(ran.value.noiseBytes).toBe('Welcome!\nbegin\nlast login\n'.length);
  });

  it('that runs nothing is told, with its own words', async () => {
    const ran = await through(() => [
      '/bin/sh',
      '-c',
      'echo "This account is currently not available."; exit 1',
    ]);
    expect(ran).toMatchObject({ ok: false, failure: { kind: 'no-shell' } });
    if (!ran.ok) expect(ran.failure.sentence).toContain('This account is currently not available.');
  });

  it('whose process is killed is told from an answer', async () => {
    const transport = localTransport();
    const running = runScript(transport, {
      script: 'echo some; sleep 1000',
      deadlineMs: 5000,
      signal: never,
    });
    await sleep(500);
    process.kill(transport.pids[0] ?? 0, 'SIGKILL');
    expect(await running).toMatchObject({ ok: false, failure: { kind: 'ended' } });
  });
});

describe('when a script is done', () => {
  it('nothing of it keeps the program: a command ended 200 ms after its last word', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await run('true', 'dash');
    const before = timers();
    await run('echo out; echo err >&2', 'dash');
    await expect.poll(timers, { interval: 5, timeout: 150 }).toBeLessThanOrEqual(before);
  });
});
