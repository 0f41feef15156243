// Which next hops that do not answer are told: those that are used, by the device that leads to them.
import { expect, it } from 'vitest';
import type { Neighbour, Route } from '../probe/facts.ts';
import { route } from '../topology/testing/synthetic-node.ts';
import { caseOf, link, neighbour, section } from './testing/case.ts';
import { unansweredHops } from './unanswered-hops.ts';

const gateway = (via: string, dev: string, extra: Partial<Route> = {}): Route =>
  route(via.includes(':') ? '::/0' : '10.8.0.0/16', {
    ...{ via, dev, proto: 'static', family: via.includes(':') ? 6 : 4 },
    ...extra,
  });
const failed = (dst: string, dev: string): Neighbour => neighbour(dst, { dev, mac: null, state: 'FAILED' });
const answers = (dst: string, dev: string): Neighbour => neighbour(dst, { dev });

/** Of a node with two NICs, ens192 and ens224: what does not answer, and by which line of its neighbours. */
function told(routes: readonly Route[], neighbours: readonly Neighbour[]): string[] {
  const cluster = caseOf([
    {
      ...{ label: 'a', at: 1000, address: '10.0.0.1', routes: [...routes] },
      facts: ({ links }) => ({
        links: section('links', [...(links?.value ?? []), link('ens224')]),
        neighbours: section('neighbours', neighbours),
      }),
    },
  ]);
  const node = cluster.node('a');
  if (node === null) throw new Error('no node');
  return unansweredHops(cluster, node).map(({ title }) => title);
}

it('a second gateway is no fault as long as the first is used', () => {
  const [first, second] = [
    gateway('10.0.0.254', 'ens192', { metric: 100 }),
    gateway('10.1.0.254', 'ens224', { metric: 200 }),
  ];
  const asked = [failed('10.1.0.254', 'ens224')];
  expect(told([first, second], asked)).toEqual([]);
  const one = '10.1.0.254, the next hop of 10.8.0.0/16 on a, does not answer ARP';
  expect(told([second], asked)).toEqual([one]);
  expect(told([{ ...first, flags: ['dead', 'linkdown'] }, second], asked)).toEqual([one]);
  expect(told([{ ...first, table: '100' }, second], asked)).toEqual([one]);
  expect(told([first, second], [failed('10.0.0.254', 'ens192')])).toHaveLength(1);
});

it('routers that have one link-local address are told apart by the device', () => {
  const both = [
    gateway('fe80::1', 'ens192'),
    gateway('fe80::1', 'ens224', { table: '100', dst: 'fd00::/8' }),
  ];
  const by = (bad: string, good: string): string[] =>
    told(both, [failed('fe80::1', bad), answers('fe80::1', good)]);
  expect(by('ens192', 'ens224')).toEqual([
    'fe80::1, the next hop of ::/0 on a, does not answer neighbour discovery',
  ]);
  expect(by('ens224', 'ens192')).toEqual([
    'fe80::1, the next hop of fd00::/8 on a, does not answer neighbour discovery',
  ]);
});
