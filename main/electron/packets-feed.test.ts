import { describe, expect, it } from 'vitest';
import type { PacketRows, PacketWindow, PacketsMessage } from '../../app/contract/watch.ts';
import { type PacketsFeed, packetsFeed } from './packets-feed.ts';
import { counted, digest, returnCredit } from './testing/counted.ts';
import { eventually, messageChannel, type PageEnd } from './testing/message-channel.ts';
import { WatchSource } from './testing/watch-source.ts';

const tail = (change: Partial<PacketWindow> = {}): PacketWindow => ({
  type: 'window',
  from: null,
  count: 5,
  filter: '',
  until: null,
  ...change,
});
const types = (page: PageEnd): string[] => counted<PacketsMessage>(page).map(({ message }) => message.type);
const rowsOf = (page: PageEnd): PacketRows[] =>
  counted<PacketsMessage>(page).flatMap(({ message }) => (message.type === 'rows' ? [message.rows] : []));
const lastTotal = (page: PageEnd): number | undefined =>
  counted<PacketsMessage>(page)
    .flatMap(({ message }) => (message.type === 'watch' ? [message.view.packets.total] : []))
    .at(-1);
const numbers = (rows: PacketRows | undefined): number[] => rows?.rows.map((row) => row.number) ?? [];
const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function connected(): { source: WatchSource; page: PageEnd; feed: PacketsFeed } {
  const source = new WatchSource();
  const { port, page } = messageChannel();
  return { source, page, feed: packetsFeed(source, port) };
}

