// Pastes as people make them.
import { describe, expect, it } from 'vitest';
import { built, pasted, PASTED_AT } from './testing/built.ts';

const route = (text: string): ReturnType<typeof built> => built([pasted(text, 'w1.txt', 'w1')]);
const routesOf = ({ topology }: ReturnType<typeof built>) =>
  Object.values(topology.forwarding).flatMap(({ routes }) => routes);

describe('a ragged paste', () => {
  it('several commands of several nodes in one text, by their prompts', () => {
    const { topology, report } = built([
      pasted(
        `root@k8s-master:~# kubectl get pods -A -o wide
NAMESPACE   NAME   READY   STATUS    RESTARTS      AGE   IP            NODE           NOMINATED NODE   READINESS GATES
prod        web    1/1     Running   2 (3h ago)    12m   192.168.1.2   k8s-worker-1   <none>           <none>
root@k8s-master:~# ssh k8s-worker-1
Last login: yesterday
root@k8s-worker-1:~# date
Thu Nov 26 07:00:00 UTC 2026
root@k8s-worker-1:~# ip r
default via 10.12.0.1 dev ens192
192.168.1.2 dev cali7a1e4e5ab17 scope link
root@k8s-worker-1:~# exit
root@k8s-master:~# ip route
default via 10.12.0.1 dev eth0
`,
      ),
    ]);
    expect(report.pieces.map(({ home, command }) => [home.name, command])).toEqual([
      ['the cluster', 'kubectl get pods -A -o wide'],
      ['k8s-worker-1', 'ip r'],
      ['k8s-master', 'ip route'],
    ]);
    expect(report.pieces[1]).toMatchObject({ at: Date.UTC(2026, 10, 26, 7), dated: 'date' });
    expect(
      Object.values(topology.nodes)
        .map(({ label }) => label)
        .sort(),
    ).toEqual(['k8s-master', 'k8s-worker-1']);
    expect(report.unread).toEqual([
      {
        source: 'paste',
        line: 5,
        lastLine: 5,
        text: 'Last login: yesterday',
        why: 'no command’s output that is known',
      },
    ]);
  });

  it('CRLF, colours, marks before each line, and blanks squeezed', () => {
    const text =
      '> \u001b[1;31mdefault\u001b[0m via 10.12.0.1 dev ens192\r\n> 10.12.0.0/16 dev ens192 proto kernel scope link src 10.12.22.151\r\n';
    expect(routesOf(route(text)).map(({ dst, via, dev }) => [dst, via, dev])).toEqual([
      ['0.0.0.0/0', '10.12.0.1', 'ens192'],
      ['10.12.0.0/16', null, 'ens192'],
    ]);
  });

  it('masked addresses and what was left out are unread, with their lines; the rest is taken', () => {
    const { report, topology } = route(`default via 10.12.x.x dev ens192
10.12.0.0/16 dev ens192 proto kernel scope link
...
192.168.1.2 dev calid9d486e54a8 scope link
`);
    expect(report.unread.map(({ line, why }) => [line, why])).toEqual([
      [1, 'an address is masked'],
      [3, 'something was left out here'],
    ]);
    expect(Object.values(topology.forwarding)[0]?.routes).toHaveLength(2);
  });

  it('two moments that contradict each other are both kept, in order', () => {
    const { moments, topology, report } = route(`root@w1:~# date
Thu Nov 26 07:00:00 UTC 2026
root@w1:~# ip route
default via 10.12.0.1 dev ens192
192.168.2.0/24 via 10.12.22.153 dev ens192 proto bird
root@w1:~# date
Thu Nov 26 07:05:00 UTC 2026
root@w1:~# ip route
default via 10.12.0.1 dev ens192
192.168.2.0/24 via 10.12.22.152 dev ens192 proto bird
`);
    expect(moments).toHaveLength(2);
    expect(Object.values(topology.forwarding)[0]?.routes.map(({ via }) => via)).toEqual([
      '10.12.0.1',
      '10.12.22.152',
    ]);
    expect(topology.events.length).toBeGreaterThan(0);
    expect(report.notes.join(' ')).toContain('2 moments that differ');
  });

  it('fragments add up and do not contradict: a grepped list proves nothing by what it lacks', () => {
    const { moments, topology } = route(`root@w1:~# ip route
default via 10.12.0.1 dev ens192
192.168.2.0/24 via 10.12.22.152 dev ens192 proto bird
root@w1:~# ip route | grep default
default via 10.12.0.1 dev ens192
root@w1:~# ip route show table 220
192.168.9.0/24 dev tun0
root@w1:~# route -n
Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         10.12.0.1       0.0.0.0         UG    0      0        0 ens192
192.168.2.0     10.12.22.152    255.255.255.0   UG    0      0        0 ens192
`);
    expect(moments).toHaveLength(1);
    expect(
      Object.values(topology.forwarding)[0]?.routes.map(({ dst, table, proto }) => [dst, table, proto]),
    ).toEqual([
      ['0.0.0.0/0', 'main', 'boot'],
      ['192.168.2.0/24', 'main', 'bird'],
      ['192.168.9.0/24', '220', 'unknown'],
    ]);
  });

  it('what the kernel would do with one address is not a route of the table', () => {
    const { topology, report } = route(`$ ip route get 192.168.2.3
192.168.2.3 via 10.12.22.152 dev ens192 src 10.12.22.151 uid 0
    cache
`);
    expect(Object.values(topology.forwarding)).toEqual([]);
    expect(report.pieces[0]).toMatchObject({ use: 'kept', lastLine: 3 });
  });

  it('lines that the terminal cut are whole again, headings of a table, too', () => {
    const table = [
      'NAMESPACE   NAME                  READY   STATUS    RESTARTS   AGE     IP            NODE           NOMINATED NODE   READINESS GATES',
      'default     c2c-network-demo      2/2     Running   0          12m     192.168.1.2   k8s-worker-1   <none>           <none>',
      'default     c2c-network-demo-w2   2/2     Running   0          3h57m   192.168.2.3   k8s-worker-2   <none>           <none>',
    ];
    const cut = table.flatMap((line) => line.match(/.{1,80}/g) ?? []).join('\n');
    const { inventory, report } = built([pasted(cut)]);
    expect(report.unread).toEqual([]);
    expect(Object.values(inventory?.pods ?? {}).map(({ name, nodeName }) => [name, nodeName])).toEqual([
      ['c2c-network-demo', 'k8s-worker-1'],
      ['c2c-network-demo-w2', 'k8s-worker-2'],
    ]);
  });

  it('a Pod’s own output by kubectl exec is the Pod’s, and no other namespace’s is its node’s', () => {
    const { report } = built([
      pasted(`$ kubectl exec -n prod web -- ip route
default via 169.254.1.1 dev eth0
$ nsenter -t 4711 -n ip route
default via 169.254.1.1 dev eth0
`),
    ]);
    expect(report.pieces.map(({ home }) => [home.kind, home.name])).toEqual([
      ['pod', 'prod/web'],
      ['inside', '4711'],
    ]);
  });

  it('headings with a node’s name, a time that a prompt shows, another language', () => {
    const { report, topology } = built([
      pasted(
        `web-1 1/1 Running 0 5m 192.168.1.2 k8s-worker-1
### k8s-worker-1
Ziel            Router          Genmask         Flags Metric Ref    Use Iface
0.0.0.0         10.12.0.1       0.0.0.0         UG    100    0        0 ens192
[07:59:30] root@k8s-worker-2:~# ifconfig
ens192    Link encap:Ethernet  Hardware Adresse 00:50:56:b4:bf:02
          inet Adresse:10.12.22.152  Bcast:10.12.255.255  Maske:255.255.0.0
          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metrik:1
`,
      ),
    ]);
    expect(report.pieces.map(({ home, at }) => [home.name, at])).toContainEqual([
      'k8s-worker-1',
      PASTED_AT - 30_000,
    ]);
    expect(report.pieces.map(({ home, at }) => [home.name, at])).toContainEqual([
      'k8s-worker-2',
      PASTED_AT - 30_000,
    ]);
    expect(Object.values(topology.nodes).find(({ label }) => label === 'k8s-worker-2')?.addresses).toEqual([
      '10.12.22.152',
    ]);
    expect(report.unread).toEqual([]);
  });

  it('BGP peers as calicoctl shows them', () => {
    const { topology } = built([
      pasted(
        `Calico process is running.

IPv4 BGP status
+--------------+-------------------+-------+----------+-------------+
| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO     |
+--------------+-------------------+-------+----------+-------------+
| 10.12.22.152 | node-to-node mesh | up    | 06:12:33 | Established |
| 10.12.22.150 | node-to-node mesh | start | 06:12:33 | Connect     |
+--------------+-------------------+-------+----------+-------------+

IPv6 BGP status
No IPv6 peers found.
`,
        'k8s-worker-1.calicoctl-node-status.txt',
      ),
    ]);
    expect(
      Object.values(topology.bgp).map(({ name, peerAddress, info }) => [name, peerAddress, info]),
    ).toEqual([
      ['Mesh_10_12_22_152', '10.12.22.152', 'Established'],
      ['Mesh_10_12_22_150', '10.12.22.150', 'Connect'],
    ]);
  });

  it('two samples of the same counters are two moments, with their time between them', () => {
    const sample = (at: string, rejected: number) => `root@w1:~# date
${at}
root@w1:~# cat /proc/net/snmp
Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors
Ip: 1 64 1000 0 ${rejected}
`;
    const { moments } = route(
      sample('Thu Nov 26 07:00:00 UTC 2026', 5) + sample('Thu Nov 26 07:00:30 UTC 2026', 65),
    );
    const counted = moments.map(([one]) => {
      const counters = one?.reading.snapshot.counters;
      return [counters?.at?.s, counters?.value?.namespaces[0]?.counters.get('IpInAddrErrors')];
    });
    expect(counted).toEqual([
      [Date.UTC(2026, 10, 26, 7) / 1000, 5],
      [Date.UTC(2026, 10, 26, 7, 0, 30) / 1000, 65],
    ]);
  });

  it('filters and forwarding tables are read by the parsers of a live node', () => {
    const { moments, report } = route(`# iptables-save -c
# Generated by iptables-save v1.8.9 (nf_tables) on Thu Nov 26 07:00:00 2026
*filter
:FORWARD DROP [3:180]
:cali-FORWARD - [0:0]
[12:720] -A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD
COMMIT
# Completed on Thu Nov 26 07:00:00 2026
# bridge fdb show
66:5a:2c:11:9e:01 dev vxlan.calico dst 10.12.22.152 self permanent
`);
    const snapshot = moments[0]?.[0]?.reading.snapshot;
    expect(
      snapshot?.firewall?.value?.tables.map(({ family, name, backend }) => [family, name, backend]),
    ).toEqual([['ip', 'filter', 'nft-compat']]);
    expect(snapshot?.fdb?.value).toHaveLength(1);
    expect(report.pieces.map(({ use }) => use)).toEqual(['read', 'read']);
  });

  it('grepped addresses are their devices’, which the line names', () => {
    const { device, report } = route(`root@w1:~# ip a | grep inet
    inet 127.0.0.1/8 scope host lo
    inet 10.12.22.151/16 brd 10.12.255.255 scope global noprefixroute ens192
root@w1:~# ip route
default via 10.12.0.1 dev ens192
`);
    expect(device('w1', 'ens192').addresses.map(({ address }) => address)).toEqual(['10.12.22.151']);
    expect(device('w1', 'ens192').role).toBe('nic');
    expect(report.pieces.map(({ use }) => use)).toEqual(['read', 'read']);
    expect(report.missing.map(({ sentence }) => sentence).join(' ')).toContain('its devices');
  });
});
