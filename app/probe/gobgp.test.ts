import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { readBird } from './bird-reading.ts';
import { parseGobgpNeighbours, parseGobgpRib, withGobgp } from './gobgp.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const neighbours = fixture('gobgp-3.10-neighbor.txt');
const rib = fixture('gobgp-3.10-rib.txt');

it('reads GoBGP’s neighbours in BIRD’s words', () => {
  expect(parseGobgpNeighbours(neighbours)).toMatchObject([
    {
      name: '10.12.22.152',
      state: 'up',
      bgpState: 'Established',
      localAddress: '10.12.22.151',
      localAs: 64512,
      neighbourAs: 64512,
      neighbourId: '10.12.22.152',
      session: ['internal'],
      imported: 3,
      holdTime: 90,
      keepaliveTime: 30,
      sinceAt: { s: 1_795_681_225, ns: 0 },
      channels: [{ name: 'ipv4', state: 'UP', imported: 3, filtered: 0 }],
    },
    { name: '10.12.22.99', state: 'start', bgpState: 'Active', localAddress: null, session: ['external'] },
  ]);
});

it('reads GoBGP’s table', () => {
  const routes = parseGobgpRib(rib) ?? [];
  expect(routes.map(({ dst, protocol, source }) => [dst, protocol, source])).toEqual([
    ['10.100.7.0/24', '10.12.22.152', 'BGP'],
    ['192.168.1.0/24', 'local', 'static'],
    ['192.168.2.0/24', '10.12.22.152', 'BGP'],
    ['192.168.9.0/24', '10.12.22.152', 'BGP'],
  ]);
  expect(routes[3]).toMatchObject({
    nexthops: [{ via: '10.12.22.77', dev: null }],
    localPref: 100,
    communities: ['(64512,7)'],
    primary: true,
  });
});

it('a node with GoBGP instead of BIRD runs a BGP daemon; where it cannot be asked, that is said', () => {
  const bird = readBird('visible\n', [], null);
  const read = withGobgp(bird, { state: 'ok', stdout: neighbours }, rib);
  expect(read.reading).toMatchObject({ state: 'running', daemons: [{ program: 'gobgp', as: 64512 }] });
  expect(read.reading.routes?.routes).toHaveLength(4);
  const missing = withGobgp(bird, { state: 'missing-tool', stdout: '' }, '');
  expect(missing).toMatchObject({
    state: 'missing-tool',
    reading: { state: 'unknown', sentence: 'GoBGP runs, but the node has no gobgp to ask it with.' },
  });
  // A table that head cut off.
  expect(
    withGobgp(bird, { state: 'ok', stdout: neighbours }, rib.slice(0, 300)).reading.routes,
  ).toMatchObject({
    routes: [],
    cut: true,
  });
});

it('any text and any JSON: an answer or null, never a throw', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.nat(neighbours.length).map((at) => neighbours.slice(0, at)),
  );
  fc.assert(
    fc.property(text, (said) => {
      parseGobgpNeighbours(said);
      parseGobgpRib(said);
    }),
    { numRuns: runs(200) },
  );
});
