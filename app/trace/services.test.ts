// Packets that rules translate: Services by iptables, nftables and IPVS, from Pods, from the node itself, and the way back.
import { describe, expect, it } from 'vitest';
import type { TracedPacket } from './packet.ts';
import { packetText } from './flow-words.ts';
import { passNamespace } from './pass-namespace.ts';
import type { Passage, TrackedConnection } from './passage.ts';
import { packetOf } from './testing/packet-of.ts';
import { one, said } from './testing/said.ts';
import { WORKER, worker } from './testing/worker.ts';

/** As kube-proxy writes it: two endpoints, the second on this node; what it sends to itself is masqueraded. */
const SERVICE = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SEP-A - [0:0]
:KUBE-SEP-B - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-X - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE
-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-X
-A KUBE-SVC-X ! -s 192.168.0.0/16 -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-X -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A
-A KUBE-SVC-X -j KUBE-SEP-B
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 192.168.2.3:8080
-A KUBE-SEP-B -s 192.168.1.2/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 192.168.1.2:8080
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [7:420]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -s 192.168.0.0/16 -j ACCEPT
COMMIT
`;
const at = worker({ iptables: SERVICE });
const toService = packetOf('tcp 192.168.1.2:40000 → 10.96.0.10:80');

function left(passage: Passage): TracedPacket {
  const { departure } = passage;
  if (departure.kind !== 'leaves' && departure.kind !== 'delivered') throw new Error(said(passage));
  return departure.packet;
}
const tracked = ({ tracked: connection }: Passage): TrackedConnection[] =>
  connection === null ? [] : [connection];

describe('a Service of kube-proxy’s iptables', () => {
  const passages = passNamespace({ at, device: 'cali1', packet: toService }, { tracked: [] });

  it('leads a Pod to each endpoint, by chance', () => {
    expect(passages.map((passage) => [said(passage), passage.share, packetText(left(passage))])).toEqual([
      ['leaves ens192 10.12.22.152', 0.5, 'tcp 192.168.1.2:40000 → 192.168.2.3:8080'],
      // To itself: by the node's address, or the answer would not come by here.
      [
        'leaves cali1 192.168.1.2',
        0.5,
        expect.stringMatching(/^tcp 10\.12\.22\.151:\d+ → 192\.168\.1\.2:8080$/),
      ],
    ]);
  });

  it('tells rules, what they rewrote, and the chains that let it pass', () => {
    const [first] = passages;
    const step = first?.steps.find(({ stage }) => stage === 'prerouting');
    expect(step?.rewrote).toBe('destination 10.96.0.10:80 → 192.168.2.3:8080');
    expect(step?.rules.map(({ chain }) => chain)).toEqual(
      expect.arrayContaining(['PREROUTING', 'KUBE-SERVICES', 'KUBE-SVC-X', 'KUBE-SEP-A']),
    );
    expect(step?.rules.find(({ chain }) => chain === 'KUBE-SERVICES')?.owner).toBe('kube-proxy');
    expect(step?.command).toBe('iptables-save -c -t nat');
    const forward = first?.steps.find(({ stage }) => stage === 'forward');
    expect(forward?.sentence).toBe('filter FORWARD lets it pass.');
    expect(forward?.rules.map(({ chain, number }) => `${chain} ${number}`)).toEqual(['FORWARD 2']);
  });

  it('and the answers back to it', () => {
    const [other, own] = passages;
    if (other === undefined || own === undefined) throw new Error();
    const back = (forth: Passage, text: string, device: string): string => {
      const answer = packetOf(text, { tcpFlags: 0x12 });
      return packetText(
        left(one(passNamespace({ at, device, packet: answer }, { tracked: tracked(forth) }))),
      );
    };
    const expected = 'tcp 10.96.0.10:80 → 192.168.1.2:40000';
    expect(back(other, 'tcp 192.168.2.3:8080 → 192.168.1.2:40000', 'ens192')).toBe(expected);
    const { sport } = left(own);
    expect(back(own, `tcp 192.168.1.2:8080 → 10.12.22.151:${sport}`, 'cali1')).toBe(expected);
    // Of no connection, FORWARD drops it.
    const stray = packetOf('tcp 10.9.9.9:8080 → 192.168.1.2:40000', { tcpFlags: 0x12 });
    const dropped = one(passNamespace({ at, device: 'ens192', packet: stray }, { tracked: [] }));
    expect(said(dropped)).toBe('dropped filter-drop');
    expect(dropped.steps.at(-1)?.sentence).toBe('the policy of filter FORWARD drops it, and nobody is told.');
    expect(dropped.steps.at(-1)?.rules.at(-1)).toMatchObject({ chain: 'FORWARD', number: 0 });
  });

  it('leads the node itself, whose route is looked up again', () => {
    const sent = passNamespace(
      { at, device: null, packet: packetOf('tcp 0.0.0.0:40000 → 10.96.0.10:80') },
      { tracked: [] },
    );
    expect(sent.map((passage) => [said(passage), packetText(left(passage)).replace(/:\d+ →/, ' →')])).toEqual(
      [
        ['leaves ens192 10.12.22.152', 'tcp 10.12.22.151 → 192.168.2.3:8080'],
        ['leaves cali1 192.168.1.2', 'tcp 10.12.22.151 → 192.168.1.2:8080'],
      ],
    );
    expect(sent.map(({ lookups }) => lookups.length)).toEqual([2, 2]);
    expect(sent[1]?.steps.map(({ stage }) => stage)).toEqual([
      'route',
      'send',
      'output',
      'route',
      'postrouting',
      'neighbour',
      'transmit',
    ]);
  });
});

describe('rules for what a node sends', () => {
  const MARKED = `*mangle
