import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { leftBehind, oursNow } from './left-behind.mjs';

/** This machine as a node of its own: its PID 1 has the same /proc. */
const here = [{ name: 'here', pid: process.pid }];

describe.runIf(process.getuid?.() === 0)('what is left on a node', () => {
  it('names a process under a guard until it is gone, and not what was there before', async () => {
    const before = oursNow(here);
    const guarded = spawn('sleep', ['60'], {
      env: { ...process.env, HOPSCOPE_GUARD: 'left-behind-test' },
      stdio: 'ignore',
    });
    try {
      await new Promise((resolve) => guarded.once('spawn', resolve));
      expect(await leftBehind(here, before, 50)).toContain(`sleep (process ${String(guarded.pid)}) on here`);
      expect([...oursNow(here)].some((key) => key.startsWith(`here/${String(guarded.pid)}@`))).toBe(true);
    } finally {
      guarded.kill('SIGKILL');
      await new Promise((resolve) => guarded.once('exit', resolve));
    }
    const rest = await leftBehind(here, before, 50);
    expect(rest ?? '').not.toContain(`process ${String(guarded.pid)}`);
  });
});
