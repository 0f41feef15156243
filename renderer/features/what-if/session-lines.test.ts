import { expect, it } from 'vitest';
import { sessionLines } from './session-lines.ts';

const session = (peer: string, sentence: string) => ({
  sides: ['a', peer] as [string, string],
  holdTime: null,
  sentence,
});

it('sessions of which the same is to be said stand in one line, which names few of many', () => {
  const peers = Array.from({ length: 9 }, (_, n) => `n${String(n)}`);
  expect(
    sessionLines([...peers.map((peer) => session(peer, 'It is over.')), session('b', 'It waits.')]),
  ).toEqual(['a – n0, a – n1, a – n2, a – n3, a – n4, a – n5, and 3 more: It is over.', 'a – b: It waits.']);
});