:OUTPUT ACCEPT [0:0]
-A OUTPUT -p udp -j MARK --set-xmark 0x7/0xffffffff
COMMIT
`;
  const rules4 = `${WORKER.rules4 ?? ''}100:	from all fwmark 0x7 blackhole\n`;

  it('a mark of mangle OUTPUT has the route looked up again, one of filter OUTPUT has not', () => {
    const packet = packetOf('udp 10.12.22.151:40000 → 8.8.8.8:53');
    const by = (iptables: string): string =>
      said(one(passNamespace({ at: worker({ iptables, rules4 }), device: null, packet }, { tracked: [] })));
    expect(by(MARKED)).toBe('rejected blackhole');
    expect(by(MARKED.replace('*mangle', '*filter').replace(/-j MARK.*/, '-j ACCEPT'))).toBe(
      'leaves ens192 10.12.22.1',
    );
  });

  it('what it drops itself, the program is told', () => {
    const iptables = '*filter\n:OUTPUT DROP [0:0]\nCOMMIT\n';
    const packet = packetOf('udp 10.12.22.151:40000 → 8.8.8.8:53');
    const passage = one(passNamespace({ at: worker({ iptables }), device: null, packet }, { tracked: [] }));
    expect(said(passage)).toBe('dropped filter-drop');
    expect(passage.steps.at(-1)?.sentence).toMatch(/EPERM/);
  });

  it('a destination of its own comes back by loopback, and is translated once', () => {
    const iptables = `*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 22 -j DNAT --to-destination 192.168.2.3:22
-A OUTPUT -d 10.96.0.11/32 -p tcp -j DNAT --to-destination 10.12.22.151:22
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -i lo -m conntrack --ctstate NEW -j ACCEPT
COMMIT
`;
    const packet = packetOf('tcp 10.12.22.151:40000 → 10.96.0.11:80');
    const passage = one(passNamespace({ at: worker({ iptables }), device: null, packet }, { tracked: [] }));
    expect(said(passage)).toBe('delivered');
    expect(packetText(left(passage))).toBe('tcp 10.12.22.151:40000 → 10.12.22.151:22');
    expect(passage.steps.at(-1)?.sentence).toBe('What listens on TCP 0.0.0.0:22 in k8s-worker-1 takes it.');
  });
});

describe('a Service of IPVS', () => {
  const virtualServers = [
    {
      protocol: 'TCP',
      address: '10.96.0.10',
      port: 80,
      mark: null,
      scheduler: 'rr',
      flags: '',
      servers: [
        { address: '192.168.2.3', port: 8080, forward: 'Masq', weight: 1, active: 0, inactive: 0 },
        { address: '192.168.1.2', port: 8080, forward: 'Masq', weight: 1, active: 0, inactive: 0 },
      ],
    },
  ];
  const routes4 = `${WORKER.routes4 ?? ''}local 10.96.0.10 dev kube-ipvs0 table local proto kernel scope host src 10.96.0.10\n`;
  const ipvs = worker({ virtualServers, routes4 });

  it('leads what comes in on to its servers', () => {
    const passages = passNamespace({ at: ipvs, device: 'cali1', packet: toService }, { tracked: [] });
    expect(
      passages.map((passage) => [said(passage), passage.share, packetText(left(passage)), left(passage).ttl]),
    ).toEqual([
      ['leaves ens192 10.12.22.152', 0.5, 'tcp 192.168.1.2:40000 → 192.168.2.3:8080', 63],
      ['leaves cali1 192.168.1.2', 0.5, 'tcp 192.168.1.2:40000 → 192.168.1.2:8080', 63],
    ]);
  });

  it('shows as ipvsadm tells it, whose table iptables does not have', () => {
    const [passage] = passNamespace({ at: ipvs, device: 'cali1', packet: toService }, { tracked: [] });
    expect(passage?.steps.find(({ stage }) => stage === 'input')?.command).toBe('ipvsadm -Ln');
  });

  it('and what is sent here', () => {
    const packet = packetOf('tcp 0.0.0.0:40000 → 10.96.0.10:80');
    const passages = passNamespace({ at: ipvs, device: null, packet }, { tracked: [] });
    expect(passages.map(said)).toEqual(['leaves ens192 10.12.22.152', 'leaves cali1 192.168.1.2']);
  });
});

describe('what is not tracked', () => {
  it('has no way back of its own', () => {
    const iptables = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j CT --notrack\nCOMMIT\n';
    const passage = one(
      passNamespace(
        { at: worker({ iptables }), device: 'cali1', packet: packetOf('tcp 192.168.1.2:1 → 192.168.2.3:2') },
        { tracked: [] },
      ),
    );
    expect(said(passage)).toBe('leaves ens192 10.12.22.152');
    expect(passage.tracked).toBeNull();
  });
});
