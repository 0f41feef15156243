import { describe, expect, it } from 'vitest';
import type { TerminalFromMain } from '../../app/contract/terminal.ts';
import { TerminalFeed } from './terminal-feed.ts';
import { localShell } from './testing/local-shell.ts';
import { eventually, messageChannel, type PageEnd } from './testing/message-channel.ts';

const messages = (page: PageEnd): TerminalFromMain[] => page.received as TerminalFromMain[];
const text = (page: PageEnd): string =>
  messages(page)
    .map((message) => (message.type === 'output' ? Buffer.from(message.bytes).toString('utf8') : ''))
    .join('');
const outputBytes = (page: PageEnd): number =>
  messages(page).reduce(
    (sum, message) => sum + (message.type === 'output' ? message.bytes.byteLength : 0),
    0,
  );
const ending = (page: PageEnd): string | null => {
  const last = messages(page).at(-1);
  return last?.type === 'ended' ? last.sentence : null;
};

describe('TerminalFeed', () => {
  it('carries bytes both ways, resizes, and tells how the shell ended', async () => {
    const { port, page } = messageChannel();
    const shell = localShell('read line; printf "got %s" "$line"; exit 3');
    const feed = new TerminalFeed(shell, port);
    page.send({ type: 'resize', cols: 100, rows: 30 });
    page.send({ type: 'input', text: '红 route\n' });
    await feed.done;
    await eventually('the end', () => ending(page) !== null);
    expect(text(page)).toBe('got 红 route');
    expect(ending(page)).toBe('The shell ended with exit code 3.');
    expect(shell.sizes).toEqual([{ cols: 100, rows: 30 }]);
    expect(shell.disposed()).toBe(true);
    page.close();
  });

  it('sends no more than its window without credit, and exactly what it got returned after that', async () => {
    const { port, page } = messageChannel();
    const total = 2_000_000;
    const feed = new TerminalFeed(localShell(`head -c ${String(total)} /dev/zero`), port);
    await eventually('a full window', () => outputBytes(page) >= 256 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const held = outputBytes(page);
    // One chunk may straddle the border; a pipe's is 64 KiB.
    expect(held).toBeLessThan((256 + 64) * 1024);
    let returned = 0;
    await eventually('the rest', () => {
      const digested = outputBytes(page);
      if (digested > returned) page.send({ type: 'credit', bytes: digested - returned });
      returned = digested;
      return ending(page) !== null;
    });
    expect(outputBytes(page)).toBe(total);
    await feed.done;
    page.close();
  });

  it('sends arrays that own just their bytes', async () => {
    const { port, page } = messageChannel();
    const sent: TerminalFromMain[] = [];
    const spied = { ...port, post: (message: unknown) => sent.push(message as TerminalFromMain) };
    await new TerminalFeed(localShell('printf x'), spied).done;
    const first = sent[0];
    expect(first?.type === 'output' ? first.bytes.buffer.byteLength : 0).toBe(1);
    page.close();
  });

  it('ends the shell when the page goes, even while it waits for credit', async () => {
    for (const script of ['cat >/dev/null', 'yes']) {
      const { port, page } = messageChannel();
      const shell = localShell(script);
      const feed = new TerminalFeed(shell, port);
      if (script === 'yes') await eventually('a full window', () => outputBytes(page) >= 256 * 1024);
      page.close();
      await feed.done;
      expect(await shell.exit).toEqual({ kind: 'signal', signal: 'SIGKILL' });
    }
  });

  it('ends on disposal', async () => {
    const { port, page } = messageChannel();
    const shell = localShell('cat');
    await new TerminalFeed(shell, port)[Symbol.asyncDispose]();
    expect(shell.disposed()).toBe(true);
    page.close();
  });

  it.each([
    { type: 'nonsense' },
    'text',
    null,
    { type: 'credit', bytes: -1 },
    { type: 'resize', cols: 1e9, rows: 1 },
  ])('closes on %j instead of guessing', async (message) => {
    const { port, page } = messageChannel();
    const shell = localShell('cat');
    const feed = new TerminalFeed(shell, port);
    page.send(message);
    await feed.done;
    await eventually('the end', () => ending(page) !== null);
    expect(ending(page)).toMatch(/does not understand/);
    expect(shell.sizes).toEqual([]);
    page.close();
  });

  it('closes when nobody reads what is typed', async () => {
    const { port, page } = messageChannel();
    const feed = new TerminalFeed(localShell('exec sleep 30'), port);
    for (let i = 0; i < 6; i++) page.send({ type: 'input', text: 'x'.repeat(1_000_000) });
    await feed.done;
    await eventually('the end', () => ending(page) !== null);
    expect(ending(page)).toMatch(/stopped reading/);
    page.close();
  });
});
