// The few that are captured alone, and the filter that lets them through, by the real tcpdump: what coverage says of it is so.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EtherType, ethernet, LinkType, sll2 } from '../packet/testing/packets/link.ts';
import { icmp, ipv4, ipv6, udp, vxlan } from '../packet/testing/packets/network.ts';
import { zeros } from '../packet/testing/packets/parts.ts';
import { pcap } from '../packet/testing/pcap.ts';
import { runs } from '../testing/runs.ts';
import { captureFilter, TALK_FILTER_MAX } from './capture-filter.ts';
import { fewTalks } from './few-talks.ts';

const POD = '192.168.1.2';
const PEER = '192.168.2.3';
const OTHER = '192.168.2.4';
const POD_6 = 'fd00:1::2';
const PEER_6 = 'fd00:2::3';
const OTHER_6 = 'fd00:2::4';

const between = (source: string, destination: string): Uint8Array =>
  source.includes(':')
    ? ipv6(17, udp(5_000, 53, 'question'), { source, destination })
    : ipv4(17, udp(5_000, 53, 'question'), { source, destination });
const typeOf = (address: string): number => (address.includes(':') ? EtherType.ipv6 : EtherType.ipv4);
const nodes = { source: '10.0.0.1', destination: '10.0.0.2' };
const inVxlan = (source: string, destination: string): Uint8Array =>
  ipv4(17, udp(50_000, 4789, vxlan(4096, ethernet(typeOf(source), between(source, destination)))), nodes);
const inIpip = (source: string, destination: string): Uint8Array =>
  ipv4(4, between(source, destination), nodes);
const refused = (type: number, destination: string): Uint8Array =>
  ipv4(1, icmp(type, 1, zeros(32)), { source: '10.0.0.99', destination });

const few = (own: readonly string[], peers: readonly string[], inTunnels: boolean): string =>
  captureFilter({ own, peers, outside: [] }, inTunnels);

