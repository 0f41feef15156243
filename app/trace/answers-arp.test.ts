// An address is answered for at one device alone (arp_filter), by which the way back to its asker is: in a VRF by that one's table.
import { expect, it } from 'vitest';
import { parseAddress } from '../route/address.ts';
import { answersArp } from './answers-arp.ts';
import { namespaceOf } from './testing/namespace-of.ts';

const up = { flags: ['UP', 'LOWER_UP'], operstate: 'UP', mtu: 1500, link_type: 'ether' };
const vrf = { table: 100 };
const JSON_OF_IP = JSON.stringify([
  {
    ...{ ...up, ifindex: 2, ifname: 'eth0', address: '02:00:00:00:00:01', master: 'red' },
    linkinfo: { info_slave_kind: 'vrf', info_slave_data: vrf },
    addr_info: [{ family: 'inet', local: '10.0.0.1', prefixlen: 24, scope: 'global' }],
  },
  {
    ...{ ...up, ifindex: 3, ifname: 'red', address: '02:00:00:00:00:02', addr_info: [] },
    linkinfo: { info_kind: 'vrf', info_data: vrf },
  },
]);
/** It tells of no device which table it has. */
const TEXT_OF_IP = `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq master red state UP group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.1/24 scope global eth0
3: red: <NOARP,MASTER,UP,LOWER_UP> mtu 65575 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
`;

it.each([
  ['JSON', 'eth0', JSON_OF_IP, true],
  ['JSON', 'eth1', JSON_OF_IP, false],
  ['text', 'eth0', TEXT_OF_IP, null],
])('in a VRF, of %s, whose way back is %s', (_, back, addresses, answers) => {
  const at = namespaceOf({
    addresses,
    routes4: `10.0.0.0/24 dev ${back} table 100 proto kernel scope link src 10.0.0.1
local 10.0.0.1 dev eth0 table 100 proto kernel scope host src 10.0.0.1
local 10.0.0.1 dev eth0 table local proto kernel scope host src 10.0.0.1
`,
    rules4:
      '0:\tfrom all lookup local\n1000:\tfrom all lookup [l3mdev-table]\n32766:\tfrom all lookup main\n',
    sysctls: 'net.ipv4.conf.all.arp_filter = 1\nnet.ipv4.conf.eth0.rp_filter = 0',
  });
  const device = at.devices.get('eth0');
  const [own, asker] = [parseAddress('10.0.0.1'), parseAddress('10.0.0.2')];
  if (device === undefined || own === null) throw new Error('no case');
  expect(answersArp(at, device, own, asker)).toMatchObject({ answers });
});
