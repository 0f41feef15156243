// What healthy clusters have that a small one has not, and no detector may take for trouble; beside each what is trouble.
import { describe, expect, it } from 'vitest';
import type { DeviceCounters } from '../../probe/counter-facts.ts';
import type { EndpointSliceFact } from '../../probe/kube-facts.ts';
import type { InsidesReading } from '../../probe/inside-facts.ts';
import { parseRulesText } from '../../probe/ip-rules.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { demo, fact } from '../../topology/testing/scenario.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { worker } from '../../trace/testing/worker.ts';
import { everywhere } from '../cluster.ts';
import { diagnose } from '../diagnose.ts';
import { draft } from '../draft.ts';
import {
  changed,
  counters,
  foundAt,
  known,
  link,
  neighbour,
  POD_A,
  POD_B,
  pods,
  section,
  settings,
  told,
  withList,
} from '../testing/case.ts';
import { BESIDE, threeNodes } from '../testing/three-nodes.ts';

type Addresses = NonNullable<NonNullable<NodeSnapshot['addresses']>['value']>[number];
interface Device {
  readonly is: NonNullable<Parameters<typeof link>[1]> & { readonly name: string };
  readonly address?: string;
}

/** These devices beside a node's own; an address with its prefix's length. */
function beside(...devices: readonly Device[]) {
  return ({ links, addresses }: NodeSnapshot): Partial<NodeSnapshot> => ({
    links: section('links', [
      ...devices.map(({ is }, at) => link(is.name, { ifindex: 70 + at, ...is })),
      ...(links?.value ?? []),
    ]),
    addresses: section('addresses', [
      ...(addresses?.value ?? []),
      ...devices.flatMap(({ is: { name }, address }, at): Addresses[] => {
        const [own = '', length = ''] = (address ?? '').split('/');
        const family = own.includes(':') ? 6 : 4;
        const one = { address: own, prefixLength: Number(length), family, scope: 'global' } as const;
        return address === undefined ? [] : [{ ifindex: 70 + at, name, addresses: [one] }];
      }),
    ]),
  });
}

it('Cilium, whose programs take packets past neighbours and routes: nothing of what the kernel’s own tables would do with them', () => {
  const node = (block: string, peers: string, hostName: string) => ({
    routes: [
      route(`${block}.100/32`, { dev: 'cilium_host', scope: 'link' }),
      route(`${block}.0/24`, { dev: 'cilium_host', via: `${block}.100`, proto: 'kernel' }),
      route(`${peers}.0/24`, { dev: 'cilium_host', via: `${block}.100`, proto: 'kernel' }),
      route('10.0.0.0/24', { dev: 'ens192', proto: 'kernel', scope: 'link' }),
    ],
    facts: (snapshot: NodeSnapshot): Partial<NodeSnapshot> => {
      const mac = (last: string): string => `02:00:00:00:${block.slice(-1).padStart(2, '0')}:${last}`;
      const noArp = { kind: 'veth', details: [['arp', 'off']] } as const;
      const { links, addresses } = beside(
        { is: { name: 'cilium_net', ...noArp, mac: mac('70'), peerIfindex: 71, peerName: 'cilium_host' } },
        {
          is: { name: 'cilium_host', ...noArp, mac: mac('71'), peerIfindex: 70, peerName: 'cilium_net' },
          address: `${block}.100/32`,
        },
        { is: { name: 'cilium_vxlan', kind: 'vxlan', mac: mac('72') } },
      )(snapshot);
      return {
        addresses: addresses ?? null,
        links: changed(links ?? null, (one) =>
          one.name === hostName ? { ...one, name: 'lxc1', mac: mac('01') } : one,
        ),
        // A Pod has no route of its own.
        routes4: changed(snapshot.routes4, (one) => (one.dev === hostName ? null : one)),
        cni: section('cni', {
          files: ['/etc/cni/net.d/05-cilium.conflist'],
          flannel: null,
          agents: [{ pid: 9, comm: 'cilium-agent' }],
        }),
      };
    },
  });
  const a = node('192.168.1', '192.168.2', POD_A);
  expect(foundAt({ a, b: node('192.168.2', '192.168.1', POD_B) })).toEqual([]);
});

