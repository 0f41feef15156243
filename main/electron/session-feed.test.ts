import { describe, expect, it } from 'vitest';
import { noSession } from '../../app/contract/no-session.ts';
import type { SessionMessage, SessionView } from '../../app/contract/session.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { EvidenceHead, Topology } from '../../app/topology/model.ts';
import { SessionFeed, type SessionSource } from './session-feed.ts';
import { counted, returnCredit } from './testing/counted.ts';
import { eventually, messageChannel, type PageEnd } from './testing/message-channel.ts';

const emptyView: SessionView = { ...noSession, phase: 'open', cluster: 'lab' };
const firstTopology: Topology = { ...emptyTopology('lab'), revision: 1 };

/** A session that changes when told to. */
class Source implements SessionSource {
  view = emptyView;
  topology = firstTopology;
  readonly #listeners = new Set<() => void>();

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get followers(): number {
    return this.#listeners.size;
  }

  /** One more evidence head of about `size` bytes: what changes most often in a real topology. */
  learn(size: number): void {
    const revision = this.topology.revision + 1;
    const head: EvidenceHead = {
      id: `e${String(revision)}`,
      nodeLabel: 'a',
      command: 'x'.repeat(size),
      at: null,
      seenAt: revision,
      state: 'ok',
      exitStatus: 0,
      bytes: 0,
    };
    this.topology = { ...this.topology, revision, evidence: { ...this.topology.evidence, [head.id]: head } };
    this.#tell();
  }

  show(change: Partial<SessionView>): void {
    this.view = { ...this.view, ...change };
    this.#tell();
  }

  become(topology: Topology): void {
    this.topology = topology;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const received = (page: PageEnd): ReturnType<typeof counted<SessionMessage>> => counted(page);
const types = (page: PageEnd): string[] => received(page).map(({ message }) => message.type);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

describe('SessionFeed', () => {
  it('starts with the whole, then sends only differences, in order and counted', async () => {
    const source = new Source();
    const { port, page } = messageChannel();
    const feed = new SessionFeed(source, port, () => undefined);
    source.learn(10);
    source.show({ cluster: 'other name' });
    await eventually('four messages', () => page.received.length === 4);
    expect(types(page)).toEqual(['view', 'topology', 'patch', 'view']);
    const patch = received(page)[2]?.message;
    expect(patch?.type === 'patch' ? [patch.patch.from, patch.patch.revision] : null).toEqual([1, 2]);
    for (const { message, bytes } of received(page)) expect(bytes).toBe(JSON.stringify(message).length);
    feed[Symbol.dispose]();
  });

  it('without credit holds nothing back but the newest state, and sends one difference when credit returns', async () => {
    const source = new Source();
    const { port, page } = messageChannel();
    const feed = new SessionFeed(source, port, () => undefined);
    await eventually('the whole', () => page.received.length === 2);
    returnCredit(page, 0);
    await settle();
    source.learn(5_000_000);
    await eventually('the large patch', () => page.received.length === 3);
    const first = source.topology.revision;
    for (let i = 0; i < 50; i++) source.learn(10);
    source.show({ sentence: 'first' });
    source.show({ sentence: 'last' });
    await settle();
    expect(page.received).toHaveLength(3);
    returnCredit(page, 2);
    await eventually('what was missed', () => page.received.length === 5);
    await settle();
    expect(types(page).slice(3)).toEqual(['view', 'patch']);
    const [view, patch] = received(page)
      .slice(3)
      .map(({ message }) => message);
    expect(view?.type === 'view' ? view.view.sentence : null).toBe('last');
    expect(patch?.type === 'patch' ? [patch.patch.from, patch.patch.revision] : null).toEqual([
      first,
      first + 50,
    ]);
    expect(patch?.type === 'patch' ? Object.keys(patch.patch.upsert.evidence ?? {}).length : 0).toBe(50);
    feed[Symbol.dispose]();
  });

  it('sends a message larger than the window when nothing else is under way', async () => {
    const source = new Source();
    source.learn(9_000_000);
    const { port, page } = messageChannel();
    const feed = new SessionFeed(source, port, () => undefined);
    await eventually('the view', () => page.received.length === 1);
    returnCredit(page, 0);
    await eventually('the topology', () => page.received.length === 2);
    feed[Symbol.dispose]();
  });

  it('sends the whole again for another session', async () => {
    const source = new Source();
    source.learn(10);
    const { port, page } = messageChannel();
    const feed = new SessionFeed(source, port, () => undefined);
    source.become({ ...firstTopology, cluster: 'another', revision: 9 });
    source.become({ ...firstTopology, cluster: 'another', revision: 1 });
    await eventually('both', () => page.received.length === 4);
    expect(types(page)).toEqual(['view', 'topology', 'topology', 'topology']);
    feed[Symbol.dispose]();
  });

  it.each([
    null,
    'credit',
    { type: 'credit' },
    { type: 'credit', bytes: -4 },
    { type: 'credit', bytes: 1.5 },
  ])('hangs up on %j', async (message) => {
    const source = new Source();
    const { port, page } = messageChannel();
    new SessionFeed(source, port, () => undefined);
    page.send(message);
    await eventually('the end', () => page.closed());
    expect(source.followers).toBe(0);
  });

  it('asks for a sign of life past all credit, and tells of it', async () => {
    const { port, page } = messageChannel();
    let heard = 0;
    const feed = new SessionFeed(new Source(), port, () => heard++);
    feed.ping();
    await eventually('the question', () => JSON.stringify(page.received).includes('{"type":"ping"}'));
    expect(heard).toBe(0);
    page.send({ type: 'pong' });
    await eventually('the answer', () => heard === 1);
    feed[Symbol.dispose]();
  });

  it('lets go of the session when the page goes', async () => {
    const source = new Source();
    const { port, page } = messageChannel();
    new SessionFeed(source, port, () => undefined);
    page.close();
    await eventually('no follower', () => source.followers === 0);
    source.learn(1);
  });
});
