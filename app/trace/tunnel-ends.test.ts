// Which of a namespace's tunnels opens a packet.
import { expect, it } from 'vitest';
import { addressText, parseAddress } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { unwrappers } from './tunnel-ends.ts';

it('of two VXLANs of one number and port the one of the outer packet’s family, whichever stands first', () => {
  const { topology } = knownCluster(new URL('./fixtures/vxlan-bridge/', import.meta.url));
  const vxlan = Object.values(topology.interfaces).find(({ kind }) => kind === 'vxlan');
  if (vxlan === undefined) throw new Error('no VXLAN');
  const device = (name: string, local: string | null): [string, InterfaceEntity] => [
    name,
    { ...vxlan, name, tunnel: { vni: 4096, port: 4789, local, remote: null, lower: 'ens192' } },
  ];
  const opens = (from: string, ...devices: readonly [string, InterfaceEntity][]): string | undefined => {
    const src = parseAddress(from);
    if (src === null) throw new Error(from);
    const outer = { src, family: src.family, dport: 4789 };
    const at = { devices: new Map(devices) };
    return unwrappers(at, { kind: 'vxlan', vni: 4096 }, outer, addressText).found?.name;
  };
  const [four, six] = [device('vxlan.calico', '10.0.0.1'), device('vxlan-v6.calico', 'fd00::1')];
  expect(opens('10.0.0.2', four, six)).toBe('vxlan.calico');
  expect(opens('fd00::2', four, six)).toBe('vxlan-v6.calico');
  expect(opens('10.0.0.2', six, four)).toBe('vxlan.calico');
  // It names no address of its own: it may be either's.
  expect(opens('fd00::2', device('vxlan1', null))).toBe('vxlan1');
});
