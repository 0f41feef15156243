import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { noWatch, type PacketsFromPage, type PacketsMessage } from '../../app/contract/watch.ts';
import { followPackets } from './watch-streams.ts';

/** Main's side of each stream that was opened, in order. */
let opened: MessagePort[] = [];
let wokenBy: (() => void) | null = null;

/** The page's surroundings, as far as a stream needs them: no window here, but real ports. */
beforeEach(() => {
  opened = [];
  const page = new EventTarget();
  const hopscope = {
    call: (_name: string, { nonce }: { nonce: string }) => {
      const { port1, port2 } = new MessageChannel();
      opened.push(port1);
      const event = Object.assign(new Event('message'), {
        source: page,
        data: { hopscopePort: nonce },
        ports: [port2],
      });
      queueMicrotask(() => page.dispatchEvent(event));
      wokenBy?.();
      return Promise.resolve({ ok: true });
    },
  };
  vi.stubGlobal(
    'window',
    Object.assign(page, {
      hopscope,
      requestAnimationFrame: (callback: () => void) => setTimeout(callback, 0),
      cancelAnimationFrame: clearTimeout,
    }),
  );
  vi.stubGlobal('document', { visibilityState: 'visible' });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function nextOpened(count: number): Promise<MessagePort> {
  return new Promise((resolve) => {
    const look = (): void => {
      const port = opened[count - 1];
      if (port !== undefined) resolve(port);
    };
    wokenBy = look;
    look();
  });
}

function heard(port: MessagePort): Promise<PacketsFromPage> {
  return new Promise((resolve) => {
    port.addEventListener('message', (event: MessageEvent<PacketsFromPage>) => resolve(event.data), {
      once: true,
    });
    port.start();
  });
}

const window1: PacketsFromPage = { type: 'window', from: null, count: 9, filter: '', until: null };
const view: PacketsMessage = { type: 'watch', view: noWatch };

it('gives credit back for what it digested; a broken stream is opened again and told the wish anew', async () => {
  const life = new AbortController();
  const taken: PacketsMessage[] = [];
  let fits = true;
  const done = followPackets(
    {
      take: (messages) => {
        taken.push(...messages);
        return fits;
      },
    },
    { current: () => window1, subscribe: () => () => undefined },
    { signal: life.signal },
  );
  const first = await nextOpened(1);
  expect(await heard(first)).toEqual(window1);
  first.postMessage(JSON.stringify(view));
  expect(await heard(first)).toEqual({ type: 'credit', bytes: JSON.stringify(view).length });
  expect(taken).toEqual([view]);

  fits = false;
  first.postMessage(JSON.stringify(view));
  const second = await nextOpened(2);
  expect(await heard(second)).toEqual(window1);

  // Main's end goes (the program lost its page's stream): the same.
  fits = true;
  second.close();
  const third = await nextOpened(3);
  expect(await heard(third)).toEqual(window1);
  life.abort();
  await done;
  third.close();
  first.close();
});
