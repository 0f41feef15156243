import { expect, it } from 'vitest';
import type { TracePath } from '../trace/model.ts';
import { Masquerades, MOST_OUTSIDE } from './masquerades.ts';

const POD = '192.168.1.2';
const NODE = '10.0.0.1';
type Ends = readonly [src: string, dst: string];
const seenAs = ([src, dst]: Ends) => ({
  src,
  dst,
  protocol: 17,
  sport: 0,
  dport: 0,
  icmpType: null,
  carried: false,
});
const path = (...hops: readonly (readonly [netnsId: string, came: Ends | null, left: Ends | null])[]) => ({
  hops: hops.map(([netnsId, came, left]) => ({
    netnsId,
    came: came === null ? null : seenAs(came),
    left: left === null ? null : seenAs(left),
  })) as unknown as TracePath['hops'],
});
const out = (peer: string, pod = POD) =>
  path(['pod', null, [pod, peer]], ['node', [pod, peer], [NODE, peer]], ['other', [NODE, peer], null]);
const own = new Set([POD]);

it('says as whom a Pod’s packets are seen behind what masquerades them, where, and of whom alone', () => {
  const known = new Masquerades();
  known.learn([out('8.8.8.8'), out('1.1.1.1'), path(['pod', null, [POD, '192.168.2.3']])], own);
  known.learn([out('8.8.8.8')], own);
  const outside = [{ address: NODE, peers: ['8.8.8.8', '1.1.1.1'] }];
  for (const place of ['node', 'other']) expect(known.of([POD], place)).toEqual({ outside, isAll: true });
  for (const place of ['pod', 'nowhere']) expect(known.of([POD], place).outside).toEqual([]);
  // Of another Pod’s packets nothing is to be captured; nor does a Pod go on as itself.
  expect(known.of(['192.168.1.9'], 'node').outside).toEqual([]);
  expect(known.of([POD, NODE], 'node').outside).toEqual([]);
  known.learn(
    Array.from({ length: 40 }, (_, at) => out(`9.9.9.${String(at)}`)),
    own,
  );
  const { outside: some, isAll } = known.of([POD], 'node');
  expect([some.flatMap(({ peers }) => peers).length, isAll]).toEqual([MOST_OUTSIDE, false]);
});

it('keeps as whom others go on out of what is kept of the Pod, and says once that is not all', () => {
  const known = new Masquerades();
  const peers = Array.from({ length: 1_000 }, (_, at) => `9.9.${String(at >> 8)}.${String(at & 255)}`);
  known.learn(
    peers.map((peer) => out(peer, '192.168.1.9')),
    own,
  );
  known.learn([out('8.8.8.8')], own);
  expect(known.of([POD], 'node')).toEqual({
    outside: [{ address: NODE, peers: ['8.8.8.8'] }],
    isAll: true,
  });
  known.learn(
    peers.map((peer) => out(peer)),
    own,
  );
  expect(known.of([POD], 'node').isAll).toBe(false);
  // In another namespace some may be, too.
  expect(known.of([POD], 'pod').isAll).toBe(false);
});
