import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseNeighboursJson, parseNeighboursText } from './ip-neighbours.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

it('reads the same neighbours from JSON and from text', () => {
  const json = parseNeighboursJson(fixture('ip-j-neigh.txt'));
  expect(json.ok && json.value).toEqual(parseNeighboursText(fixture('ip-neigh.txt')));
  expect(json.ok && json.value).toEqual([
    { dst: '10.77.0.78', dev: 'ens192', mac: null, state: 'FAILED' },
    { dst: '10.77.0.77', dev: 'ens192', mac: '02:00:00:00:00:77', state: 'PERMANENT' },
  ]);
});

/** Words of every kind that the tools print, in any order: what no node says, too. */
const word = fc.oneof(
  fc.constantFrom(
    'dev',
    'lladdr',
    'used',
    'probes',
    'ref',
    'FAILED',
    'INCOMPLETE',
    'STALE',
    '10.0.0.2',
    'fe80::2',
  ),
  fc.constantFrom('used 61/67/61probes 6', '1/2/3', 'router', 'proxy', 'extern_learn', '', ' ', '\n'),
  fc.string({ maxLength: 20 }),
);

describe('with -s, how long ago an entry without an answer was used', () => {
  // Both as iproute2 6.1.0 printed them; text as 4.9 prints it (a space before probes, and ref).
  const JSON_LINES = `[{"dst":"192.0.2.1","dev":"eth0","lladdr":"02:fc:00:00:00:05","used":610,"confirmed":611,"updated":591,"probes":1,"state":["STALE"]},
    {"dst":"fd00::1","dev":"eth0","used":615,"confirmed":675,"updated":612,"probes":6,"state":["FAILED"]},
    {"dst":"192.0.2.9","dev":"eth0","used":2,"confirmed":90,"updated":2,"probes":1,"state":["INCOMPLETE"]}]`;
  const TEXT = `192.0.2.1 dev eth0 lladdr 02:fc:00:00:00:05  used 610/611/591probes 1 STALE 
fd00::1 dev eth0  used 615/675/612probes 6 FAILED 
192.0.2.9 dev eth0  ref 1 used 2/90/2 probes 1 INCOMPLETE
`;

  it('tells the same in JSON and in text: idle is what failed a while ago, and nothing else', () => {
    const json = parseNeighboursJson(JSON_LINES);
    expect(json.ok && json.value).toEqual(parseNeighboursText(TEXT));
    expect(parseNeighboursText(TEXT).map(({ state, idle }) => [state, idle])).toEqual([
      ['STALE', undefined],
      ['FAILED', true],
      ['INCOMPLETE', undefined],
    ]);
  });

  it('is idle only where it was neither used nor changed for half a minute', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.constantFrom(' ', ''), (used, updated, space) => {
        const [one] = parseNeighboursText(
          `10.0.0.2 dev eth0 used ${String(used)}/7/${String(updated)}${space}probes 3 FAILED`,
        );
        expect(one).toEqual({
          ...{ dst: '10.0.0.2', dev: 'eth0', mac: null, state: 'FAILED' },
          ...(used > 30 && updated > 30 ? { idle: true } : {}),
        });
      }),
      { numRuns: runs(50) },
    );
  });

  it('takes any text, and says of no entry with an answer that it is idle', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        for (const { state, idle } of parseNeighboursText(words.join(' ')))
          if (idle === true) expect(state).toMatch(/FAILED|INCOMPLETE/);
        parseNeighboursJson(words.join(' '));
      }),
      { numRuns: runs(100) },
    );
  });

  it('of BusyBox, which has no -s and prints ages that are none, nothing is idle', () => {
    expect(parseNeighboursText('fd00::1 dev eth0  used 0/0/0 probes 6 FAILED\n')).toEqual([
      { dst: 'fd00::1', dev: 'eth0', mac: null, state: 'FAILED' },
    ]);
  });
});
