import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDiscovery } from '../probe/discovery.ts';
import { parseLinksJson } from '../probe/ip-links.ts';
import type { Link, Route } from '../probe/facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { cniOf } from './cni.ts';
import type { CniState, Topology } from './model.ts';
import { observeNode } from './observed.ts';
import { pairInterfaces } from './pair.ts';
import { topologyOf } from './testing/real-node.ts';

function recorded(name: string): NodeSnapshot {
  const output = readFileSync(new URL(`../probe/fixtures/${name}`, import.meta.url));
  const parsed = parseDiscovery(output, { nonce: 'abcdef0123456789', nodeLabel: 'w', seenAt: 1 });
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  return parsed.value;
}

function seen(snapshot: NodeSnapshot): CniState {
  const node = observeNode('c', { snapshot, hostKeyFingerprint: 'SHA256:w' });
  return cniOf(node, pairInterfaces(node));
}

const base = recorded('discovery-root.txt');

/** A node with these devices, as `ip -j -d` has them, and routes of the main table, each `PREFIX VIA DEV PROTO`. */
function made(devices: readonly object[], routes: readonly string[], signs = base.cni?.value): NodeSnapshot {
  const nic = {
    ifindex: 2,
    ifname: 'ens192',
    flags: ['UP', 'LOWER_UP'],
    link_type: 'ether',
    address: '00:50:56:00:00:01',
  };
  const text = JSON.stringify([nic, ...devices]);
  const links = parseLinksJson(text);
  if (!links.ok || base.links === null || base.routes4 === null) throw new Error('no links');
  const read = <T>(value: T) => ({ state: 'ok' as const, evidence: [], at: null, value, sentence: null });
  return {
    ...base,
    links: { ...base.links, value: links.value satisfies Link[] },
    addresses: read([]),
    routes4: { ...base.routes4, value: routes.map(routeOf) },
    routes6: read([]),
    nsids: read({ byInode: [], byName: [], lsnsFailed: false }),
    bird: null,
    fdb: read([]),
    pods: read([]),
    netns: read({ namespaces: [], named: [], hiddenProcesses: 0 }),
    cni: read(signs ?? { files: [], flannel: null, agents: [] }),
  };
}

function routeOf(line: string): Route {
  const [dst = '', via = '', dev = '', proto = 'boot'] = line.split(' ');
  return {
    dst,
    family: 4,
    type: 'unicast',
    dev,
    via: via === '-' ? null : via,
    proto,
    scope: null,
    table: 'main',
    metric: 0,
    prefsrc: null,
    flags: [],
    nexthops: [],
  };
}

const device = (ifindex: number, ifname: string, info_kind: string, more: object = {}) => ({
  ifindex,
  ifname,
  flags: ['UP', 'LOWER_UP'],
  link_type: 'ether',
  address: `02:00:00:00:00:${ifindex.toString(16).padStart(2, '0')}`,
  linkinfo: { info_kind },
  ...more,
});
const workload = (ifindex: number, ifname: string, more: object = {}) =>
  device(ifindex, ifname, 'veth', {
    link_index: 3,
    link_netnsid: ifindex,
    address: 'ee:ee:ee:ee:ee:ee',
    ...more,
  });

describe('what was recorded on real nodes', () => {
  it.each([
    ['discovery-root.txt', 'Calico', 'BGP'],
    ['discovery-vxlan.txt', 'Calico', 'VXLAN'],
    ['discovery-flannel.txt', 'Flannel', 'VXLAN'],
    ['discovery-bridge.txt', 'bridge', 'host-gw'],
    ['discovery-bridge-plain-user.txt', 'bridge', 'host-gw'],
  ])('%s: %s, %s', (name, cni, mode) => {
    const state = seen(recorded(name));
    expect(state).toMatchObject({ name: cni, mode, opaque: null });
    expect(state.evidence.length).toBeGreaterThan(0);
  });

  it('has the sign of each word', () => {
    expect(seen(recorded('discovery-vxlan.txt')).evidence).toEqual([
      'There is a device vxlan.calico of kind vxlan (VNI 4096, UDP 4789).',
      'There is a device vxlan-v6.calico of kind vxlan (VNI 4096, UDP 4789).',
      'Devices are named cali and a hash and have the MAC ee:ee:ee:ee:ee:ee; routes to single addresses leave by them.',
      'There is a file /etc/cni/net.d/10-calico.conflist.',
      'Routes to networks of other nodes leave by vxlan-v6.calico.',
      'Routes to networks of other nodes leave by vxlan.calico.',
    ]);
  });
});