it('a node that takes frames of its router alone, for what a router brings has that one’s MAC address', () => {
  const iptables = `iptables-save -c
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
[9:540] -A INPUT -i ens192 -m mac ! --mac-source 02:00:00:00:ff:fe -j DROP
COMMIT
`;
  const firewall = section('firewall', {
    ...{ tables: [], ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 },
    ...worker({ iptables }).filters,
  });
  const at = (b: string): string[] =>
    told(
      diagnose(
        threeNodes(
          () => 'over',
          { ...BESIDE, b },
          (label) => (label === 'b' ? { firewall } : {}),
        ),
      ),
    );
  expect(at('10.9.0.2')).toEqual([]);
  expect(at(BESIDE.b)).not.toEqual([]);
});

it('a cloud whose fabric answers for every node with one MAC address; not two entries that somebody wrote', () => {
  const at = (
    state: string,
    dsts: readonly string[] = ['10.0.0.254', ...Object.values(BESIDE)],
  ): string[] => {
    const entry = (dst: string) => neighbour(dst, { mac: '12:34:56:78:9a:bc', state });
    return told(
      diagnose(
        threeNodes(
          () => 'ens192',
          BESIDE,
          (label) => ({ neighbours: section('neighbours', label === 'a' ? dsts.map(entry) : []) }),
        ),
      ),
    );
  };
  expect(at('REACHABLE')).toEqual([]);
  // What answers for all addresses of one node alone is no fabric, but another machine.
  expect(at('REACHABLE', [BESIDE.b, '192.168.2.0', 'fe80::2'])).toEqual(['wrong-neighbour a']);
  expect(at('PERMANENT')).toContain('wrong-neighbour a');
});

describe('policy-routing-diverts', () => {
  /** A Pod of a second interface: its node's rules have its packets leave by that, to a router that nobody reads. */
  const second = (peers: string, ip: string, rules: string) => ({
    routes: [
      route('10.0.0.0/24', { dev: 'ens192', proto: 'kernel', scope: 'link' }),
      route('0.0.0.0/0', { dev: 'eth1', via: '10.7.0.1', table: '2' }),
      route('10.7.0.1/32', { dev: 'eth1', scope: 'link', table: '2' }),
      route(`${peers}.0/24`, { dev: 'ens192', via: '10.0.0.253' }),
    ],
    facts: (snapshot: NodeSnapshot): Partial<NodeSnapshot> => ({
      ...beside({ is: { name: 'eth1', mac: '02:00:00:00:07:01' }, address: '10.7.0.9/24' })(snapshot),
      rules4: section('rules4', parseRulesText(rules.replaceAll('POD', ip), 4).entries),
      cni: section('cni', { files: ['/etc/cni/net.d/10-aws.conflist'], flannel: null, agents: [] }),
    }),
  });
  const KERNELS = '0: from all lookup local\n32766: from all lookup main';
  const at = (rules: string): string[] =>
    foundAt({
      a: second('192.168.2', '192.168.1.2', `${KERNELS}\n${rules}`),
      b: second('192.168.1', '192.168.2.3', `${KERNELS}\n${rules}`),
    });

  it('networks at a cloud’s interfaces have a rule for each Pod of a second one; anybody else’s is none of theirs', () => {
    expect(at('100: from POD lookup 2')).toEqual(['policy-routing-diverts a', 'policy-routing-diverts b']);
    expect(at('111: from POD to 192.168.0.0/16 lookup 2')).toEqual([]);
    expect(at('2048: from POD lookup 2')).toEqual([]);
    expect(
      at(
        '512: from all to POD lookup main\n1024: from all fwmark 0x80/0x80 lookup main\n1536: from POD lookup 2',
      ),
    ).toEqual([]);
  });
});