/** Numbers of the packets that a filter lets through. */
function passing(filter: string, packets: readonly (readonly [type: number, ip: Uint8Array])[]): number[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'hopscope-talks-'));
  try {
    const file = path.join(folder, 'all.pcap');
    const records = packets.map(([type, ip], seconds) => ({
      bytes: sll2(type, ip, { ifindex: 2 }),
      seconds,
    }));
    writeFileSync(file, pcap(LinkType.linuxSll2, records));
    const said = execFileSync('tcpdump', ['-r', file, '-nn', '-tt', '--', filter], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [...said.matchAll(/^(\d+)\.0+ /gm)].map(([, seconds]) => Number(seconds));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a filter for a few', () => {
  it('lets through what the Pod exchanges with them, in tunnels, too, and who refuses it; nothing else', () => {
    const pairs = [
      ...[POD, POD_6].flatMap((pod) => {
        const [peer, other] = pod === POD ? [PEER, OTHER] : [PEER_6, OTHER_6];
        return [
          [pod, peer],
          [peer, pod],
          [pod, other],
          [other, pod],
          [other, peer],
        ] as const;
      }),
    ];
    const packets = [
      ...pairs.map(([a, b]) => [typeOf(a), between(a, b)] as const),
      ...pairs.map(([a, b]) => [EtherType.ipv4, inVxlan(a, b)] as const),
      ...pairs
        .filter(([a]) => a !== POD_6 && !a.includes(':'))
        .map(([a, b]) => [EtherType.ipv4, inIpip(a, b)] as const),
      [EtherType.ipv4, refused(3, POD)] as const,
      [EtherType.ipv4, refused(8, POD)] as const,
      [EtherType.ipv4, refused(3, OTHER)] as const,
    ];
    const wanted = [0, 1, 5, 6, 10, 11, 15, 16, 20, 21, 25];
    const filter = few([POD, POD_6], [PEER, PEER_6], true);
    expect(passing(filter, packets)).toEqual(wanted);
    expect(passing(few([POD, POD_6], [PEER, PEER_6], false), packets)).toEqual(
      wanted.filter((number) => number < 10 || number === 25),
    );
  });

  it('lets through as whom the Pod is masqueraded, to whom it talks so, in tunnels, too; nothing else of that one', () => {
    const AS = '10.0.0.7';
    const OUT = '8.8.8.8';
    const pairs = [
      [POD, OTHER],
      [AS, OUT],
      [OUT, AS],
      [AS, OTHER],
      [OTHER, AS],
      [OUT, OTHER],
    ] as const;
    const packets = [
      ...pairs.map(([a, b]) => [EtherType.ipv4, between(a, b)] as const),
      ...pairs.map(([a, b]) => [EtherType.ipv4, inVxlan(a, b)] as const),
      ...pairs.map(([a, b]) => [EtherType.ipv4, inIpip(a, b)] as const),
      [EtherType.ipv4, refused(11, AS)] as const,
    ];
    const outside = [{ address: AS, peers: [OUT] }];
    const all = captureFilter({ own: [POD, POD_6], peers: null, outside }, true);
    expect(passing(all, packets)).toEqual([0, 1, 2, 6, 7, 8, 12, 13, 14, 18]);
    expect(passing(captureFilter({ own: [POD], peers: null, outside }, false), packets)).toEqual([
      0, 1, 2, 18,
    ]);
    // Of a few those alone.
    expect(passing(captureFilter({ own: [POD], peers: [PEER], outside }, true), packets)).toEqual([
      1, 2, 7, 8, 13, 14, 18,
    ]);
  });

  it('is one that a capture takes, of whomever it is, and those who were asked for come first', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const talk = fc.record({
      addresses: fc.array(address, { minLength: 1, maxLength: 4 }),
      packets: fc.nat(1_000),
      asked: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(address, { minLength: 1, maxLength: 3 }),
        fc.array(talk, { maxLength: 30 }),
        fc.nat(3_000),
        (own, talks, budget) => {
          const those = fewTalks(own, talks, budget);
          expect(new Set(those).size).toBe(those.length);
          if (those.length > 0) expect(few(own, those, true).length).toBeLessThanOrEqual(TALK_FILTER_MAX);
          const chosen = talks.filter(({ addresses }) => addresses.every((one) => those.includes(one)));
          expect(those.every((one) => talks.some(({ addresses }) => addresses.includes(one)))).toBe(true);
          // Of each all addresses or, but for what another has, none; of those who were asked for, some.
          for (const one of those)
            expect(
              [...chosen, ...talks.filter(({ asked }) => asked)].some(({ addresses }) =>
                addresses.includes(one),
              ),
            ).toBe(true);
        },
      ),
      { numRuns: runs(100) },
    );
    const talks = [
      { addresses: ['10.0.0.1'], packets: 900, asked: false },
      { addresses: ['10.0.0.2'], packets: 80, asked: false },
      { addresses: ['10.0.0.3', '10.0.0.4'], packets: 30, asked: true },
      { addresses: ['10.0.0.5'], packets: 10, asked: false },
    ];
    expect(fewTalks([POD], talks, 115)).toEqual(['10.0.0.3', '10.0.0.4', '10.0.0.2']);
    expect(fewTalks([POD], talks, 20)).toEqual(['10.0.0.5']);
    // Of those that nobody asked for no more than one reads of; all others, as far as there is room.
    const each = (asked: boolean): string[] => {
      const eight = Array.from({ length: 8 }, (_, index) => `10.0.1.${String(index)}`);
      return [
        ...fewTalks(
          [POD],
          eight.map((one) => ({ addresses: [one], packets: 1, asked })),
          20,
        ),
      ];
    };
    expect([each(false).length, each(true).length]).toEqual([6, 8]);
    const many = Array.from({ length: 32 }, (_, index) => `192.168.200.${String(100 + index)}`);
    const some = fewTalks([POD], [{ addresses: many, packets: 1, asked: true }], 20);
    expect(some).toEqual(many.slice(0, some.length));
    expect(some.length).toBeGreaterThan(3);
    expect(fewTalks([POD], [{ addresses: many, packets: 1, asked: false }], 20)).toEqual([]);
  });
});
