// Channels of a real sshd: places, limits, back-pressure, ends.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectorFor, failureOf, must, nobody, targetOf, textOf } from './testing/client-side.ts';
import { heldBytes } from './testing/held-memory.ts';
import { SshdFixture } from './testing/sshd-fixture.ts';
import type { NodeTransport } from './transport.ts';

const signal = new AbortController().signal;
const terminal = { signal, term: 'xterm', size: { cols: 80, rows: 24 } };
/** 200 MB and more are sent while nobody reads; SSH holds a window of 2 MB, the streams and sockets some more. Bytes. */
const HELD_MOST = 60e6;
const connected = async (sshd: SshdFixture): Promise<NodeTransport> =>
  must(await connectorFor(sshd).connect(targetOf(sshd, { label: 'node' }), { signal, prompts: nobody }));
const run = async (node: NodeTransport, command: string): Promise<string> => {
  await using channel = must(await node.open(command, { signal }));
  return await textOf(channel.stdout);
};

describe('the pool', () => {
  let sshd: SshdFixture;
  beforeAll(async () => {
    sshd = await SshdFixture.start();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  it('takes a hundred commands at once, four at a time and in turn', async () => {
    await using node = await connected(sshd);
    let running = 0;
    let most = 0;
    const opened: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        await using channel = must(await node.open(`echo ${index}`, { signal }));
        opened.push(index);
        most = Math.max(most, ++running);
        expect(await textOf(channel.stdout)).toBe(`${index}\n`);
        expect(await channel.exit).toEqual({ kind: 'exit', code: 0 });
        running--;
      }),
    );
    expect(most).toBe(4);
    expect(opened).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(node.channelLimit).toBeNull();
  }, 60_000);

  it('lets go of who does not want to wait any more', async () => {
    await using node = await connected(sshd);
    const held = await Promise.all([1, 2, 3, 4].map(() => node.open('cat', { signal })));
    const failure = await failureOf(node.open('true', { signal: AbortSignal.timeout(100) }));
    expect(failure).toMatchObject({ kind: 'cancelled' });
    const next = node.open('echo next', { signal });
    await must(held[0] ?? (await next))[Symbol.asyncDispose]();
    await using channel = must(await next);
    expect(await textOf(channel.stdout)).toBe('next\n');
    for (const one of held.slice(1)) await must(one)[Symbol.asyncDispose]();
  });

  it('opens terminals beside four busy commands', async () => {
    await using node = await connected(sshd);
    const held = await Promise.all([1, 2, 3, 4].map(() => node.open('cat', { signal })));
    await using shell = must(await node.openTerminal('echo there', terminal));
    expect(await textOf(shell.stdout)).toBe('there\r\n');
    for (const one of held) await must(one)[Symbol.asyncDispose]();
  });

  it('gives the place back after an abort in the middle of opening', async () => {
    await using node = await connected(sshd);
    for (let round = 0; round < 20; round++) {
      const giveUp = new AbortController();
      const opening = node.open('true', { signal: giveUp.signal });
      setTimeout(() => giveUp.abort(), round / 4);
      const outcome = await opening;
      if (outcome.ok) await outcome.value[Symbol.asyncDispose]();
    }
    expect(await run(node, 'echo still here')).toBe('still here\n');
  });
});

describe('MaxSessions', () => {
  it('1: one command at a time, and it is said what is off', async () => {
    await using sshd = await SshdFixture.start({ config: ['MaxSessions 1'] });
    await using node = await connected(sshd);
    await using held = must(await node.open('cat', { signal }));
    const failure = await failureOf(node.open('true', { signal }));
    expect(failure.kind).toBe('limit');
    expect(failure.sentence).toMatch(
      /^MaxSessions is 1 at node \(127\.0\.0\.1:\d+\): only one command runs at a time/,
    );
    expect(node.channelLimit).toBe(1);
    const shell = await failureOf(node.openTerminal(null, terminal));
    expect(shell.kind).toBe('limit');
    expect(shell.sentence).toContain('terminals are off');
    // Now that it is known, the next one waits instead of failing.
    const impatient = node.open('true', { signal: AbortSignal.timeout(200) });
    expect(await failureOf(impatient)).toEqual(failure);
    const waiting = node.open('echo at last', { signal });
    await held[Symbol.asyncDispose]();
    await using channel = must(await waiting);
    expect(await textOf(channel.stdout)).toBe('at last\n');
  });

  it('1: commands one after the other are never refused', async () => {
    await using sshd = await SshdFixture.start({ config: ['MaxSessions 1'] });
    await using node = await connected(sshd);
    for (let round = 0; round < 30; round++) expect(await run(node, `echo ${round}`)).toBe(`${round}\n`);
    expect(node.channelLimit).toBeNull();
  });

  it('2: the third is refused, once', async () => {
    await using sshd = await SshdFixture.start({ config: ['MaxSessions 2'] });
    await using node = await connected(sshd);
    const outcomes = await Promise.all([1, 2, 3].map(() => node.open('cat', { signal })));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(node.channelLimit).toBe(2);
    for (const outcome of outcomes) if (outcome.ok) await outcome.value[Symbol.asyncDispose]();
    expect((await Promise.all([1, 2, 3, 4, 5].map((n) => run(node, `echo ${n}`)))).join('')).toBe(
      '1\n2\n3\n4\n5\n',
    );
  });

  it('2: a terminal that a reading leaves no place waits for its end', async () => {
    await using sshd = await SshdFixture.start({ config: ['MaxSessions 2'] });
    await using node = await connected(sshd);
    await using followed = must(await node.open('cat', { signal }));
    const reading = must(await node.open('cat', { signal }));
    const opened = node.openTerminal('echo there', terminal);
    // sshd has refused it, and it waits.
    await expect.poll(() => node.channelLimit).toBe(2);
    reading.end();
    await textOf(reading.stdout);
    expect(await reading.exit).toEqual({ kind: 'exit', code: 0 });
    await reading[Symbol.asyncDispose]();
    await using shell = must(await opened);
    expect(await textOf(shell.stdout)).toBe('there\r\n');
    followed.end();
  });

  it('a terminal that finds no place says so at once', async () => {
    await using sshd = await SshdFixture.start({ config: ['MaxSessions 1'] });
    await using node = await connected(sshd);
    await using held = must(await node.open('cat', { signal }));
    const started = performance.now();
    expect(await failureOf(node.openTerminal(null, terminal))).toMatchObject({ kind: 'limit' });
    // Not after the 20 s that a slow node is given.
    expect(performance.now() - started).toBeLessThan(10_000);
    held.end();
  });

  it('says that no terminal is given where PermitTTY is no', async () => {
    await using sshd = await SshdFixture.start({ config: ['PermitTTY no'] });
    await using node = await connected(sshd);
    const failure = await failureOf(node.openTerminal(null, terminal));
    expect(failure.kind).toBe('refused');
    expect(failure.sentence).toContain('PermitTTY');
  });
});

