import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseBirdRoutes } from './birdcl-routes.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

describe.each(['2.0.12', '1.6.8'])('birdcl show route all, BIRD %s', (version) => {
  const { routes, unread } = parseBirdRoutes(fixture(`birdcl-${version}-routes.txt`));
  const to = (dst: string) => routes.find((route) => route.dst === dst);

  it('reads every route, whoever brought it', () => {
    expect(unread).toEqual([]);
    expect(routes.map(({ dst, type, protocol, source }) => [dst, type, protocol, source]).sort()).toEqual([
      ['10.100.9.0/24', 'blackhole', 'static1', 'static'],
      ['10.12.22.0/24', 'unicast', 'direct1', 'device'],
      ['192.168.1.0/24', 'blackhole', 'static1', 'static'],
      ['192.168.2.0/24', 'unicast', 'Mesh_10_12_22_152', 'BGP'],
      ['192.168.9.0/24', 'unicast', 'Mesh_10_12_22_152', 'BGP'],
    ]);
    expect(routes.every(({ primary }) => primary)).toBe(true);
  });

  it('knows next hop, teller and attributes', () => {
    expect(to('192.168.9.0/24')).toMatchObject({
      from: '10.12.22.152',
      nexthops: [{ via: '10.12.22.77', dev: 'va' }],
      bgpNextHop: '10.12.22.77',
      localPref: 100,
      communities: ['(64512,7)'],
      asPath: [],
      preference: 100,
    });
    expect(to('192.168.9.0/24')?.since).toMatch(/^08:(19:5|20:1)\d/);
    expect(to('10.12.22.0/24')?.nexthops).toEqual([{ via: null, dev: 'va' }]);
    expect(to('192.168.2.0/24')?.from).toBeNull();
  });

  it('reads what is not exported, and what the import filter refused', () => {
    const held = parseBirdRoutes(fixture(`birdcl-${version}-routes-noexport.txt`)).routes;
    expect(held.map(({ dst }) => dst).sort()).toEqual(['10.100.9.0/24', '10.12.22.0/24']);
    const refused = parseBirdRoutes(fixture(`birdcl-${version}-routes-filtered.txt`)).routes;
    expect(refused.map(({ dst, protocol }) => [dst, protocol])).toEqual([
      ['10.100.7.0/24', 'Mesh_10_12_22_152'],
    ]);
  });
});

it('reads several routes to one destination, several next hops, reflected routes and AS paths', () => {
  // nest/rt-show.c and rt-attr.c of 2.0.12; rt-table.c of 1.6.8 prints the second route's destination as blanks.
  const text = [
    'Table master4:',
    '10.1.0.0/16          unicast [Node_a 2026-11-25 from 10.0.0.9] * (100/?) [AS64513i]',
    '\tvia 10.0.0.1 on eth0 weight 1',
    '\tvia 10.0.0.2 on eth0 weight 1',
    '\tType: BGP univ',
    '\tBGP.as_path: 64513 64514',
    '\tBGP.originator_id: 10.0.0.7',
    '\tBGP.cluster_list: 224.0.0.1 224.0.0.2',
    '\tBGP.ext_community: (rt, 64512, 3)',
    '                     unreachable [Node_b 2026-11-25] (100/-) [AS64513i]',
    '\tType: BGP univ',
    '??',
  ].join('\n');
  expect(parseBirdRoutes(text)).toMatchObject({
    routes: [
      {
        dst: '10.1.0.0/16',
        from: '10.0.0.9',
        primary: true,
        nexthops: [{ via: '10.0.0.1' }, { via: '10.0.0.2' }],
        asPath: ['64513', '64514'],
        originatorId: '10.0.0.7',
        clusterList: ['224.0.0.1', '224.0.0.2'],
        communities: ['(rt, 64512, 3)'],
      },
      { dst: '10.1.0.0/16', table: 'master4', type: 'unreachable', primary: false, protocol: 'Node_b' },
    ],
    unread: [{ line: 12, text: '??' }],
  });
});

it('never throws; every line is a route’s or unread, with its number', () => {
  const line = fc.oneof(
    fc.constantFrom(...fixture('birdcl-2.0.12-routes.txt').split('\n')),
    fc.constantFrom(...fixture('birdcl-1.6.8-routes.txt').split('\n')),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const text = lines.join('\n');
      const { routes, unread } = parseBirdRoutes(text);
      const all = text.split('\n');
      for (const { line: number, text: said } of unread) expect(all[number - 1]?.slice(0, 200)).toBe(said);
      expect(routes.length + unread.length).toBeLessThanOrEqual(all.length);
      const strange = all.findIndex((one) => /^[^\s[]+$/.test(one) && !/^Table |^Access/.test(one));
      if (strange !== -1 && unread.length < 20) expect(unread.map(({ line: n }) => n)).toContain(strange + 1);
    }),
    { numRuns: runs(100) },
  );
});
