import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAddressesJson, parseAddressesText } from './ip-addresses.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

it('reads the same addresses from JSON, from text and from BusyBox', () => {
  const json = parseAddressesJson(fixture('ip-j-addr.txt'));
  expect(json.ok && json.value).toEqual(parseAddressesText(fixture('ip-addr.txt')));
  expect(json.ok && json.value).toEqual(parseAddressesText(fixture('busybox-ip-addr.txt')));
  expect(json.ok && json.value[1]).toEqual({
    ifindex: 2,
    name: 'ens192',
    addresses: [
      { address: '10.77.0.1', prefixLength: 24, family: 4, scope: 'global' },
      { address: 'fe80::a093:83ff:fec5:32a7', prefixLength: 64, family: 6, scope: 'link' },
    ],
  });
});
