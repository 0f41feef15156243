import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectorFor, nobody, targetOf, textOf } from './testing/client-side.ts';
import { SshdFixture } from './testing/sshd-fixture.ts';

describe('a node that lets us in', () => {
  let sshd: SshdFixture;
  beforeAll(async () => {
    sshd = await SshdFixture.start();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());
  const signal = new AbortController().signal;

  it('runs a command and says how it ended', async () => {
    const connected = await connectorFor(sshd).connect(targetOf(sshd), {
      signal,
      prompts: nobody,
    });
    if (!connected.ok) throw new Error(connected.failure.sentence);
    await using node = connected.value;
    expect(node.hostKeyFingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(node.remote).toEqual({ address: '127.0.0.1', port: sshd.port });
    const opened = await node.open('cat; echo oops >&2; exit 3', { signal });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await using channel = opened.value;
    await channel.write('hello');
    channel.end();
    expect(await textOf(channel.stdout)).toBe('hello');
    expect(await textOf(channel.stderr)).toBe('oops\n');
    expect(await channel.exit).toEqual({ kind: 'exit', code: 3 });
  });

  it('opens a terminal of the size asked for', async () => {
    const connected = await connectorFor(sshd).connect(targetOf(sshd), {
      signal,
      prompts: nobody,
    });
    if (!connected.ok) throw new Error(connected.failure.sentence);
    await using node = connected.value;
    const opened = await node.openTerminal('stty size; read x; stty size; echo $TERM', {
      signal,
      term: 'xterm-256color',
      size: { cols: 91, rows: 17 },
    });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await using terminal = opened.value;
    let text = '';
    for await (const chunk of terminal.stdout) {
      if (text === '') {
        terminal.resize({ cols: 100, rows: 40 });
        await terminal.write('\n');
      }
      text += Buffer.from(chunk).toString();
    }
    expect(text).toContain('17 91');
    expect(text).toContain('40 100');
    expect(text).toContain('xterm-256color');
  });
});