describe('vxlan-fdb-missing', () => {
  const vxlan = {
    kind: 'vxlan',
    mtu: 1430,
    tunnel: { vni: 4096, port: 4789, local: null, remote: null, lower: 'ens192' },
  } as const;
  const gateway = 'fd00:10:2::';
  const macs = { four: '66:00:00:00:00:04', six: '66:00:00:00:00:06' };
  const both = beside(
    { is: { name: 'vxlan.calico', ...vxlan, mac: macs.four }, address: '192.168.9.0/32' },
    { is: { name: 'vxlan-v6.calico', ...vxlan, mac: macs.six }, address: `${gateway}/128` },
  );
  const toB = (mac: string, forwards: { readonly mac: string; readonly dst: string } | null) => ({
    routes: [route('fd00:10:2::/122', { family: 6, dev: 'vxlan-v6.calico', via: gateway, proto: '80' })],
    facts: (snapshot: NodeSnapshot) => ({
      ...beside({ is: { name: 'vxlan-v6.calico', ...vxlan, mac: '66:00:00:00:00:0a' } })(snapshot),
      neighbours: section('neighbours', [neighbour(gateway, { dev: 'vxlan-v6.calico', mac })]),
      fdb: section(
        'fdb',
        forwards === null
          ? []
          : [{ ...forwards, dev: 'vxlan-v6.calico', master: null, vlan: null, permanent: true }],
      ),
    }),
  });

  it('a device a family on each node: the far end is the one that has the gateway’s address', () => {
    const right = toB(macs.six, { mac: macs.six, dst: '10.0.0.2' });
    expect(foundAt({ a: right, b: { facts: both } })).toEqual([]);
    const wrong = toB(macs.four, { mac: macs.four, dst: '10.0.0.2' });
    expect(foundAt({ a: wrong, b: { facts: both } })).toEqual(['vxlan-fdb-missing a']);
  });

  it('one that floods until it has learned: an entry for anywhere is to a group, or to all others', () => {
    const floods = toB(macs.six, { mac: '00:00:00:00:00:00', dst: '239.1.1.1' });
    expect(foundAt({ a: floods, b: { facts: both } })).toEqual([]);
    expect(foundAt({ a: toB(macs.six, null), b: { facts: both } })).toEqual(['vxlan-fdb-missing a']);
  });
});

it('mtu-mismatch: IPIP goes out by the NIC that leads to its gateways, not by another, smaller one', () => {
  const tunnelled = (mtu: number) => ({
    routes: [route('192.168.9.0/24', { dev: 'tunl0', via: '10.0.0.9', proto: 'static', flags: ['onlink'] })],
    facts: beside({ is: { name: 'ens160', mtu: 1400 } }, { is: { name: 'tunl0', kind: 'ipip', mtu } }),
  });
  expect(foundAt({ a: tunnelled(1480) })).toEqual([]);
  expect(foundAt({ a: tunnelled(1500) })).toEqual(['mtu-mismatch a']);
});

