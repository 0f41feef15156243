import { expect, it } from 'vitest';
import type { InterfaceEntity } from './model.ts';
import { vxlanPortsOf } from './vxlan-ports.ts';

const device = (name: string, kind: InterfaceEntity['kind'], port: number | null): InterfaceEntity => ({
  ...{ id: name, nodeId: 'a', netnsId: 'a', ifindex: 2, name, kind, role: 'tunnel', mac: null, mtu: 1450 },
  ...{ operstate: 'UP', adminUp: true, carrier: true, addresses: [], peer: null, masterIfindex: null },
  ...{ since: { s: 0, ns: 0 }, until: null, evidence: [] },
  tunnel: { vni: 1, port, local: null, remote: null, lower: null },
});

it('VXLAN’s ports are the cluster file’s and the devices’ own, beside the usual ones', () => {
  const interfaces = Object.fromEntries(
    [
      device('vxlan.calico', 'vxlan', 4789),
      device('cilium_vxlan', 'vxlan', 8999),
      device('flannel.1', 'vxlan', 8999),
      device('odd', 'vxlan', 70_000),
      device('untold', 'vxlan', null),
      device('genev_sys', 'other', 6099),
    ].map((one) => [one.id, one]),
  );
  expect(vxlanPortsOf(interfaces, [4799, 8472])).toEqual([4799, 8999]);
  expect(vxlanPortsOf({}, [])).toEqual([]);
});
