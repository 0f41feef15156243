// What the devices of this machine can be is asked of the kernel; bond, VLAN and netkit, for which it has no module, stand as
// iproute2's iplink_bond.c, iplink_vlan.c and iplink_netkit.c print them.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseLinksJson } from './ip-links.ts';

const device = (linkinfo: unknown): string =>
  JSON.stringify([{ ifindex: 3, ifname: 'x', flags: [], link_type: 'ether', txqlen: 1000, linkinfo }]);

function detailsOf(text: string, name = 'x'): Record<string, string> {
  const links = parseLinksJson(text);
  if (!links.ok) throw new Error(links.failure);
  return Object.fromEntries(links.value.find((link) => link.name === name)?.details ?? []);
}

describe('details of a device', () => {
  it.each([
    [
      {
        info_kind: 'bond',
        info_data: { mode: 'active-backup', active_slave: 'eth1', miimon: 100, ad_info: {} },
      },
      { mode: 'active-backup', active_slave: 'eth1', miimon: '100', txqlen: '1000' },
    ],
    [
      { info_kind: 'vlan', info_data: { protocol: '802.1Q', id: 5, flags: ['REORDER_HDR'] } },
      { protocol: '802.1Q', id: '5', txqlen: '1000' },
    ],
    [
      {
        info_kind: 'netkit',
        info_data: { mode: 'l3', type: 'primary', policy: 'forward', peer_policy: 'drop' },
      },
      { mode: 'l3', type: 'primary', policy: 'forward', peer_policy: 'drop', txqlen: '1000' },
    ],
    [
      {
        info_kind: 'veth',
        info_slave_kind: 'bridge',
        info_slave_data: { state: 'forwarding', hairpin: true },
      },
      { 'bridge state': 'forwarding', 'bridge hairpin': 'on', txqlen: '1000' },
    ],
  ])('%j', (linkinfo, expected) => {
    expect(detailsOf(device(linkinfo))).toEqual(expected);
  });

  it('of this kernel’s own bridge, port, VXLAN and macvlan', () => {
    const script = [
      'ip link add br0 type bridge',
      'ip link add p0 type veth peer name p1',
      'ip link set p0 master br0',
      'ip link add vx type vxlan id 4096 local 10.9.0.1 dstport 4789 nolearning',
      'ip link add link p1 name mv type macvlan mode bridge',
      'ip link set p1 arp off',
      'ip -j -d addr show',
    ].join(' && ');
    const text = execFileSync('unshare', ['--net', 'sh', '-c', script], { encoding: 'utf8' });
    expect(detailsOf(text, 'br0')).toMatchObject({ vlan_filtering: '0', stp_state: '0' });
    expect(detailsOf(text, 'p0')).toMatchObject({ 'bridge state': 'disabled', gso_max_size: '65536' });
    expect(detailsOf(text, 'vx')).toMatchObject({
      id: '4096',
      local: '10.9.0.1',
      port: '4789',
      learning: 'off',
    });
    expect(detailsOf(text, 'mv')).toMatchObject({ mode: 'bridge' });
    expect([detailsOf(text, 'p0')['arp'], detailsOf(text, 'p1')['arp']]).toEqual([undefined, 'off']);
  });

  it('never cost the device itself, whatever they hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (odd) => {
        const text = device({
          info_kind: 'bond',
          info_data: odd,
          info_slave_data: odd,
          info_slave_kind: odd,
        });
        expect(parseLinksJson(text)).toMatchObject({ ok: true, value: [{ name: 'x' }] });
      }),
      { numRuns: runs(200) },
    );
  });
});