describe('socket-not-listening', () => {
  const slice = (protocol: string, port: number): EndpointSliceFact => ({
    namespace: 'default',
    name: 'web-1',
    service: 'web',
    endpoints: [
      {
        addresses: ['192.168.1.2'],
        ...{ ready: true, serving: true, terminating: false, hinted: false },
        nodeName: 'a',
        pod: 'c2c-network-demo',
      },
    ],
    ports: [{ name: null, protocol, port }],
  });
  const hears = (extra: Partial<InsidesReading['read'][number]> = {}) => ({
    facts: () => ({
      insides: section<InsidesReading>('insides', {
        read: [
          {
            ...{ links: null, addresses: null, routes4: null, routes6: null, rules4: null, rules6: null },
            ...{
              neighbours: null,
              fdb: null,
              filters: null,
              pid: 50,
              inode: 100,
              startTicks: 7,
              sysctls: new Map(),
            },
            sockets: [{ pid: 50, protocol: 'tcp6', address: '::', port: 8080, waiting: 0, drops: 0 }],
            ...{ socketsCut: [], unanswered: [], at: null, evidence: ['sockets'], sentence: null },
            ...extra,
          },
        ],
        unread: [],
      }),
    }),
  });
  const at = (one: EndpointSliceFact, extra: Parameters<typeof hears>[0] = {}) =>
    foundAt({ a: hears(extra), b: { pods: [] } }, (inventory) =>
      withList(withList(inventory, 'endpointSlices', [one]), 'pods', [fact()]),
    );

  it('a port that nobody has', () => {
    expect(at(slice('TCP', 9090))).toContain('socket-not-listening a');
    expect(at(slice('UDP', 8080))).toContain('socket-not-listening a');
    expect(at(slice('TCP', 8080))).toEqual([]);
  });

  it('a warning where the Pod hears on others that Services send to: charts name ports that few serve', () => {
    const severityOf = (...slices: readonly EndpointSliceFact[]) => {
      const { nodes, inventory } = pods({ a: hears(), b: { pods: [] } });
      const all = withList(withList(inventory, 'endpointSlices', slices), 'pods', [fact()]);
      return diagnose(known([nodes], all))
        .findings.filter(({ id }) => id === 'socket-not-listening')
        .map(({ severity }) => severity);
    };
    expect(severityOf(slice('TCP', 9090))).toEqual(['error']);
    expect(severityOf(slice('TCP', 9090), { ...slice('TCP', 8080), name: 'web-2' })).toEqual(['warning']);
  });

  it('a command is not told with a name that no API server takes', () => {
    const commandsOf = (service: string) => {
      const { nodes, inventory } = pods({ a: hears(), b: { pods: [] } });
      const one = { ...slice('TCP', 9090), service };
      const all = withList(withList(inventory, 'endpointSlices', [one]), 'pods', [fact()]);
      return diagnose(known([nodes], all)).findings.flatMap(({ suggestion }) => suggestion.commands);
    };
    expect(commandsOf('web').some((command) => command.includes('service web'))).toBe(true);
    for (const odd of ['web; reboot', '$(id)', '-A', 'a`id`']) {
      const told = commandsOf(odd);
      expect(told.length).toBeGreaterThan(0);
      expect(told.filter((command) => command.includes(odd))).toEqual([]);
    }
  });

  it('nor is it in what would make a finding surer', () => {
    const odd = '$(id)';
    const { nodes, inventory } = pods({});
    const all = withList(inventory, 'pods', [fact(), fact({ uid: 'u9', name: odd, ips: ['192.168.1.9'] })]);
    const surer = (words: string): string | null | undefined =>
      diagnose(known([nodes], all), [
        {
          ...{ id: 'link-down', concludes: '', explainedBy: [] },
          detect: () => everywhere([draft({ title: 'it', because: '', mend: [''], surer: words })]),
        },
      ]).findings[0]?.surer;
    expect(surer(`Look: kubectl get pod ${odd}`)).not.toContain(odd);
    expect(surer('Look: kubectl get pod web')).toBe('Look: kubectl get pod web');
  });

  it('silent for SCTP, whose sockets are not read, and where not all sockets were', () => {
    expect(at(slice('SCTP', 9090))).toEqual([]);
    expect(at(slice('UDP', 9090), { socketsCut: [{ pid: 50, protocol: 'udp' }] })).toEqual([]);
    expect(at(slice('UDP', 9090), { socketsCut: [{ pid: 50, protocol: 'tcp' }] })).not.toEqual([]);
  });
});

