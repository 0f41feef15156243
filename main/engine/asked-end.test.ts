import { expect, it } from 'vitest';
import { fail, ok, type Result } from '../../app/result.ts';
import { AskedEnd } from './asked-end.ts';
import type { OtherEnd } from './watch.ts';

const end = (addresses: readonly string[], podIds: readonly string[] = []): OtherEnd => ({
  ...{ to: 'svc/default/web', name: 'default/web', addresses, podIds },
});

function playing(first: OtherEnd) {
  const scene = { now: 0, answer: ok(first) as Result<OtherEnd, string>, asked: 0 };
  const found: OtherEnd[] = [];
  const asked = new AskedEnd({
    first,
    ask: () => {
      scene.asked += 1;
      return Promise.resolve(scene.answer);
    },
    now: () => scene.now,
    fits: (addresses) => addresses.length <= 4,
    onFound: (one) => found.push(one),
  });
  const seconds = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second += 1) {
      scene.now += 1_000;
      await asked.second();
    }
  };
  return { scene, found, asked, seconds };
}

it('is asked for again soon after a change, and seldom without one', async () => {
  const { scene, found, asked, seconds } = playing(end(['10.96.0.7']));
  await seconds(9);
  expect(scene.asked).toBe(0);
  await seconds(1);
  expect(scene.asked).toBe(1);
  asked.moved();
  await seconds(1);
  asked.moved();
  expect(scene.asked).toBe(1);
  await seconds(1);
  expect(scene.asked).toBe(2);
  await seconds(9);
  expect([scene.asked, found]).toEqual([2, []]);
});

it('keeps the addresses that it had beside those that are new, as long as there is room, and while it has fewer or is nobody', async () => {
  const { scene, found, asked, seconds } = playing(end(['10.96.0.7', '192.168.2.3'], ['pod:1']));
  scene.answer = ok(end(['10.96.0.7']));
  await seconds(10);
  scene.answer = fail('Nobody is called so.');
  await seconds(10);
  expect([scene.asked, found, asked.current.addresses]).toEqual([2, [], ['10.96.0.7', '192.168.2.3']]);
  scene.answer = ok(end(['10.96.0.7', '192.168.2.4'], ['pod:2']));
  await seconds(20);
  // Who is being ended still talks.
  const renewed = end(['10.96.0.7', '192.168.2.4', '192.168.2.3'], ['pod:2']);
  expect([found, asked.current]).toEqual([[renewed], renewed]);
  // Whose an address is may be known later than the address.
  scene.answer = ok(end(['10.96.0.7'], ['pod:3']));
  await seconds(10);
  expect(found.slice(1)).toEqual([{ ...renewed, podIds: ['pod:3'] }]);
  scene.answer = ok(end(['10.96.0.7', '192.168.2.5']));
  await seconds(10);
  expect(asked.current.addresses).toEqual(['10.96.0.7', '192.168.2.5', '192.168.2.4', '192.168.2.3']);
  scene.answer = ok(end(['10.96.0.7', '192.168.2.6']));
  await seconds(10);
  expect(asked.current.addresses).toEqual(['10.96.0.7', '192.168.2.6']);
});
