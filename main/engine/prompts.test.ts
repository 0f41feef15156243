import { describe, expect, it } from 'vitest';
import { PromptDesk } from './prompts.ts';

const hostKey = (signal: AbortSignal) => ({
  host: 'h',
  port: 22,
  keyType: 'ssh-ed25519',
  fingerprint: 'SHA256:x',
  signal,
});

describe('the prompt desk', () => {
  it('shows a question until it is answered', async () => {
    let changes = 0;
    const desk = new PromptDesk({ attended: true, changed: () => changes++ });
    const answer = desk.forNode('a').unknownHostKey(hostKey(new AbortController().signal));
    expect(desk.open).toMatchObject([{ kind: 'host-key', label: 'a', fingerprint: 'SHA256:x' }]);
    // An answer to the other kind of question is none.
    desk.answer(desk.open[0]?.id ?? '', 'passphrase', 'always');
    expect(desk.open).toHaveLength(1);
    desk.answer(desk.open[0]?.id ?? '', 'host-key', 'always');
    expect(await answer).toBe('always');
    expect(desk.open).toEqual([]);
    expect(changes).toBe(2);
  });

  it('says no by itself when nobody attends, the connection gives up, or the session ends', async () => {
    const unattended = new PromptDesk({ attended: false, changed: () => undefined });
    expect(await unattended.forNode('a').unknownHostKey(hostKey(new AbortController().signal))).toBeNull();

    const desk = new PromptDesk({ attended: true, changed: () => undefined });
    const giveUp = new AbortController();
    const first = desk.forNode('a').unknownHostKey(hostKey(giveUp.signal));
    const other = { ...hostKey(new AbortController().signal), port: 23 };
    const second = desk.forNode('b').unknownHostKey(other);
    giveUp.abort();
    expect(await first).toBeNull();
    expect(desk.open).toHaveLength(1);
    desk.close();
    expect(await second).toBeNull();
  });

  it('asks once what many nodes ask of one jump host, for as long as one of them waits', async () => {
    const desk = new PromptDesk({ attended: true, changed: () => undefined });
    const giveUp = new AbortController();
    const first = desk.forNode('a').unknownHostKey(hostKey(giveUp.signal));
    const second = desk.forNode('b').unknownHostKey(hostKey(new AbortController().signal));
    expect(desk.open).toHaveLength(1);
    giveUp.abort();
    expect(await first).toBeNull();
    expect(desk.open).toHaveLength(1);
    desk.answer(desk.open[0]?.id ?? '', 'host-key', 'once');
    expect(await second).toBe('once');
    expect(desk.open).toEqual([]);
  });

  it('asks once for a key that many nodes share, and again when it was wrong', async () => {
    const desk = new PromptDesk({ attended: true, changed: () => undefined });
    const { signal } = new AbortController();
    const question = { identityFile: '/k', wrongBefore: false, signal };
    const both = [desk.forNode('a').passphrase(question), desk.forNode('b').passphrase(question)];
    expect(desk.open).toHaveLength(1);
    desk.answer(desk.open[0]?.id ?? '', 'passphrase', 'nope');
    expect(await Promise.all(both)).toEqual(['nope', 'nope']);
    const again = desk.forNode('a').passphrase({ ...question, wrongBefore: true });
    expect(desk.open).toMatchObject([{ kind: 'passphrase', wrongBefore: true }]);
    desk.answer(desk.open[0]?.id ?? '', 'passphrase', 'right');
    expect(await again).toBe('right');
    expect(await desk.forNode('c').passphrase(question)).toBe('right');
  });

  it('lets a node wait on when the one that asked first is cut off', async () => {
    const desk = new PromptDesk({ attended: true, changed: () => undefined });
    const cut = new AbortController();
    const question = { identityFile: '/k', wrongBefore: false };
    const first = desk.forNode('a').passphrase({ ...question, signal: cut.signal });
    const second = desk.forNode('b').passphrase({ ...question, signal: new AbortController().signal });
    cut.abort();
    expect(await first).toBeNull();
    desk.answer(desk.open[0]?.id ?? '', 'passphrase', 'right');
    expect(await second).toBe('right');
  });
});
