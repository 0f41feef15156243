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

it('an address that duplicate address detection gave up is marked, in JSON as in text', () => {
  const text = `2: ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
    inet6 fd00::2/64 scope global dadfailed tentative
       valid_lft forever preferred_lft forever
    inet6 fd00::3/64 scope global tentative
       valid_lft forever preferred_lft forever
`;
  const one = { prefixLength: 64, family: 6, scope: 'global' };
  const addresses = [
    { address: 'fd00::2', ...one, duplicate: true },
    { address: 'fd00::3', ...one },
  ];
  expect(parseAddressesText(text)[0]?.addresses).toEqual(addresses);
  const told = (local: string, more: object) => ({
    ...{ family: 'inet6', local, prefixlen: 64, scope: 'global', tentative: true },
    ...more,
  });
  const json = parseAddressesJson(
    JSON.stringify([
      {
        ifindex: 2,
        ifname: 'ens192',
        addr_info: [told('fd00::2', { dadfailed: true }), told('fd00::3', {})],
      },
    ]),
  );
  expect(json.ok && json.value[0]?.addresses).toEqual(addresses);
});
