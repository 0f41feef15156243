import { expect, it } from 'vitest';
import type { BirdExchange, PrefixList } from '../probe/bird-exchange.ts';
import { bgpExchange, type ExchangeSide } from './bgp-exchange.ts';
import { MOST_PREFIX_ROWS } from './bgp-exchange-model.ts';
import { route } from './testing/synthetic-node.ts';

const list = (...prefixes: string[]): PrefixList => ({
  // A `-` before it: another route is better.
  prefixes: new Map(prefixes.map((one) => [one.replace(/^-/, ''), { best: !one.startsWith('-') }])),
  cut: false,
});
const exchange = (extra: Partial<BirdExchange>): BirdExchange => ({
  exported: list(),
  imported: list(),
  filtered: list(),
  commands: [],
  ...extra,
});
const side = (name: string, extra: Partial<BirdExchange>, ...routes: string[]): ExchangeSide => ({
  name,
  exchange: exchange(extra),
  why: null,
  routes: routes.map((dst) => route(dst)),
});
const silent: ExchangeSide = { name: 'b', exchange: null, why: 'b is not connected.', routes: null };

it('of each prefix that one advertises: what became of it at the other, the odd ones first', () => {
  const a = side('a', {
    exported: list('10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24', '10.0.4.0/24', '10.0.5.0/24'),
  });
  const b = side(
    'b',
    {
      imported: list('10.0.1.0/24', '-10.0.2.0/24', '10.0.3.0/24', '10.0.9.0/24'),
      filtered: list('10.0.4.0/24'),
    },
    '10.0.1.0/24',
    '10.0.2.0/24',
  );
  const [there, back] = bgpExchange([a, b]);
  expect(there?.rows).toEqual([
    { prefix: '10.0.5.0/24', fate: 'missing' },
    { prefix: '10.0.4.0/24', fate: 'refused' },
    { prefix: '10.0.9.0/24', fate: 'left-over' },
    { prefix: '10.0.3.0/24', fate: 'not-in-kernel' },
    { prefix: '10.0.2.0/24', fate: 'second' },
    { prefix: '10.0.1.0/24', fate: 'installed' },
  ]);
  expect(there?.sentences).toEqual([
    'b’s import filter refuses 1 prefix.',
    'b has not taken 1 prefix that a advertises. They were asked a moment apart.',
    'b still has 1 prefix that a does not advertise (any more).',
    'b has 1 prefix of them as its best in BIRD, but not in its kernel.',
  ]);
  expect(back).toMatchObject({ from: 'b', to: 'a', rows: [], sentences: [] });
});

it('a side that could not be asked: what was sent to it is shown, nothing is said to be missing', () => {
  expect(bgpExchange([side('a', { exported: list('10.0.1.0/24') }), silent])).toMatchObject([
    { from: 'a', rows: [{ fate: 'unknown' }], sentences: ['b is not connected.'] },
  ]);
});

it('where a daemon does not keep what it refuses, that is why nobody knows', () => {
  const [there] = bgpExchange([side('a', { exported: list('10.0.1.0/24') }), side('b', {})]);
  expect(there?.sentences[0]).toContain('(import keep filtered)');
});

it('where the list of what was refused is cut, nothing is said to be missing', () => {
  const [there] = bgpExchange([
    side('a', { exported: list('10.0.1.0/24') }),
    side('b', { filtered: { ...list('10.0.2.0/24'), cut: true } }),
  ]);
  expect(there?.rows).toEqual([{ prefix: '10.0.1.0/24', fate: 'unknown' }]);
});

it('lists that are cut: nothing is said to be missing or left over', () => {
  const cut = { prefixes: list('10.0.2.0/24').prefixes, cut: true };
  const [there] = bgpExchange([
    side('a', { exported: { ...cut, prefixes: list('10.0.1.0/24').prefixes } }),
    side('b', { imported: cut }),
  ]);
  expect(there?.rows).toEqual([{ prefix: '10.0.1.0/24', fate: 'unknown' }]);
  expect(there?.sentences.join()).toMatch(/a has more prefixes.*b has more prefixes/);
});

it('of ten thousand the odd ones are among the few that are sent', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`);
  const b = side('b', { imported: list(...many.slice(0, -1)) }, ...many);
  const [there] = bgpExchange([side('a', { exported: list(...many) }), b]);
  expect(there?.rows).toHaveLength(MOST_PREFIX_ROWS);
  expect(there?.rows[0]).toEqual({ prefix: many.at(-1), fate: 'missing' });
  expect(there?.left).toBe(10_000 - MOST_PREFIX_ROWS);
});

it('where the kernel’s routes were not read, nothing is said to be installed, nor not to be', () => {
  const a = side('a', { exported: list('10.0.1.0/24', '10.0.2.0/24') });
  const b = { ...side('b', { imported: list('10.0.1.0/24', '-10.0.2.0/24') }), routes: null };
  const [there] = bgpExchange([a, b]);
  expect(there?.rows.map(({ fate }) => fate)).toEqual(['second', 'unknown']);
  expect(there?.sentences.join()).toMatch(/^The routes in b’s kernel were not read/);
});

it('10,000 prefixes are laid beside each other in one short breath, by their numbers', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => `10.${Math.floor(n / 250)}.${n % 250}.0/24`);
  const [a, b] = [
    side('a', { exported: list(...many.toReversed()) }),
    side('b', { imported: list(...many) }, ...many),
  ];
  const began = performance.now();
  const [there] = bgpExchange([a, b]);
  const took = performance.now() - began;
  console.log(`10,000 prefixes: ${took.toFixed(0)} ms`);
  expect(there?.rows.map(({ prefix }) => prefix)).toEqual(many.slice(0, MOST_PREFIX_ROWS));
  expect(there).toMatchObject({ counts: { installed: 10_000 }, left: 10_000 - MOST_PREFIX_ROWS });
  // The window's calls wait for it: 100 ms.
  expect(took).toBeLessThan(3 * 100);
});
