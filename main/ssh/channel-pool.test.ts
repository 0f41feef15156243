import { describe, expect, it } from 'vitest';
import { ChannelPool } from './channel-pool.ts';

const signal = new AbortController().signal;

describe("a node's channels", () => {
  it('are three captures at most, which with terminals leave the commands their four', async () => {
    const pool = new ChannelPool('n');
    for (let at = 0; at < 3; at += 1) expect(pool.takeForCapture(() => undefined).ok).toBe(true);
    expect(pool.takeForCapture(() => undefined)).toMatchObject({ ok: false, failure: { kind: 'limit' } });
    for (let at = 0; at < 3; at += 1) expect(pool.takeForTerminal().ok).toBe(true);
    expect(pool.takeForTerminal()).toMatchObject({ ok: false, failure: { kind: 'limit' } });
    for (let at = 0; at < 4; at += 1) expect((await pool.takeForCommand(signal)).ok).toBe(true);
    expect(pool.open).toBe(10);
  });

  it('are taken from the latest captures where readings would have less than two', () => {
    const pool = new ChannelPool('n');
    const ended: string[] = [];
    for (const name of ['first', 'second']) pool.takeForCapture(() => ended.push(name));
    pool.learnLimit(3);
    expect(ended).toEqual(['second']);
    expect(pool.takeForCapture(() => undefined)).toMatchObject({ ok: false, failure: { kind: 'limit' } });
  });
});
