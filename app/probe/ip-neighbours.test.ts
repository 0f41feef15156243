import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
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
