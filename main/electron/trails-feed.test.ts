import { describe, expect, it } from 'vitest';
import type { TrailsMessage, TrailWindow } from '../../app/contract/trails.ts';
import { counted, digest, returnCredit } from './testing/counted.ts';
import { eventually, messageChannel, type PageEnd } from './testing/message-channel.ts';
import { WatchSource } from './testing/watch-source.ts';
import { type TrailsFeed, trailsFeed } from './trails-feed.ts';

const latest = (change: Partial<TrailWindow> = {}): TrailWindow => ({
  ...{ type: 'window', ids: null, flows: null, verdicts: null, count: 3, until: null },
  ...change,
});
type Trails = Extract<TrailsMessage, { type: 'trails' }>;
const messages = (page: PageEnd): TrailsMessage[] =>
  counted<TrailsMessage>(page).map(({ message }) => message);
const trailsOf = (page: PageEnd): Trails[] =>
  messages(page).filter((message): message is Trails => message.type === 'trails');
const lastRevision = (page: PageEnd): number | undefined => trailsOf(page).at(-1)?.trails[0]?.revision;
const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function connected(): { source: WatchSource; page: PageEnd; feed: TrailsFeed } {
  const source = new WatchSource();
  const { port, page } = messageChannel();
  return { source, page, feed: trailsFeed(source, port) };
}

describe('the trails’ feed', () => {
  it('tells the view at once, trails only for a window, the view before them, each counted', async () => {
    const { source, page, feed } = connected();
    source.begin(1);
    source.trail();
    await eventually('the view of the run', () => messages(page).length === 2);
    expect(source.trailQueries).toEqual([]);
    page.send(latest());
    await eventually('trails', () => trailsOf(page).length === 1);
    expect(messages(page).map(({ type }) => type)).toEqual(['view', 'view', 'trails']);
    expect(trailsOf(page)[0]).toMatchObject({ run: 1, window: latest() });
    expect(trailsOf(page)[0]?.trails.map(({ id }) => id)).toEqual([1, 2, 3]);
    for (const { message, bytes } of counted(page)) expect(bytes).toBe(JSON.stringify(message).length);
    feed[Symbol.dispose]();
  });

  it('under a flood sends at most 10 messages a second, and ends with what is true', async () => {
    const { source, page, feed } = connected();
    const stop = digest(page);
    source.begin(1);
    page.send(latest());
    await eventually('the first', () => trailsOf(page).length === 1);
    const [before, began] = [page.received.length, performance.now()];
    while (performance.now() - began < 450) {
      source.trail();
      await settle(1);
    }
    const seconds = (performance.now() - began) / 1000;
    expect(page.received.length - before).toBeLessThanOrEqual(10 * seconds + 2);
    const { revision } = source.trailsView;
    await eventually('the last revision', () => lastRevision(page) === revision);
    stop();
    feed[Symbol.dispose]();
  });

  it('asks again when revision or window changed, and not when only the view did', async () => {
    const { source, page, feed } = connected();
    source.begin(1);
    source.trail();
    page.send(latest());
    await eventually('trails', () => trailsOf(page).length === 1);
    source.trail({ revision: source.trailsView.revision, missed: 7 });
    await eventually('the view', () => {
      const last = messages(page).at(-1);
      return last?.type === 'view' && last.view.missed === 7;
    });
    expect(source.trailQueries).toHaveLength(1);
    page.send(latest({ count: 1 }));
    await eventually('another window', () => trailsOf(page).at(-1)?.window.count === 1);
    source.trail();
    await eventually('another revision', () => lastRevision(page) === source.trailsView.revision);
    expect(source.trailQueries).toHaveLength(3);
    feed[Symbol.dispose]();
  });

  it('does not tell trails of a run that ended while they were read', async () => {
    const { source, page, feed } = connected();
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    source.begin(1);
    source.trail();
    source.beforeTrails = () => held;
    page.send(latest());
    await eventually('the query', () => source.trailQueries.length === 1);
    source.begin(2);
    source.trail();
    answer();
    await eventually('trails', () => trailsOf(page).length > 0);
    expect(trailsOf(page).map(({ run }) => run)).toEqual([2]);
    feed[Symbol.dispose]();
  });

  it('without credit waits, does not even look, and then tells the newest', async () => {
    const { source, page, feed } = connected();
    source.begin(1);
    source.trail();
    await eventually('the view', () => page.received.length === 2);
    returnCredit(page, 0);
    page.send(latest({ count: 300 }));
    // As much as may be under way at once.
    const long = 'x'.repeat(1_000_000);
    source.trail({ drops: [{ after: 1, before: null, because: long, count: 1 }] });
    await settle(250);
    const [received, asked] = [page.received.length, source.trailQueries.length];
    source.trail();
    source.trail();
    await settle(250);
    expect([page.received.length, source.trailQueries.length]).toEqual([received, asked]);
    const stop = digest(page);
    await eventually('the newest', () => lastRevision(page) === source.trailsView.revision);
    stop();
    feed[Symbol.dispose]();
  });

  it('lives on when trails could not be read', async () => {
    const { source, page, feed } = connected();
    source.begin(1);
    source.beforeTrails = () => Promise.reject(new Error('a bug'));
    page.send(latest());
    await eventually('the query', () => source.trailQueries.length === 1);
    source.beforeTrails = () => Promise.resolve();
    source.trail();
    await eventually('trails', () => trailsOf(page).length === 1);
    feed[Symbol.dispose]();
  });

  it.each([null, { type: 'window' }, latest({ count: 301 }), { type: 'credit', bytes: 0 }])(
    'hangs up on %j, and lets go of the watch',
    async (message) => {
      const { source, page } = connected();
      page.send(message);
      await eventually('the end', () => page.closed());
      expect(source.followers).toBe(0);
    },
  );
});
