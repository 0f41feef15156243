import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mustRun, run } from './run.mjs';

const alive = (pid: number) => {
  // A process that ended and waits for its parent is not alive: state Z.
  try {
    return !/^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('run', () => {
  it('gives output and exit code', async () => {
    const result = await run('sh', ['-c', 'cat; echo oops >&2; exit 3'], { input: 'hello' });
    expect(result).toMatchObject({ code: 3, stdout: 'hello', stderr: 'oops\n', timedOut: false });
  });

  it('ends a program and what it started at the deadline', async () => {
    const result = await run('sh', ['-c', 'sleep 60 & echo $!; wait'], { timeout: 500 });
    expect(result.timedOut).toBe(true);
    // Not after the minute that its child sleeps.
    expect(result.milliseconds).toBeLessThan(30_000);
    expect(alive(Number(result.stdout))).toBe(false);
  });

  it('ends a program when told to', async () => {
    const life = new AbortController();
    setTimeout(() => life.abort(), 200);
    const result = await run('sleep', ['60'], { signal: life.signal });
    expect(result).toMatchObject({ signal: 'SIGTERM', timedOut: false });
  });

  it('has a yielding program and its children give way to all others', async () => {
    // Where the kernel groups by session, niceness within its own would not be enough.
    const yields = `[ "$(nice)" = 19 ] && { [ ! -e /proc/self/autogroup ] || grep -q 'nice 19$' /proc/self/autogroup; }`;
    const result = await run('sh', ['-c', `until ${yields}; do sleep 0.1; done; nice`], {
      yielding: true,
      timeout: 30_000,
    });
    expect(result).toMatchObject({ stdout: '19\n', timedOut: false });
  });

  it('ends a program that is told to before it started', async () => {
    const result = await run('sleep', ['60'], { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ signal: 'SIGTERM', timedOut: false });
  });

  it('leaves nothing running when the tool itself is told to end', async () => {
    const tool = `import { run } from './run.mjs';
      process.on('SIGINT', () => process.exit(130));
      await run('sh', ['-c', 'sleep 60 & echo $!; wait'], { show: true });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', tool], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    await expect.poll(() => alive(Number(printed.toString()))).toBe(false);
  });

  it('says when there is no such program', async () => {
    expect((await run('no-such-program-here', [])).code).toBe(127);
    await expect(mustRun('sh', ['-c', 'echo why >&2; exit 1'])).rejects.toThrow(/exit code 1\nwhy/);
  });
});