describe('what is generated after each maker’s documentation', () => {
  it('Calico over IPIP, under a prefix of the operator’s', () => {
    const tunl0 = device(5, 'tunl0', 'ipip', { link_type: 'ipip', address: '0.0.0.0' });
    const state = seen(
      made(
        [workload(4, 'wla4d5046802b'), tunl0],
        ['10.1.2.0/24 10.0.0.2 tunl0 bird', '10.1.1.2/32 - wla4d5046802b 80'],
      ),
    );
    expect(state).toMatchObject({ name: 'Calico', mode: 'IPIP', opaque: null });
    expect(state.evidence[0]).toContain('named wl and a hash');
  });

  it('Calico’s eBPF, said to be opaque', () => {
    const devices = [
      workload(4, 'calia4d5046802b'),
      device(5, 'bpfin.cali', 'veth', { link: 'bpfout.cali' }),
      device(6, 'bpfout.cali', 'veth', { link: 'bpfin.cali' }),
    ];
    const state = seen(made(devices, ['10.1.1.2/32 - calia4d5046802b 80']));
    expect(state).toMatchObject({ name: 'Calico', mode: 'eBPF' });
    expect(state.opaque).toContain('calico-node -bpf');
  });

  it('Cilium, said to be opaque', () => {
    const devices = [
      device(3, 'cilium_net', 'veth', { link: 'cilium_host' }),
      device(4, 'cilium_host', 'veth', { link: 'cilium_net' }),
      device(5, 'cilium_vxlan', 'vxlan', { linkinfo: { info_kind: 'vxlan', info_data: { port: 8472 } } }),
      device(7, 'lxc1f2e3d4c5b6a', 'veth', { link_index: 6, link_netnsid: 1 }),
    ];
    const state = seen(made(devices, ['10.0.1.0/24 10.0.0.7 cilium_host kernel']));
    expect(state).toMatchObject({ name: 'Cilium', mode: 'VXLAN' });
    expect(state.opaque).toContain('eBPF');
  });

  it('Flannel’s host-gw, by its file beside a bridge', () => {
    const files = ['/etc/cni/net.d/10-flannel.conflist', '/run/flannel/subnet.env'];
    const signs = { files, flannel: { FLANNEL_MTU: '1500' }, agents: [{ pid: 9, comm: 'flanneld' }] };
    const cni0 = device(4, 'cni0', 'bridge');
    const port = device(5, 'veth0a1b2c3d', 'veth', { link_index: 3, link_netnsid: 1, master: 'cni0' });
    const state = seen(made([cni0, port], ['10.244.2.0/24 10.0.0.2 ens192'], signs));
    expect(state).toMatchObject({ name: 'Flannel', mode: 'host-gw', opaque: null });
    expect(state.evidence).toContain('flanneld runs (process 9).');
  });

  it('kube-router, Weave, and one it cannot explain', () => {
    expect(
      seen(made([device(4, 'kube-bridge', 'bridge')], ['10.1.2.0/24 10.0.0.2 ens192 17'])),
    ).toMatchObject({
      name: 'kube-router',
      mode: 'BGP',
    });
    const weave = [
      device(4, 'weave', 'bridge'),
      device(5, 'datapath', 'openvswitch'),
      device(6, 'vxlan-6784', 'vxlan'),
    ];
    expect(seen(made(weave, []))).toMatchObject({ name: 'Weave Net', mode: 'VXLAN (fast datapath)' });
    const antrea = seen(made([device(4, 'antrea-gw0', 'openvswitch')], []));
    expect(antrea).toMatchObject({ name: 'Antrea', mode: null });
    expect(antrea.opaque).toContain('does not know how Antrea forwards');
  });

  it('nobody’s: host routes without a mark are shown and called so; a lone leftover names nobody', () => {
    const signs = { files: ['/run/cilium'], flannel: null, agents: [] };
    const state = seen(
      made([device(4, 'pod17', 'veth', { link_index: 2, link_netnsid: 1 })], ['10.1.1.2/32 - pod17'], signs),
    );
    expect(state).toMatchObject({ name: null, mode: 'routes' });
    expect(state.evidence).toContain('There is a file /run/cilium. (Cilium)');
    expect(seen(made([], []))).toEqual({ name: null, mode: null, opaque: null, evidence: [] });
  });
});

const roles = (topology: Topology): Record<string, string> =>
  Object.fromEntries(
    Object.values(topology.interfaces).map(({ name, role, kind, kernelKind }) => [
      name,
      `${role} ${kernelKind ?? kind}`,
    ]),
  );

it('draws and labels every device, whatever it is called', () => {
  const devices = [
    device(3, 'cilium_net', 'veth', { link: 'cilium_host' }),
    device(4, 'cilium_host', 'veth', { link: 'cilium_net' }),
    device(5, 'cilium_geneve', 'geneve'),
    device(6, 'datapath', 'openvswitch'),
    device(7, 'lxc1f2e3d4c5b6a', 'veth', { link_index: 6, link_netnsid: 1 }),
    device(8, 'veth0a1b2c3d', 'veth', { link_index: 3, link_netnsid: 2, master: 'odd-bridge' }),
    device(9, 'odd-bridge', 'bridge'),
  ];
  expect(roles(topologyOf(made(devices, ['0.0.0.0/0 10.0.0.1 ens192'])))).toMatchObject({
    ens192: 'nic physical',
    cilium_net: 'other veth',
    cilium_host: 'other veth',
    cilium_geneve: 'tunnel geneve',
    datapath: 'other openvswitch',
    lxc1f2e3d4c5b6a: 'workload veth',
    veth0a1b2c3d: 'workload veth',
    'odd-bridge': 'bridge bridge',
  });
});

it('finds Pods behind a bridge from outside: address, MAC, port', () => {
  const topology = topologyOf(recorded('discovery-bridge-plain-user.txt'));
  const pods = Object.values(topology.pods);
  const port = Object.values(topology.interfaces).find(({ name }) => name === 'veth91cf3bcd');
  expect(pods).toMatchObject([
    { name: 'behind veth91cf3bcd', ips: ['192.168.1.2'], hostInterfaceId: port?.id },
  ]);
  expect(port).toMatchObject({ role: 'workload', peer: { podId: pods[0]?.id } });
});
