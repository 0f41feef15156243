import { afterEach, describe, expect, it, vi } from 'vitest';
import { ChannelPool } from './channel-pool.ts';

const signal = new AbortController().signal;

afterEach(() => vi.useRealTimers());

describe("a node's channels", () => {
  it('are three captures at most, which with terminals leave the commands their four', async () => {
    const pool = new ChannelPool('n');
    for (let at = 0; at < 3; at += 1) expect(pool.takeForCapture(() => undefined).ok).toBe(true);
    expect(pool.takeForCapture(() => undefined)).toMatchObject({ ok: false, failure: { kind: 'limit' } });
    for (let at = 0; at < 3; at += 1) expect((await pool.takeForTerminal(signal)).ok).toBe(true);
    expect(await pool.takeForTerminal(signal)).toMatchObject({ ok: false, failure: { kind: 'limit' } });
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

  it('a terminal waits where a reading is in its way, before other readings, and not where none helps', async () => {
    const pool = new ChannelPool('n');
    await pool.takeForCommand(signal);
    const reading = await pool.takeForCommand(signal);
    pool.learnLimit(2);
    const came: string[] = [];
    const next = pool.takeForCommand(signal).then(() => came.push('reading'));
    const opened = pool.takeForTerminal(signal);
    void opened.then(() => came.push('terminal'));
    if (reading.ok) reading.value();
    const terminal = await opened;
    expect([terminal.ok, pool.terminals, came]).toEqual([true, 1, ['terminal']]);
    // Beside it, and one command, there is never a place.
    expect(await pool.takeForTerminal(signal)).toMatchObject({ ok: false, failure: { kind: 'limit' } });
    if (terminal.ok) terminal.value();
    await next;
    expect([pool.open, came]).toEqual([2, ['terminal', 'reading']]);
  });

  it('terminals wait in their turn, and one for which the others leave no place is refused at once', async () => {
    const pool = new ChannelPool('n');
    const readings = [];
    for (let at = 0; at < 3; at += 1) readings.push(await pool.takeForCommand(signal));
    pool.learnLimit(3);
    const came: string[] = [];
    const opened = ['first', 'second', 'third'].map(async (name) => {
      const { ok } = await pool.takeForTerminal(signal);
      came.push(`${name} ${ok ? 'opens' : 'is refused'}`);
    });
    const next = pool.takeForCommand(signal);
    for (const reading of readings) if (reading.ok) reading.value();
    await Promise.all(opened);
    expect(came).toEqual(['first opens', 'second opens', 'third is refused']);
    expect((await next).ok).toBe(true);
  });

  it('a terminal that is waited for no longer lets those behind it go on', async () => {
    const pool = new ChannelPool('n');
    const readings = [await pool.takeForCommand(signal), await pool.takeForCommand(signal)];
    pool.learnLimit(2);
    const asked = new AbortController();
    const opened = pool.takeForTerminal(asked.signal);
    const next = pool.takeForCommand(signal);
    asked.abort();
    expect(await opened).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
    if (readings[0]?.ok) readings[0].value();
    expect((await next).ok).toBe(true);
  });

  it('a terminal waits seconds and no longer, and those behind it go on', async () => {
    vi.useFakeTimers();
    const pool = new ChannelPool('n');
    const readings = [await pool.takeForCommand(signal), await pool.takeForCommand(signal)];
    pool.learnLimit(2);
    let refused: unknown = null;
    void pool.takeForTerminal(signal).then((outcome) => (refused = outcome));
    const next = pool.takeForCommand(signal);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'limit' } });
    if (readings[0]?.ok) readings[0].value();
    expect((await next).ok).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
