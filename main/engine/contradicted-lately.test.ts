import { expect, it, vi } from 'vitest';
import { emptyTopology } from '../../app/topology/build.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { KernelContradiction } from '../../app/trace/model.ts';
import { ContradictedLately } from './contradicted-lately.ts';

const word = { netnsId: 'netns:a', command: 'ip route get 10.0.0.2' } as KernelContradiction;
vi.mock('./kernel-reader.ts', () => ({
  kernelContradictions: async (lookups: () => Promise<unknown>) => {
    await lookups();
    return [word];
  },
}));

const known = (routes: number): Topology => ({
  ...emptyTopology('lab'),
  forwarding: { 'netns:a': { routes: Array(routes) } as never },
});
const context = { transport: () => null, now: () => 0, signal: new AbortController().signal };

it('what a kernel contradicted is told beside a diagnosis until the tables of that time are others', async () => {
  let topology = known(1);
  const lately = new ContradictedLately(() => topology);
  expect(lately.beside({})).toEqual({});
  expect(await lately.ask(() => Promise.resolve([]), context)).toBe(true);
  expect(lately.beside({})).toEqual({ contradictions: [word] });
  // Another revision with the same tables.
  topology = { ...topology, revision: 2 };
  expect(lately.beside({})).toEqual({ contradictions: [word] });
  // The change of which the kernel knew is read by now.
  topology = known(2);
  expect(lately.beside({})).toEqual({});
});
