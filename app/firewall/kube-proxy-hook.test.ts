// Services as kube-proxy makes them, through passHook: of iptables with 1,000 Services, and of IPVS.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FirewallReading, VirtualServer } from '../probe/firewall-facts.ts';
import { parseIpVs } from '../probe/ip-vs.ts';
import { parseXtablesSave } from '../probe/xtables-save.ts';
import { addressText } from '../route/address.ts';
import type { HookOutcome } from './hook-outcome.ts';
import { passHook } from './pass-hook.ts';
import { NODE, tcpPacket } from './testing/tcp-packet.ts';

const SERVICES = 1000;
const ways = (outcomes: readonly HookOutcome[]): string[] =>
  outcomes
    .map(
      ({ share, verdict, packet: { dst, dport } }) =>
        `${share.toFixed(3)} ${verdict.kind} ${addressText(dst)}:${dport}`,
    )
    .toSorted();

function kubeProxy(): FirewallReading {
  const rules = ['-A PREROUTING -j KUBE-SERVICES', '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000'];
  for (let at = 0; at < SERVICES; at += 1) {
    const to = `-d 10.96.${at >> 8}.${at & 255}/32 -p tcp -m comment --comment "shop/web-${at}:http cluster IP" -m tcp --dport 80`;
    rules.push(
      `-A KUBE-SERVICES ${to} -j KUBE-SVC-${at}`,
      `-A KUBE-SVC-${at} ! -s 192.168.0.0/16 ${to} -j KUBE-MARK-MASQ`,
    );
    for (const [endpoint, chance] of ['0.33333333349', '0.50000000000', null].entries()) {
      const by = chance === null ? '' : `-m statistic --mode random --probability ${chance} `;
      const host = `192.168.${endpoint}.${at & 255}`;
      rules.push(
        `-A KUBE-SVC-${at} ${by}-j KUBE-SEP-${at}-${endpoint}`,
        `-A KUBE-SEP-${at}-${endpoint} -s ${host}/32 -j KUBE-MARK-MASQ`,
        `-A KUBE-SEP-${at}-${endpoint} -p tcp -m tcp -j DNAT --to-destination ${host}:8080`,
      );
    }
  }
  const text = ['*nat', ':PREROUTING ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');
  const { tables } = parseXtablesSave(text, { backend: 'nft-compat', family: 'ip', evidence: 'n/x' });
  return { ...ofServers([]), tables: tables.entries };
}

function ofServers(virtualServers: readonly VirtualServer[]): FirewallReading {
  return { tables: [], ipsets: [], virtualServers, conntrack: null, unread: [], unreadCount: 0 };
}

describe(`iptables of ${SERVICES} Services`, () => {
  it('leads the last Service to its endpoints, from outside with the mark to be masqueraded', () => {
    const reading = kubeProxy();
    const packet = tcpPacket({ dst: '10.96.3.231' });
    const times: number[] = [];
    let outcomes: HookOutcome[] = [];
    for (let time = 0; time < 200; time += 1) {
      const before = performance.now();
      outcomes = passHook(reading, 'prerouting', packet, NODE);
      times.push(performance.now() - before);
    }
    const [first = 0] = times;
    const median = times.toSorted((a, b) => a - b)[100] ?? 0;
    console.log(`  ${first.toFixed(1)} ms at first, then ${median.toFixed(3)} ms a packet (median of 200)`);
    expect(ways(outcomes)).toEqual([0, 1, 2].map((host) => `0.333 accept 192.168.${host}.231:8080`));
    expect(outcomes.map(({ packet: { mark } }) => mark)).toEqual([0, 0, 0]);
    const outside = passHook(reading, 'prerouting', tcpPacket({ src: '10.9.9.9', dst: '10.96.3.231' }), NODE);
    expect(outside.map(({ packet: { mark } }) => mark)).toEqual([0x4000, 0x4000, 0x4000]);
    expect(ways(passHook(reading, 'prerouting', tcpPacket({ dst: '8.8.8.8' }), NODE))).toEqual([
      '1.000 accept 8.8.8.8:80',
    ]);
  });
});

describe('IPVS', () => {
  const server = (address: string, weight: number, forward = 'Masq') => ({
    address,
    port: 8080,
    forward,
    weight,
    active: 0,
    inactive: 0,
  });
  const service = (more: Partial<VirtualServer>): FirewallReading =>
    ofServers([
      {
        protocol: 'TCP',
        address: '10.96.0.9',
        port: 80,
        mark: null,
        scheduler: 'rr',
        flags: '',
        servers: [server('1.1.1.1', 1), server('2.2.2.2', 3), server('3.3.3.3', 0)],
        ...more,
      },
    ]);
  const at = (
    reading: FirewallReading,
    hook: 'input' | 'output' | 'forward' = 'input',
    dst = '10.96.0.9',
  ): HookOutcome[] => passHook(reading, hook, tcpPacket({ dst }), NODE);

  it('leads to servers that have a weight: evenly by rr, by weight by wrr', () => {
    expect(ways(at(service({})))).toEqual(['0.500 accept 1.1.1.1:8080', '0.500 accept 2.2.2.2:8080']);
    expect(ways(at(service({ scheduler: 'wrr' })))).toEqual([
      '0.250 accept 1.1.1.1:8080',
      '0.750 accept 2.2.2.2:8080',
    ]);
    const [first] = at(service({}));
    expect(first?.packet).toMatchObject({ iif: null, connection: { dnat: true } });
    expect(first?.hits).toMatchObject([{ table: { name: 'ipvs' }, text: 'TCP 10.96.0.9:80 rr', number: 1 }]);
  });

  it('says what it presumes, and what it cannot follow', () => {
    expect(at(service({ scheduler: 'sh' }))[0]?.presumed).toEqual([expect.stringContaining('by sh')]);
    expect(at(service({ flags: 'persistent 10800' }))[0]?.presumed).toEqual([
      expect.stringContaining('keeps a client'),
    ]);
    expect(ways(at(service({ servers: [server('1.1.1.1', 1, 'Route')] })))).toEqual([
      '1.000 unknown 10.96.0.9:80',
    ]);
  });

  it('without a server refuses, and lets all else alone', () => {
    expect(at(service({ servers: [] }))[0]?.verdict).toMatchObject({
      kind: 'reject',
      with: 'icmp-port-unreachable',
    });
    expect(ways(at(service({}), 'input', '10.96.0.10'))).toEqual(['1.000 accept 10.96.0.10:80']);
    expect(ways(at(service({}), 'forward'))).toEqual(['1.000 accept 10.96.0.9:80']);
    expect(ways(at(service({ address: null, protocol: 'FWM', mark: 7 }), 'output'))).toEqual([
      '1.000 accept 10.96.0.9:80',
    ]);
    const marked = passHook(
      service({ address: null, protocol: 'FWM', mark: 7 }),
      'output',
      tcpPacket({ dst: '10.96.0.9', mark: 7, iif: null }),
      NODE,
    );
    expect(marked).toHaveLength(2);
  });

  it('is read as the kernel prints it', () => {
    const text = readFileSync(new URL('../probe/fixtures/firewall/ip-vs.txt', import.meta.url), 'utf8');
    const { entries } = parseIpVs(text);
    for (const { address, port, protocol, servers } of entries) {
      if (address === null || protocol !== 'TCP' || address.includes(':')) continue;
      const alive = servers.filter(({ weight }) => weight > 0);
      const outcomes = passHook(
        ofServers(entries),
        'input',
        tcpPacket({ dst: address, dport: port ?? 0 }),
        NODE,
      );
      expect(outcomes).toHaveLength(Math.max(1, alive.length));
    }
  });
});
