import { expect, it } from 'vitest';
import { inputOf, route } from '../topology/testing/synthetic-node.ts';
import { build } from '../topology/testing/scenario.ts';
import { routesEverywhere } from './everywhere.ts';
import { asked } from './testing/asked.ts';

const block = (dst: string) => route(dst, { type: 'blackhole', proto: 'bird' });
const nodes = [
  { label: 'w10', at: 100, routes: [route('192.168.2.0/24', { via: '10.0.0.2', dev: 'ens192' })] },
  { label: 'w2', at: 100, address: '10.0.0.2', routes: [block('192.168.2.0/24')] },
  { label: 'w1', at: 100, address: '10.0.0.3' },
];
const topology = build(nodes);
const readings = new Map(Object.entries(inputOf(nodes).readings));

it('an address from every node: a line each, those from which it goes nowhere first', () => {
  const answer = routesEverywhere(topology, asked, readings);
  if (!answer.ok) throw new Error(answer.sentence);
  expect(answer.rows.map(({ at, verdict, route: text }) => [at, verdict, text])).toEqual([
    ['w2', 'rejected', 'blackhole 192.168.2.0/24 proto bird'],
    ['w1', 'forwarded', 'default via 10.0.0.254 dev ens192 proto boot'],
    ['w10', 'forwarded', '192.168.2.0/24 via 10.0.0.2 dev ens192 proto boot'],
  ]);
  expect(answer.more).toBe(0);
});

it('what is wrong with the question is said once', () => {
  expect(routesEverywhere(topology, { ...asked, destination: 'pod' }, readings)).toEqual({
    ok: false,
    sentence: '“pod” must be IP addresses of one family, as 192.168.1.2 or fd00::2.',
  });
  expect(routesEverywhere(build([]), asked)).toEqual({ ok: false, sentence: 'No node was read yet.' });
});
