import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Highlight, HighlightsMessage } from '../../app/contract/watch.ts';
import { runs } from '../../app/testing/runs.ts';
import { HighlightsFeed } from './highlights-feed.ts';
import { counted, digest, returnCredit } from './testing/counted.ts';
import { eventually, messageChannel, type PageEnd } from './testing/message-channel.ts';
import { WatchSource } from './testing/watch-source.ts';

const messages = (page: PageEnd): HighlightsMessage[] =>
  counted<HighlightsMessage>(page).map(({ message }) => message);
const items = (page: PageEnd): Highlight[] => messages(page).flatMap((message) => message.items);
const sum = (page: PageEnd, id: string, what: 'inbound' | 'outbound' | 'refused'): number =>
  items(page).reduce((total, item) => total + (item.interfaceId === id ? item[what] : 0), 0);
const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function connected(visible: string[]): Promise<{
  source: WatchSource;
  page: PageEnd;
  feed: HighlightsFeed;
}> {
  const source = new WatchSource();
  source.begin(1);
  const { port, page } = messageChannel();
  const feed = new HighlightsFeed(source, port);
  page.send({ type: 'visible', interfaces: visible });
  await settle(5);
  return { source, page, feed };
}

describe('HighlightsFeed', () => {
  it('tells what passed since it last told, of visible interfaces only', async () => {
    const { source, page, feed } = await connected(['a', 'b']);
    source.pass('a', 2, 1, 1);
    source.pass('hidden', 7, 7);
    await eventually('the first', () => items(page).length === 1);
    source.pass('a', 1, 0);
    source.pass('b', 0, 4);
    await eventually('all', () => sum(page, 'b', 'outbound') === 4 && sum(page, 'a', 'inbound') === 3);
    expect(items(page)[0]).toEqual({ interfaceId: 'a', inbound: 2, outbound: 1, refused: 1 });
    expect(items(page).some((item) => item.interfaceId === 'hidden')).toBe(false);
    for (const { message, bytes } of counted(page)) expect(bytes).toBe(JSON.stringify(message).length);
    feed[Symbol.dispose]();
  });

  it('what comes into sight begins with what passes then', async () => {
    const { source, page, feed } = await connected(['a']);
    source.pass('b', 1_000, 1_000);
    page.send({ type: 'visible', interfaces: ['b'] });
    await settle(5);
    source.pass('b', 1, 0);
    source.pass('a', 5, 5);
    await eventually('b', () => items(page).length === 1);
    expect(items(page)).toEqual([{ interfaceId: 'b', inbound: 1, outbound: 0, refused: 0 }]);
    feed[Symbol.dispose]();
  });

  it('another run begins anew', async () => {
    const { source, page, feed } = await connected(['a']);
    source.pass('a', 50, 0);
    await eventually('the first run', () => items(page).length === 1);
    source.begin(2);
    source.pass('a', 3, 0);
    await eventually('the second', () => items(page).length === 2);
    expect(messages(page).at(-1)).toEqual({
      type: 'highlights',
      run: 2,
      items: [{ interfaceId: 'a', inbound: 3, outbound: 0, refused: 0 }],
    });
    feed[Symbol.dispose]();
  });

  it('packets that turn out to be another interface’s leave the first one: sums stay right', async () => {
    const { source, page, feed } = await connected(['a', 'b']);
    source.pass('a', 5, 2, 1);
    await eventually('the first', () => sum(page, 'a', 'inbound') === 5);
    source.pass('a', -4, 0);
    source.pass('b', 4, 0);
    await eventually('the move', () => sum(page, 'b', 'inbound') === 4 && sum(page, 'a', 'inbound') === 1);
    feed[Symbol.dispose]();
  });

  it('at most 60 messages a second, and nothing is lost between them', async () => {
    const { source, page, feed } = await connected(['a']);
    const stop = digest(page);
    const began = performance.now();
    let passed = 0;
    while (performance.now() - began < 500) {
      source.pass('a', 10, 0);
      passed += 10;
      await settle(1);
    }
    const seconds = (performance.now() - began) / 1000;
    expect(page.received.length).toBeLessThanOrEqual(60 * seconds + 2);
    await eventually('every packet', () => sum(page, 'a', 'inbound') === passed);
    stop();
    feed[Symbol.dispose]();
  });

  it('merges while there is no credit', async () => {
    const many = Array.from({ length: 900 }, (_, i) => `if:netns:node/${String(i)}@1`);
    const { source, page, feed } = await connected(many);
    for (const id of many) source.counts.set(id, { inbound: 1, outbound: 0, refused: 0 });
    source.become({});
    await eventually('a message larger than the window', () => page.received.length === 1);
    for (let round = 0; round < 20; round++) {
      source.pass(many[0] ?? '', 1, 1);
      await settle(5);
    }
    expect(page.received).toHaveLength(1);
    returnCredit(page, 0);
    await eventually('what was merged', () => page.received.length === 2);
    expect(messages(page)[1]?.items).toEqual([
      { interfaceId: many[0], inbound: 20, outbound: 20, refused: 0 },
    ]);
    feed[Symbol.dispose]();
  });

  it('whatever passes and whenever it is asked, the sum of what is told is what passed in sight', async () => {
    const step = fc.oneof(
      fc.record({
        pass: fc.constantFrom('a', 'b', 'c'),
        inbound: fc.nat(5),
        outbound: fc.nat(5),
      }),
      fc.constant('credit' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { source, page, feed } = await connected(['a', 'b']);
        const passed = { a: 0, b: 0, c: 0 };
        let returned = 0;
        for (const one of steps) {
          if (one === 'credit') {
            await settle(1);
            if (page.received.length > returned) returnCredit(page, returned);
            returned = page.received.length;
            continue;
          }
          source.pass(one.pass, one.inbound, one.outbound);
          passed[one.pass] += one.inbound + one.outbound;
        }
        await eventually(
          'every packet in sight',
          () =>
            sum(page, 'a', 'inbound') + sum(page, 'a', 'outbound') === passed.a &&
            sum(page, 'b', 'inbound') + sum(page, 'b', 'outbound') === passed.b,
        );
        expect(sum(page, 'c', 'inbound') + sum(page, 'c', 'outbound')).toBe(0);
        feed[Symbol.dispose]();
      }),
      { numRuns: runs(20) },
    );
  });

  it.each([null, { type: 'visible' }, { type: 'visible', interfaces: [1] }, { type: 'credit', bytes: -1 }])(
    'hangs up on %j',
    async (message) => {
      const { source, page } = await connected([]);
      page.send(message);
      await eventually('the end', () => page.closed());
      expect(source.followers).toBe(0);
    },
  );
});