describe('the packets’ feed', () => {
  it('tells the view at once, rows only for a window, each counted', async () => {
    const { source, page, feed } = connected();
    source.begin(1);
    source.decode(3);
    await eventually('both views', () => page.received.length >= 2);
    await settle(150);
    expect(new Set(types(page))).toEqual(new Set(['watch']));
    expect(source.queries).toEqual([]);
    page.send(tail());
    await eventually('rows', () => rowsOf(page).length === 1);
    expect(numbers(rowsOf(page)[0])).toEqual([1, 2, 3]);
    for (const { message, bytes } of counted(page)) expect(bytes).toBe(JSON.stringify(message).length);
    feed[Symbol.dispose]();
  });

  it("shows a run's first packets at once, and a moved window too, whatever the pace", async () => {
    let soonest = Infinity;
    // Three pauses would be 200 ms, each time; a busy machine is late once.
    for (let round = 0; round < 5 && soonest >= 130; round++) {
      const { source, page, feed } = connected();
      page.send(tail());
      await eventually('that there are none', () => rowsOf(page).length === 1);
      const began = performance.now();
      source.begin(1);
      await eventually('the run', () => rowsOf(page).at(-1)?.run === 1);
      source.decode(1);
      await eventually('its first packet', () => numbers(rowsOf(page).at(-1)).length === 1);
      page.send(tail({ count: 1, filter: '8080' }));
      await eventually('another window', () => rowsOf(page).at(-1)?.window.filter === '8080');
      soonest = Math.min(soonest, performance.now() - began);
      feed[Symbol.dispose]();
    }
    expect(soonest).toBeLessThan(130);
  });

  it('under a flood sends at most 30 messages a second, one query at a time, and ends with what is true', async () => {
    const { source, page, feed } = connected();
    const stop = digest(page);
    page.send(tail());
    source.begin(1);
    const began = performance.now();
    while (performance.now() - began < 500) {
      source.decode(100);
      await settle(1);
    }
    const seconds = (performance.now() - began) / 1000;
    // Beside the pace: what is shown at once.
    expect(page.received.length).toBeLessThan(30 * seconds + 8);
    const last = source.view.packets.total;
    await eventually('the last packet', () => numbers(rowsOf(page).at(-1)).at(-1) === last);
    expect(source.mostUnderWay).toBe(1);
    expect(lastTotal(page)).toBe(last);
    stop();
    feed[Symbol.dispose]();
  });

  it('sends rows only when they are others: paused, nothing comes but the view', async () => {
    const { source, page, feed } = connected();
    source.begin(1);
    source.decode(10);
    page.send(tail({ until: 10 }));
    await eventually('rows', () => rowsOf(page).length === 1);
    source.decode(10);
    await eventually('the view', () => lastTotal(page) === 20);
    source.decode(10);
    await eventually('the next', () => lastTotal(page) === 30);
    expect(rowsOf(page)).toHaveLength(1);
    feed[Symbol.dispose]();
  });

  it('asks again by itself until a filter has looked at all packets', async () => {
    const { source, page, feed } = connected();
    source.begin(1);
    source.decode(10);
    source.search = { scanned: 1, toScan: 10 };
    page.send(tail({ until: 10 }));
    await eventually('the first rows', () => rowsOf(page).length === 1);
    const asked = source.queries.length;
    await eventually('more questions', () => source.queries.length >= asked + 2);
    source.search = { scanned: 0, toScan: 0 };
    await eventually('the last rows', () => rowsOf(page).at(-1)?.toScan === 0);
    expect(source.mostUnderWay).toBe(1);
    const settled = source.queries.length;
    await settle(200);
    expect(source.queries.length).toBe(settled);
    feed[Symbol.dispose]();
  });

  it('without credit waits, holds nothing, and then tells the newest', async () => {
    const { source, page, feed } = connected();
    source.begin(1);
    await eventually('the view', () => page.received.length >= 2);
    returnCredit(page, 0);
    // Of about 250 kB each: the second is already more than the rest of the window.
    page.send(tail({ count: 500 }));
    for (let round = 0; round < 10; round++) {
      source.decode(500);
      await settle(70);
    }
    const before = page.received.length;
    const asked = source.queries.length;
    source.decode(500);
    await settle(150);
    expect(page.received.length).toBe(before);
    // It does not even look, so waiting costs nothing.
    expect(source.queries.length).toBe(asked);
    returnCredit(page, 2);
    await eventually('the newest rows', () => numbers(rowsOf(page).at(-1)).at(-1) === 5_500);
    feed[Symbol.dispose]();
  });

  it('tells the view before rows that need it, also when it changed while they were read', async () => {
    const { source, page, feed } = connected();
    page.send(tail());
    await eventually('nothing watched', () => rowsOf(page).length === 1);
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    source.beforeRows = () => held;
    source.begin(1);
    source.decode(1);
    source.decode(1);
    answer();
    await eventually('rows', () => numbers(rowsOf(page).at(-1)).length === 2);
    const messages = counted<PacketsMessage>(page).map(({ message }) => message);
    for (const [index, message] of messages.entries()) {
      if (message.type !== 'rows') continue;
      const view = messages.slice(0, index).findLast((earlier) => earlier.type === 'watch');
      expect(view?.view.run).toBe(message.rows.run);
      expect(view?.view.packets.total).toBeGreaterThanOrEqual(message.rows.end);
    }
    feed[Symbol.dispose]();
  });

  it('lives on when rows could not be read', async () => {
    const { source, page, feed } = connected();
    source.beforeRows = () => Promise.reject(new Error('a bug'));
    page.send(tail());
    await eventually('the query', () => source.queries.length === 1);
    source.beforeRows = () => Promise.resolve();
    source.begin(1);
    source.decode(1);
    await eventually('rows', () => numbers(rowsOf(page).at(-1)).length === 1);
    feed[Symbol.dispose]();
  });

  it.each([
    null,
    { type: 'window' },
    tail({ count: 501 }),
    tail({ from: -1 }),
    tail({ filter: 'x'.repeat(501) }),
    { type: 'credit', bytes: 0 },
    { type: 'pong' },
  ])('hangs up on %j', async (message) => {
    const { source, page } = connected();
    page.send(message);
    await eventually('the end', () => page.closed());
    expect(source.followers).toBe(0);
  });

  it('lets go of the watch when the page goes', async () => {
    const { source, page } = connected();
    page.send(tail());
    await eventually('rows', () => rowsOf(page).length === 1);
    page.close();
    await eventually('no follower', () => source.followers === 0);
    source.begin(1);
  });
});
