// Addresses by which one is seen on the way.
import { expect, it } from 'vitest';
import type { TracePath } from '../../app/trace/model.ts';
import { Translations } from './translations.ts';

const POD = '192.168.1.2';
const NODE = '10.0.0.1';
const path = (...seen: readonly (readonly [src: string, dst: string])[]): Pick<TracePath, 'hops'> => ({
  hops: seen.map(
    ([src, dst]) => ({ came: { src, dst }, left: null }) as unknown as TracePath['hops'][number],
  ),
});

it('a Service and those behind it are one; what masquerades the Pod does not make the Pod one of its own peers', () => {
  const known = new Translations();
  known.learn([
    path([POD, '10.96.0.10'], [POD, '192.168.2.3']),
    path([POD, '10.96.0.10'], [POD, '192.168.2.4']),
    path([POD, '8.8.8.8'], [NODE, '8.8.8.8']),
  ]);
  expect([...known.of('192.168.2.4', [POD])].sort()).toEqual(['10.96.0.10', '192.168.2.3', '192.168.2.4']);
  expect(known.of('8.8.8.8', [POD])).toEqual(['8.8.8.8']);
  expect(known.of(NODE, [POD])).toEqual([NODE]);
  expect(known.of(NODE, [])).toEqual([NODE, POD]);
});

it('who is masqueraded as the same is another one', () => {
  const known = new Translations();
  const peers = Array.from({ length: 20 }, (_, at) => `192.168.3.${String(at + 1)}`);
  known.learn(peers.map((peer) => path([peer, POD], [NODE, POD])));
  expect(known.of('192.168.3.7', [POD])).toEqual(['192.168.3.7', NODE]);
});
