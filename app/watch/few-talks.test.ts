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
import { talkFilter, TALK_FILTER_MAX } from './talk-filter.ts';
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
    const filter = talkFilter([POD, POD_6], [PEER, PEER_6], true);
    expect(passing(filter, packets)).toEqual(wanted);
    expect(passing(talkFilter([POD, POD_6], [PEER, PEER_6], false), packets)).toEqual(
      wanted.filter((number) => number < 10 || number === 25),
    );
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
          const few = fewTalks(own, talks, budget);
          expect(new Set(few).size).toBe(few.length);
          if (few.length > 0) expect(talkFilter(own, few, true).length).toBeLessThanOrEqual(TALK_FILTER_MAX);
          const chosen = talks.filter(({ addresses }) => addresses.every((one) => few.includes(one)));
          expect(few.every((one) => talks.some(({ addresses }) => addresses.includes(one)))).toBe(true);
          // Of each all addresses or, but for what another has, none; of those who were asked for, some.
          for (const one of few)
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
    const many = Array.from({ length: 32 }, (_, index) => `192.168.200.${String(100 + index)}`);
    const some = fewTalks([POD], [{ addresses: many, packets: 1, asked: true }], 20);
    expect(some).toEqual(many.slice(0, some.length));
    expect(some.length).toBeGreaterThan(3);
    expect(fewTalks([POD], [{ addresses: many, packets: 1, asked: false }], 20)).toEqual([]);
  });
});