describe('a channel', () => {
  let sshd: SshdFixture;
  beforeAll(async () => {
    sshd = await SshdFixture.start();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  it('stops the sender while nobody reads, and loses nothing', async () => {
    await using node = await connected(sshd);
    await using channel = must(await node.open('yes | head -c 209715200', { signal }));
    const before = heldBytes();
    let bytes = 0;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    let most = heldBytes() - before;
    for await (const chunk of channel.stdout) {
      const slow = Math.floor(bytes / 20e6) !== Math.floor((bytes + chunk.length) / 20e6);
      bytes += chunk.length;
      if (!slow) continue;
      await new Promise((resolve) => setTimeout(resolve, 50));
      most = Math.max(most, heldBytes() - before);
    }
    console.log(`nobody reads: ${(most / 1e6).toFixed(1)} MB held`);
    expect(bytes).toBe(209_715_200);
    expect(most).toBeLessThan(HELD_MOST);
    expect(await channel.exit).toEqual({ kind: 'exit', code: 0 });
  });

  it('holds stdout back even while stderr is read', async () => {
    await using node = await connected(sshd);
    await using channel = must(
      await node.open('while :; do echo tick >&2; head -c 65536 /dev/zero; done', { signal }),
    );
    const before = heldBytes();
    const reading = (async () => {
      for await (const chunk of channel.stderr) expect(chunk.length).toBeGreaterThan(0);
    })();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const grown = heldBytes() - before;
    console.log(`only stderr is read: ${(grown / 1e6).toFixed(1)} MB held`);
    expect(grown).toBeLessThan(HELD_MOST);
    await channel[Symbol.asyncDispose]();
    await reading;
  });

  it('waits to write until the other side has read', async () => {
    await using node = await connected(sshd);
    await using channel = must(await node.open('sleep 1; wc -c', { signal }));
    const started = performance.now();
    const block = new Uint8Array(1024 * 1024);
    for (let round = 0; round < 16; round++) await channel.write(block);
    expect(performance.now() - started).toBeGreaterThan(500);
    channel.end();
    expect((await textOf(channel.stdout)).trim()).toBe(String(16 * 1024 * 1024));
  });

  it('takes writes after the end without a word', async () => {
    await using node = await connected(sshd);
    await using channel = must(await node.open('exit 7', { signal }));
    expect(await channel.exit).toEqual({ kind: 'exit', code: 7 });
    for (let round = 0; round < 50; round++) await channel.write(new Uint8Array(100_000));
    channel.end();
  });

  it('tells of a signal', async () => {
    await using node = await connected(sshd);
    await using channel = must(await node.open('kill -TERM $$', { signal }));
    expect(await channel.exit).toEqual({ kind: 'signal', signal: 'TERM' });
  });

  it('is over at once when it is disposed of, whatever it was doing', async () => {
    await using node = await connected(sshd);
    for (const command of ['yes', 'sleep 60', 'cat']) {
      const channel = must(await node.open(command, { signal }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const started = performance.now();
      await channel[Symbol.asyncDispose]();
      // Not after the minute that `sleep` takes, and a stalled machine has time to spare.
      expect(performance.now() - started).toBeLessThan(15_000);
    }
    expect(await run(node, 'echo fine')).toBe('fine\n');
  });

  it('ends reading and says lost when the connection is cut', async () => {
    await using node = await connected(sshd);
    await using channel = must(await node.open('echo before; sleep 60', { signal }));
    let text = '';
    for await (const chunk of channel.stdout) {
      text += Buffer.from(chunk).toString();
      sshd.signalSessions('SIGKILL');
    }
    expect(text).toBe('before\n');
    expect(await channel.exit).toMatchObject({ kind: 'lost', failure: { kind: 'lost', retry: true } });
    expect(await node.closed).toMatchObject({ kind: 'lost' });
    expect(await failureOf(node.open('true', { signal }))).toMatchObject({ kind: 'lost' });
    expect(await failureOf(node.openTerminal(null, terminal))).toMatchObject({ kind: 'lost' });
  });
});
