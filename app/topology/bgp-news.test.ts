import { expect, it } from 'vitest';
import type { BirdReading } from '../probe/facts.ts';
import { nodesToAskOfBgp } from './bgp-news.ts';
import { buildTopology, emptyTopology } from './build.ts';
import type { Topology } from './model.ts';
import { bgp, inputOf } from './testing/synthetic-node.ts';

const ADDRESSES: Readonly<Record<string, string>> = { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3' };
const to = (peer: string, extra = {}) =>
  bgp(`Mesh_${peer}`, { neighbourAddress: ADDRESSES[peer] ?? '', ...extra });
const running = (...protocols: BirdReading['protocols']): Partial<BirdReading> => ({
  state: 'running',
  protocols,
});
const mesh = {
  a: running(to('b'), to('c')),
  b: running(to('a'), to('c')),
  c: running(to('a'), to('b')),
};

function read(
  birds: Readonly<Record<string, Partial<BirdReading>>>,
  at: number,
  before?: Topology,
): Topology {
  const nodes = Object.entries(birds).map(([label, bird]) => ({
    label,
    at,
    bird,
    address: ADDRESSES[label] ?? '',
  }));
  return buildTopology(before ?? emptyTopology('test'), inputOf(nodes));
}
function asked(before: Topology, now: Topology): string[] {
  const last = before.events.at(-1)?.id ?? 0;
  const ids = nodesToAskOfBgp(
    now,
    now.events.filter(({ id }) => id > last),
  );
  return [...ids].map((id) => now.nodes[id]?.label ?? '').sort();
}

it('the other side of a session that changed, and all peers of a daemon that ended', () => {
  const healthy = read(mesh, 1000);
  const down = { state: 'start', info: 'Active', bgpState: 'Active' };
  expect(asked(healthy, read({ ...mesh, a: running(to('b', down), to('c')) }, 1010, healthy))).toEqual(['b']);
  expect(asked(healthy, read({ ...mesh, a: { state: 'dead' } }, 1010, healthy))).toEqual(['b', 'c']);
});

it('nobody when nothing changed, when all was seen for the first time, or when somebody only remembers', () => {
  const healthy = read(mesh, 1000);
  expect(asked(healthy, read(mesh, 1010, healthy))).toEqual([]);
  expect(asked(emptyTopology('test'), healthy)).toEqual([]);
  const since = { s: 900, ns: 0 };
  const remembered = read({ ...mesh, a: running(to('b', { sinceAt: since })) }, 1000);
  expect(remembered.events.filter(({ teller }) => teller !== undefined)).toHaveLength(1);
  expect(asked(emptyTopology('test'), remembered)).toEqual([]);
});
