// What a reader asks for again, on this machine instead of a node.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { localTransport } from '../node/testing/local-transport.ts';
import { NodeReader, restAfter } from './node-reader.ts';

it('a reading that was not understood, or was cut off, is made again: no smaller one stands for it', async () => {
  const once: readonly DiscoveryPart[] = ['links', 'routes', 'bird'];
  const asked: (readonly DiscoveryPart[])[] = [];
  const nothing = (): void => undefined;
  await using reader = new NodeReader({
    label: 'me',
    transport: localTransport(),
    sudo: false,
    follow: 'nothing',
    once,
    hadShell: false,
    now: () => Date.now(),
    onRights: nothing,
    onReady: nothing,
    onSettled: nothing,
    onLimit: nothing,
    onTick: nothing,
    onStreamLine: nothing,
    onStreamEnded: nothing,
    onReading: ({ parts }) => {
      asked.push(parts);
      if (asked.length === 1) reader.ring(['bird']);
      if (asked.length === 2) reader.ring(['routes']);
      return Promise.resolve({ uid: 0, complete: asked.length > 1 });
    },
  });
  reader.start();
  const deadline = performance.now() + 10_000;
  while (asked.length < 3 && performance.now() < deadline) await sleep(10);
  expect(asked).toEqual([once, once, ['routes']]);
  // What was read just now need not be read again.
  reader.ring(['bird', 'routes'], 60_000);
  reader.ring(['links']);
  while (asked.length < 4 && performance.now() < deadline) await sleep(10);
  expect(asked.slice(3)).toEqual([['links']]);
}, 15_000);

describe('a node that does not say who we are', () => {
  it('is asked again after a rest', () => {
    expect(restAfter('deadline', { hadShell: false, rest: 4_000 })).toBe(4_000);
  });

  it('is not asked again when its login has no shell', () => {
    expect(restAfter('no-shell', { hadShell: false, rest: 2_000 })).toBeNull();
  });

  it('is asked again, but rarely, when its login had one before', () => {
    expect(restAfter('no-shell', { hadShell: true, rest: 2_000 })).toBe(30_000);
  });
});