it('node-identity-clash, duplicate-mac: a NIC behind a NAT of its own, or to a BMC, is the same on every machine', () => {
  const mac = '08:00:27:8d:c0:4d';
  const alike = (address: string) => ({ facts: beside({ is: { name: 'enp0s3', mac }, address }) });
  for (const address of ['10.0.2.15/24', '169.254.0.2/24', '169.254.95.120/16'])
    expect(foundAt({ a: alike(address), b: alike(address) })).toEqual([]);
  expect(foundAt({ a: alike('10.0.2.15/24'), b: alike('10.0.2.16/24') })).toEqual(['duplicate-mac b']);
});

const quiet: DeviceCounters = {
  name: 'ens192',
  ...{ rxPackets: 0, rxErrors: 0, rxDropped: 0, rxFifo: 0, rxFrame: 0, rxMulticast: 0 },
  ...{ txPackets: 0, txErrors: 0, txDropped: 0, txFifo: 0, txCarrier: 0 },
};

it('nic-drops: a queue that slows TCP down now and then; a link’s errors', () => {
  const at = (seconds: number, dropped: number, rxErrors: number) => ({
    at: seconds,
    facts: () => ({
      counters: {
        ...counters(
          {},
          {
            namespaces: [
              { identity: null, pid: null, counters: new Map(), devices: [{ ...quiet, rxErrors }] },
            ],
            qdiscs: [{ device: 'ens192', kind: 'fq_codel', handle: '0:', dropped, root: true }],
          },
        ),
        at: { s: seconds, ns: 0 },
      },
    }),
  });
  const later = (dropped: number, errors: number): string[] => {
    const [before, after] = [at(1000, 0, 0), at(1010, dropped, errors)].map((a) => pods({ a }));
    return told(diagnose(known([before?.nodes ?? [], after?.nodes ?? []], after?.inventory)));
  };
  expect(later(5, 0)).toEqual([]);
  expect(later(5000, 0)).toEqual(['nic-drops a']);
  expect(later(0, 5)).toEqual(['nic-drops a']);
});

it('whatever a device is called, in a suggested command it is a word: the kernel takes all but blanks, slashes and colons', () => {
  const name = 'cali;reboot';
  const a = {
    pods: [{ ...demo, hostName: name }],
    facts: ({ links }: NodeSnapshot) => ({
      links: section(
        'links',
        (links?.value ?? []).map((one) => (one.name === name ? { ...one, mtu: 1280 } : one)),
      ),
      settings: settings({
        'ipv4/ip_forward': '1',
        [`ipv4/conf/${name}/forwarding`]: '0',
        [`ipv4/conf/${name}/proxy_arp`]: '0',
      }),
    }),
  };
  const { nodes, inventory } = pods({ a });
  const { findings } = diagnose(known([nodes], inventory));
  expect(findings.map(({ id }) => id)).toEqual(expect.arrayContaining(['mtu-mismatch', 'ip-forward-off']));
  const commands = findings.flatMap(({ suggestion }) => suggestion.commands);
  expect(commands.filter((one) => one.includes(name))).not.toEqual([]);
  expect(commands.filter((one) => one.replaceAll(/'[^']*'/g, '').includes(name))).toEqual([]);
});

it('listen-overflow: a queue that is full; not a client to whom no route leads back', () => {
  const at = (seconds: number, rise: Record<string, number>) => ({
    at: seconds,
    facts: () => ({ counters: { ...counters(rise), at: { s: seconds, ns: 0 } } }),
  });
  const after = (rise: Record<string, number>): string[] => {
    const before = pods({ a: at(1000, Object.fromEntries(Object.keys(rise).map((name) => [name, 0]))) });
    const { nodes, inventory } = pods({ a: at(1010, rise) });
    return told(diagnose(known([before.nodes, nodes], inventory)));
  };
  expect(after({ TcpExtListenDrops: 3, TcpExtListenOverflows: 3 })).toEqual(['listen-overflow a']);
  expect(after({ TcpExtListenDrops: 3, TcpExtTCPReqQFullDrop: 3 })).toEqual(['listen-overflow a']);
  expect(after({ TcpExtListenDrops: 3, TcpExtListenOverflows: 0 })).toEqual([]);
});
