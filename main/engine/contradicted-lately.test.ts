import { expect, it } from 'vitest';
import { emptyTopology } from '../../app/topology/build.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { KernelContradiction } from '../../app/trace/model.ts';
import { ContradictedLately } from './contradicted-lately.ts';
import type { KernelWords } from './kernel-reader.ts';

const word = (netnsId: string): KernelContradiction => ({
  ...{ node: 'a', netnsId, place: 'a', isPod: false, command: 'ip route get 10.0.0.9' },
  ...{ destination: '10.0.0.9', family: 4, device: 'eth0', theirs: 'eth0', ours: 'eth1' },
});
const said = (...words: readonly (readonly [string, KernelContradiction | null])[]): KernelWords => ({
  words: new Map(words),
  answered: ['a'],
  unheard: ['b'],
});
const topology = emptyTopology('lab');
const none = () => Promise.resolve([]);
const beside = (kept: ContradictedLately): (string | undefined)[] | undefined =>
  kept.beside(undefined)?.contradictions?.map(({ netnsId }) => netnsId);

/** Answers when it is told to. */
function later() {
  let tell: (words: KernelWords) => void = () => undefined;
  const asking = new Promise<KernelWords>((resolve) => (tell = resolve));
  return { asking: () => asking, tell: (words: KernelWords) => tell(words) };
}

it('what one asked another does not forget, and who was asked later is believed, though an earlier one be done last', async () => {
  const kept = new ContradictedLately(() => topology);
  expect(beside(kept)).toBeUndefined();
  const slow = later();
  const first = kept.keep(none, slow.asking);
  expect(await kept.keep(none, () => Promise.resolve(said(['n1 x', null], ['n2 x', word('n2')])))).toEqual({
    ...{ contradicted: true, answered: ['a'], unheard: ['b'] },
  });
  slow.tell(said(['n1 x', word('n1')], ['n3 x', word('n3')]));
  await first;
  expect(beside(kept)).toEqual(['n2', 'n3']);
  await kept.keep(none, () => Promise.resolve(said(['n2 x', null], ['n3 x', null])));
  // They were asked and agree: that is known, too.
  expect(beside(kept)).toEqual([]);
});

it('of a cluster that was closed while its kernels were asked nothing is kept', async () => {
  const kept = new ContradictedLately(() => topology);
  const slow = later();
  const asked = kept.keep(none, slow.asking);
  kept.forget();
  slow.tell(said(['n1 x', word('n1')]));
  expect(await asked).toEqual({ contradicted: false, answered: [], unheard: [] });
  expect(beside(kept)).toBeUndefined();
});

it('is told until the tables of that time are others: the change of which the kernel knew is read by then', async () => {
  const known = (routes: number): Topology => ({
    ...topology,
    forwarding: { n1: { routes: Array(routes) } as never },
  });
  let now = known(1);
  const kept = new ContradictedLately(() => now);
  await kept.keep(none, async (lookups) => {
    await lookups();
    return said(['n1 x', word('n1')]);
  });
  // Another revision with the same tables.
  now = { ...now, revision: 2 };
  expect(beside(kept)).toEqual(['n1']);
  now = known(2);
  expect(beside(kept)).toEqual([]);
});
