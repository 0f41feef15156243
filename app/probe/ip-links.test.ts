import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseLinksJson, parseLinksText } from './ip-links.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

describe('ip link', () => {
  it('reads devices, their kinds and their other ends from JSON', () => {
    const links = parseLinksJson(fixture('ip-j-link.txt'));
    expect(links.ok && links.value).toMatchObject([
      { ifindex: 1, name: 'lo', kind: 'loopback', mac: null, operstate: 'UNKNOWN', peerIfindex: null },
      {
        ifindex: 2,
        name: 'ens192',
        kind: 'veth',
        mtu: 1500,
        peerIfindex: 2,
        peerNsid: 0,
        adminUp: true,
        carrier: true,
      },
      { ifindex: 3, name: 'docker0', kind: 'bridge', peerIfindex: null, peerNsid: null },
      { ifindex: 4, name: 'cali00000000001', mac: 'ee:ee:ee:ee:ee:ee', peerIfindex: 2, peerNsid: 1 },
      { ifindex: 5, name: 'cali00000000002', mac: 'ee:ee:ee:ee:ee:ee', peerIfindex: 2, peerNsid: 2 },
    ]);
  });

  it('reads the same from the text of an older iproute2, which names namespaces instead of numbering them', () => {
    const json = parseLinksJson(fixture('ip-j-link.txt'));
    const names = ['hpAb', 'hpAp1', 'hpAp2'];
    const numbered = parseLinksText(fixture('ip-link.txt')).map((link) => ({
      ...link,
      peerNsid: link.peerNetnsName === null ? link.peerNsid : names.indexOf(link.peerNetnsName),
      peerNetnsName: null,
    }));
    // Its details are not read from text.
    const plain = json.ok && json.value.map((link) => ({ ...link, details: undefined }));
    expect(json.ok && numbered).toEqual(plain);
  });

  it('does not believe BusyBox, which resolves the other end in the wrong namespace', () => {
    const links = parseLinksText(fixture('busybox-ip-link.txt'));
    expect(links.map(({ name }) => name)).toEqual([
      'lo',
      'ens192',
      'docker0',
      'cali00000000001',
      'cali00000000002',
    ]);
    expect(
      links.every(
        ({ peerIfindex, peerName, operstate }) =>
          peerIfindex === null && peerName === null && operstate === null,
      ),
    ).toBe(true);
  });

  it('finds the other end by name when both lie in one namespace', () => {
    const links = parseLinksJson(
      '[{"ifindex":7,"link":"b","ifname":"a","flags":[],"link_type":"ether","linkinfo":{"info_kind":"veth"}},' +
        '{"ifindex":8,"link":"a","ifname":"b","flags":[],"link_type":"ether","linkinfo":{"info_kind":"veth"}}]',
    );
    expect(links.ok && links.value.map(({ peerIfindex }) => peerIfindex)).toEqual([8, 7]);
  });

  it('tells hardware from tunnels and from kinds it does not know', () => {
    const kind = (type: string, info?: string): string | false => {
      const text = JSON.stringify([
        {
          ifindex: 1,
          ifname: 'x',
          flags: [],
          link_type: type,
          ...(info === undefined ? {} : { linkinfo: { info_kind: info } }),
        },
      ]);
      const links = parseLinksJson(text);
      return links.ok && (links.value[0]?.kind ?? '');
    };
    expect([
      kind('ether'),
      kind('ether', 'vxlan'),
      kind('ipip', 'ipip'),
      kind('none', 'wireguard'),
      kind('ether', 'toString'),
    ]).toEqual(['physical', 'vxlan', 'ipip', 'wireguard', 'other']);
  });

  it('says what is wrong with something else', () => {
    expect(parseLinksJson('{"ifindex": 1}').ok).toBe(false);
    expect(parseLinksJson('Object "link" is unknown').ok).toBe(false);
  });
});
