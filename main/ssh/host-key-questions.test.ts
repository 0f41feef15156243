// Questions about an unknown host key: how long they live, whom an answer reaches, what is written down.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, describe, it } from 'vitest';
import { NodeConnection } from './reconnecting.ts';
import { connectorFor, failureOf, must, targetOf } from './testing/client-side.ts';
import { SshdFixture } from './testing/sshd-fixture.ts';
import type { Connector, Prompts } from './transport.ts';

const signal = new AbortController().signal;
let sshd: SshdFixture;
beforeAll(async () => {
  sshd = await SshdFixture.start();
});
afterAll(() => sshd[Symbol.asyncDispose]());

const close = async (outcome: ReturnType<Connector['connect']>): Promise<void> =>
  must(await outcome)[Symbol.asyncDispose]();

describe('a question about a host key', () => {
  /** Somebody who has not answered yet. */
  class Somebody implements Prompts {
    readonly asked: { signal: AbortSignal; answer: (answer: 'once' | 'always' | null) => void }[] = [];
    readonly passphrase: Prompts['passphrase'] = () => Promise.resolve(null);
    readonly #obeys: boolean;
    /** `obeys`: takes a question back when its signal says so. */
    constructor({ obeys }: { obeys: boolean }) {
      this.#obeys = obeys;
    }
    unknownHostKey({ signal }: { signal: AbortSignal }): Promise<'once' | 'always' | null> {
      return new Promise((resolve) => {
        this.asked.push({ signal, answer: resolve });
        if (this.#obeys) signal.addEventListener('abort', () => resolve(null), { once: true });
      });
    }
    get open(): number {
      return this.asked.filter(({ signal }) => !signal.aborted).length;
    }
  }
  const lines = (fixture: SshdFixture): string[] =>
    readFileSync(fixture.knownHosts, 'utf8').split('\n').filter(Boolean);

  it('ends with the connection that waited for the answer, so that none pile up', async () => {
    await using impatient = await SshdFixture.start({ config: ['LoginGraceTime 1'] });
    impatient.writeKnownHosts([]);
    const prompts = new Somebody({ obeys: true });
    await using node = new NodeConnection({
      connector: connectorFor(impatient),
      target: targetOf(impatient),
      prompts,
    });
    let most = 0;
    node.subscribe(() => (most = Math.max(most, prompts.open)));
    node.start();
    await expect.poll(() => prompts.asked.length, { timeout: 15_000 }).toBe(3);
    expect(prompts.asked.map((question) => question.signal.aborted)).toEqual([true, true, false]);
    expect(most).toBeLessThanOrEqual(1);
    expect(node.state).toMatchObject({ kind: 'connecting', failure: { kind: 'lost', retry: true } });
    prompts.asked.at(-1)?.answer('always');
    await expect.poll(() => node.state.kind).toBe('connected');
    expect(lines(impatient)).toEqual([impatient.knownHostsLine()]);
  }, 25_000);

  it('that was answered too late still counts for the next connection, and is written then', async () => {
    await using impatient = await SshdFixture.start({ config: ['LoginGraceTime 1'] });
    impatient.writeKnownHosts([]);
    const connector = connectorFor(impatient);
    const prompts = new Somebody({ obeys: false });
    const failure = await failureOf(connector.connect(targetOf(impatient), { signal, prompts }));
    expect(failure).toMatchObject({ kind: 'lost', retry: true });
    prompts.asked[0]?.answer('always');
    await close(connector.connect(targetOf(impatient), { signal, prompts }));
    expect(prompts.asked).toHaveLength(1);
    expect(lines(impatient)).toEqual([impatient.knownHostsLine()]);
  });

  it('is answered for all who go through the same host, and written once', async () => {
    sshd.writeKnownHosts([]);
    const connector = connectorFor(sshd);
    const prompts = new Somebody({ obeys: true });
    const connect = () => connector.connect(targetOf(sshd), { signal, prompts });
    const five = [1, 2, 3, 4, 5].map(connect);
    await expect.poll(() => prompts.asked.length).toBe(5);
    for (const { answer } of prompts.asked.slice(0, 4)) answer('always');
    // The fifth's question was taken back, say because a window was closed; another node's answer is an answer.
    prompts.asked[4]?.answer(null);
    await Promise.all(five.map(close));
    await close(connect());
    expect(prompts.asked).toHaveLength(5);
    expect(lines(sshd)).toEqual([sshd.knownHostsLine()]);
  });

  it('leaves alone a line that somebody else wrote meanwhile', async () => {
    sshd.writeKnownHosts([]);
    const told: string[] = [];
    const connector = connectorFor(sshd, { onNotice: (sentence) => told.push(sentence) });
    const prompts = new Somebody({ obeys: true });
    const connecting = connector.connect(targetOf(sshd), { signal, prompts });
    await expect.poll(() => prompts.asked.length).toBe(1);
    const [name = ''] = sshd.knownHostsLine().split(' ');
    const stranger = readFileSync(`${sshd.makeKey('stranger', { type: 'ecdsa' })}.pub`, 'utf8').trim();
    sshd.writeKnownHosts([`${name} ${stranger}`]);
    prompts.asked[0]?.answer('always');
    await close(connecting);
    expect(lines(sshd)).toEqual([`${name} ${stranger}`]);
    expect(told.join()).toContain(`${sshd.knownHosts}:1 was added meanwhile`);
  });
});
