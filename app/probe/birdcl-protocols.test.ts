import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseBirdProtocols } from './birdcl-protocols.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

describe.each(['2.0.12', '1.6.8'])('birdcl show protocols all, BIRD %s', (version) => {
  it('reads an established session and one that cannot connect', () => {
    const read = parseBirdProtocols(fixture(`birdcl-${version}-established.txt`));
    expect(read.version).toBe(version);
    expect(read.protocols).toMatchObject([
      {
        name: 'Mesh_10_77_0_2',
        state: 'up',
        info: 'Established',
        bgpState: 'Established',
        neighbourAddress: '10.77.0.2',
        imported: 1,
        exported: 1,
        neighbourRestarting: false,
        restartTimer: null,
      },
      {
        name: 'Node_10_99_0_9',
        state: 'start',
        info: 'Active Socket: No route to host',
        bgpState: 'Active',
        lastError: 'Socket: No route to host',
        holdTimer: null,
      },
    ]);
    expect(read.protocols[0]?.since).toMatch(/^\d\d:\d\d:\d\d/);
    expect(read.protocols[0]?.holdTimer).toBeGreaterThan(100);
  });

  it('sees that a dead peer’s routes are kept', () => {
    const [session] = parseBirdProtocols(fixture(`birdcl-${version}-graceful-restart.txt`)).protocols;
    expect(session).toMatchObject({
      state: 'start',
      bgpState: 'Active',
      imported: 1,
      neighbourRestarting: true,
    });
    expect(session?.restartTimer).toBeGreaterThan(60);
  });
});

it('reads an old session’s date, a filtered count, and Calico’s version', () => {
  const read = parseBirdProtocols(
    'BIRD v0.3.3+birdv1.6.8 ready.\nname     proto    table    state  since       info\n' +
      'Mesh_1   BGP      master   up     2026-11-20 10:02:03  Established   \n' +
      '  Routes:         3 imported, 1 filtered, 2 exported, 3 preferred\n  BGP state:          Established\n' +
      '    Neighbor address: fe80::1%eth0\n',
  );
  expect(read).toMatchObject({
    version: 'v0.3.3+birdv1.6.8',
    protocols: [{ since: '2026-11-20 10:02:03', imported: 3, exported: 2, neighbourAddress: 'fe80::1' }],
  });
});

it('adds up the channels of one session', () => {
  const read = parseBirdProtocols(
    'Mesh_1   BGP   ---   up   10:02:03.123  Established\n  Channel ipv4\n    Routes:         3 imported, 2 exported, 3 preferred\n' +
      '  Channel ipv6\n    Routes:         4 imported, 1 exported, 4 preferred\n',
  );
  expect(read.protocols).toMatchObject([{ imported: 7, exported: 3 }]);
});

describe.each(['2.0.12', '1.6.8'])('a route reflector’s sessions, BIRD %s', (version) => {
  const { protocols } = parseBirdProtocols(fixture(`birdcl-${version}-reflector.txt`));

  it('has its client’s addresses, timers, counts, limits and capabilities', () => {
    const [client] = protocols;
    expect(client).toMatchObject({
      name: 'Mesh_10_12_22_152',
      description: 'Connection to BGP peer',
      localAddress: '10.12.22.151',
      neighbourAs: 64512,
      neighbourId: '10.12.22.152',
      imported: 2,
      exported: 1,
      holdTime: 90,
      keepaliveTime: 30,
      channels: [
        {
          imported: 2,
          filtered: 1,
          exported: 1,
          preferred: 2,
          limits: [{ of: 'import', routes: 1, hit: true, action: 'warn' }],
        },
      ],
    });
    expect(client?.session).toEqual(
      expect.arrayContaining(['internal', 'multihop', 'route-reflector', 'AS4']),
    );
    expect(client?.holdTimer).toBeLessThanOrEqual(90);
    expect(client?.capabilities.neighbour).toContain(version === '1.6.8' ? 'refresh' : 'Route refresh');
    // BIRD 1.6 does not tell its own.
    expect(client?.capabilities.own).toHaveLength(version === '1.6.8' ? 0 : 6);
    expect(client?.localAs).toBe(version === '1.6.8' ? null : 64512);
  });

  it('knows who waits and who tries in vain', () => {
    expect(protocols.slice(1)).toMatchObject([
      { name: 'Node_10_99_0_9', bgpState: 'Passive', session: [], holdTimer: null },
      { name: 'Global_10_12_22_99', neighbourAs: 64513, lastError: 'Socket: No route to host' },
    ]);
  });
});

it('any text: no throw, and a line that begins nothing known is unread, with its number', () => {
  const line = fc.oneof(
    fc.constantFrom(...fixture('birdcl-2.0.12-established.txt').split('\n')),
    fc.constantFrom(...fixture('birdcl-1.6.8-established.txt').split('\n')),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const all = lines.join('\n').split('\n');
      const { protocols, unread } = parseBirdProtocols(lines.join('\n'));
      const begins = all.flatMap((one, at) => (/^\S/.test(one) ? [at] : []));
      expect(protocols.length + unread.unreadCount).toBeLessThanOrEqual(begins.length);
      for (const { where, text } of unread.unread)
        expect(all[Number(where.slice('line '.length)) - 1]?.slice(0, 200)).toBe(text);
      const strange = begins.find((at) => /^\S+$/.test(all[at] ?? ''));
      if (strange !== undefined && unread.unreadCount <= 20)
        expect(unread.unread.map(({ where }) => where)).toContain(`line ${strange + 1}`);
    }),
    { numRuns: runs(100) },
  );
});

it.each(['2.0.12', '1.6.8'])('of what BIRD %s really prints nothing is unread', (version) => {
  for (const name of ['established', 'graceful-restart'])
    expect(parseBirdProtocols(fixture(`birdcl-${version}-${name}.txt`)).unread.unreadCount).toBe(0);
});
