import { describe, expect, it } from 'vitest';
import { fail, ok } from '../../app/result.ts';
import type { Engine } from '../engine/engine.ts';
import { Terminals } from './terminals.ts';
import { localShell, type LocalShell } from './testing/local-shell.ts';
import { eventually, messageChannel } from './testing/message-channel.ts';

const request = { target: { kind: 'node', nodeLabel: 'a' }, cols: 80, rows: 24 } as const;

function shells(): { readonly opened: LocalShell[]; readonly engine: Pick<Engine, 'openTerminal'> } {
  const opened: LocalShell[] = [];
  return {
    opened,
    engine: {
      openTerminal: () => {
        const shell = localShell('cat');
        opened.push(shell);
        return Promise.resolve(ok({ title: 'a', command: 'cat', channel: shell }));
      },
    },
  };
}

describe('Terminals', () => {
  it('gives a terminal to the first stream that claims it, and to no other', async () => {
    const { engine } = shells();
    await using terminals = new Terminals(engine);
    const opened = await terminals.open(request);
    if (!opened.ok) throw new Error(opened.sentence);
    expect(opened).toMatchObject({ title: 'a', command: 'cat' });
    const { port, page } = messageChannel();
    expect(terminals.attach(opened.terminalId, () => port).ok).toBe(true);
    const again = terminals.attach(opened.terminalId, () => {
      throw new Error('no port may be made');
    });
    expect(again.ok).toBe(false);
    page.send({ type: 'input', text: 'hello\n' });
    await eventually('an echo', () => page.received.length > 0);
    page.close();
  });

  it('ends what it closes, claimed or not', async () => {
    const { engine, opened } = shells();
    await using terminals = new Terminals(engine);
    const first = await terminals.open(request);
    const second = await terminals.open(request);
    if (!first.ok || !second.ok) throw new Error('not opened');
    const { port, page } = messageChannel();
    terminals.attach(second.terminalId, () => port);
    await terminals.close(first.terminalId);
    await terminals.close(second.terminalId);
    await terminals.close('unknown');
    expect(opened.map((shell) => shell.disposed())).toEqual([true, true]);
    page.close();
  });

  it('refuses a thirty-third terminal and frees the place of an ended one', async () => {
    const { engine } = shells();
    await using terminals = new Terminals(engine);
    const answers = await Promise.all(Array.from({ length: 40 }, () => terminals.open(request)));
    const open = answers.flatMap((answer) => (answer.ok ? [answer.terminalId] : []));
    expect(open).toHaveLength(32);
    await terminals.close(open[0] ?? '');
    expect((await terminals.open(request)).ok).toBe(true);
  });

  it('lets nothing outlive the page, not even a terminal that was still opening', async () => {
    const shell = localShell('cat');
    let answer: () => void = () => undefined;
    const terminals = new Terminals({
      openTerminal: () =>
        new Promise((resolve) => {
          answer = () => {
            resolve(ok({ title: 'a', command: 'cat', channel: shell }));
          };
        }),
    });
    const opening = terminals.open(request);
    await terminals.closeAll();
    answer();
    expect((await opening).ok).toBe(false);
    expect(shell.disposed()).toBe(true);
  });

  it('passes a refusal on', async () => {
    const terminals = new Terminals({
      openTerminal: () => Promise.resolve(fail({ sentence: 'MaxSessions is 1 on a.' })),
    });
    expect(await terminals.open(request)).toEqual({ ok: false, sentence: 'MaxSessions is 1 on a.' });
  });
});
