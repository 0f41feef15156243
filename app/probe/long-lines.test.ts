// A node may print what it likes: no line of it may hold the worker up.
import { expect, it } from 'vitest';
import { parseBirdProtocols } from './birdcl-protocols.ts';
import { parseBirdRoutes } from './birdcl-routes.ts';
import { parseBirdStatus } from './birdcl-status.ts';
import { parseKernelLog } from './kernel-log.ts';

/** What backtracks by the square of its length takes minutes over this. */
const LONG = 400_000;
const blanks = ' '.repeat(LONG);

/** As long as a line may be before it is cut, and as many of them as BIRD’s routes may take. */
const lines = (line: string): string => `10.0.0.0/8 unicast [a b]\n${`${line}\n`.repeat(2_000)}`;
const row = ' '.repeat(1_900);

it.each<readonly [string, () => unknown]>([
  ['blanks within a heading', () => parseBirdProtocols(`a BGP t up x${blanks}x`)],
  ['blanks within a pair', () => parseBirdProtocols(`a BGP t up x\n  Hold timer:${blanks}x`)],
  ['blanks within a route', () => parseBirdRoutes(`a${blanks}x`)],
  ['routes of blanks', () => parseBirdRoutes(lines(`a x${row}y [p`))],
  ['routes whose brackets are of blanks', () => parseBirdRoutes(lines(`a x [p ${row}x`))],
  ['routes whose attributes are of blanks', () => parseBirdRoutes(lines(`\ta:${row}\rx`))],
  ['routes of parentheses', () => parseBirdRoutes(lines(`\tBGP.community:${'('.repeat(1_900)}`))],
  ['blanks within a status', () => parseBirdStatus(`Router ID is ${blanks}x`)],
  [
    'a pattern that begins again and again',
    () => parseKernelLog(`uptime 1\n<1>[ 1.0] ${'nf_conntrack: '.repeat(LONG / 14)}`, { s: 1, ns: 0 }),
  ],
])('lines of any length are read in linear time: %s', (what, parse) => {
  const began = performance.now();
  parse();
  const took = performance.now() - began;
  console.log(`${what}: ${took.toFixed(0)} ms`);
  // By the square it is half an hour.
  expect(took).toBeLessThan(3 * 1_000);
});
