// The model against the real kernel: one packet a case through a router made of namespaces, and what its counters say became of it.
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../route/address.ts';
import { answersArp } from './answers-arp.ts';
import type { TracedPacket } from './packet.ts';
import { passNamespace } from './pass-namespace.ts';
import { passBridged } from './pass-bridged.ts';
import type { Passage } from './passage.ts';
import { namespaceOf } from './testing/namespace-of.ts';
import { BRIDGED } from './testing/real-bridged.ts';
import { FORWARDED, PACKETS, PACKETS_6 } from './testing/real-packets.ts';
import { arpFrame, QUESTIONS } from './testing/real-questions.ts';
import { one } from './testing/said.ts';
import { runCases, type RealResult } from './testing/real-router.ts';

interface Expected {
  /** Counters that rise for this end, and for no other that is looked at here. */
  readonly rises: readonly string[];
}

/** FIELD-NOTES §7. */
const ENDS: Readonly<Record<string, Expected>> = {
  'leaves r1': { rises: ['tx r1'] },
  delivered: { rises: [] },
  'dropped reverse-path': { rises: ['TcpExt IPReversePathFilter'] },
  'dropped martian-source': { rises: [] },
  'dropped martian-destination': { rises: [] },
  'dropped blackhole': { rises: [] },
  'dropped filter-drop': { rises: [] },
  'dropped forwarding-off': { rises: ['Ip InAddrErrors'] },
  'rejected no-route': { rises: ['IpExt InNoRoutes'] },
  'rejected unreachable': { rises: [] },
  'rejected prohibit': { rises: [] },
  'rejected filter-reject': { rises: ['Icmp OutDestUnreachs'] },
  'rejected ttl-exceeded': { rises: ['Ip InHdrErrors', 'Icmp OutTimeExcds'] },
  'rejected too-big': { rises: ['Ip FragFails', 'Icmp OutDestUnreachs'] },
  'rejected no-socket': { rises: ['Udp NoPorts', 'Icmp OutDestUnreachs'] },
  'dropped wrong-neighbour': { rises: [] },
};
/** Of errors of its routes a router tells few (ip_rt_error_burst). */
const TOLD_RARELY: ReadonlySet<string> = new Set([
  'rejected no-route',
  'rejected unreachable',
  'rejected prohibit',
]);
const LOOKED_AT = [...new Set(Object.values(ENDS).flatMap(({ rises }) => rises))];

let results: readonly RealResult[];
beforeAll(() => {
  results = runCases(
    [...PACKETS, ...QUESTIONS, ...BRIDGED, ...PACKETS_6],
    arpFrame('10.0.0.254', '10.0.0.2'),
  );
}, 60_000);

function resultAt(index: number): RealResult {
  const result = results[index];
  if (result === undefined) throw new Error('no such case');
  return result;
}

function predicted(result: RealResult, packet: TracedPacket): string {
  return endOf(
    one(passNamespace({ at: namespaceOf(result.printed), device: 'r0', packet }, { tracked: [] })),
  );
}

function endOf({ departure }: Passage): string {
  switch (departure.kind) {
    case 'leaves':
      return `leaves ${departure.device.name}`;
    case 'dropped':
    case 'rejected':
      return `${departure.kind} ${departure.reason}`;
    case 'delivered':
      return 'delivered';
    case 'unknown':
      return `unknown ${departure.why}`;
  }
}

describe('a packet through a router', () => {
  it.each(PACKETS.map((one, at) => ({ ...one, at })))('$name: $ends', ({ packet, ends, at }) => {
    const result = resultAt(at);
    expect(predicted(result, packet)).toBe(ends);
    const rose = LOOKED_AT.filter(
      (name) => result.rose.has(name) && !(name === 'Icmp OutDestUnreachs' && TOLD_RARELY.has(ends)),
    );
    // What the router answers the sender leaves by r0, and what passes by r1 alone.
    expect(rose.toSorted()).toEqual([...(ENDS[ends]?.rises ?? [])].toSorted());
  });

  it.each(
    PACKETS_6.map((one, at) => ({ ...one, at: PACKETS.length + QUESTIONS.length + BRIDGED.length + at })),
  )('IPv6, $name: $ends', ({ packet, ends, rises, at }) => {
    const result = resultAt(at);
    expect(predicted(result, packet)).toBe(ends);
    expect(result.rose.get(rises)).toBe(1);
    const others = PACKETS_6.map((one) => one.rises).filter((name) => name !== rises && name !== FORWARDED);
    expect(others.filter((name) => result.rose.has(name))).toEqual([]);
  });
});

describe('a frame through a bridge', () => {
  const ports = { bridge: 'br0', from: 'bp', to: 'bq', callsFilters: false };
  it.each(BRIDGED.map((one, at) => ({ ...one, at: PACKETS.length + QUESTIONS.length + at })))(
    '$name: $ends',
    ({ packet, ends, at }) => {
      const result = resultAt(at);
      expect(endOf(one(passBridged(namespaceOf(result.printed), packet, ports, { tracked: [] })))).toBe(ends);
      const rose = ['tx bq', 'tx r1', 'Udp NoPorts'].filter((name) => result.rose.has(name));
      const rises = ends.startsWith('leaves')
        ? [ends.replace('leaves', 'tx')]
        : ends.endsWith('no-socket')
          ? ['Udp NoPorts']
          : [];
      expect(rose).toEqual(rises);
    },
  );
});

describe('a question for an address', () => {
  it.each(QUESTIONS.map((one, at) => ({ ...one, at: PACKETS.length + at })))(
    '$name: $expected',
    ({ target, asker, expected, at }) => {
      const result = resultAt(at);
      const router = namespaceOf(result.printed);
      const device = router.devices.get('r0');
      const address = (text: string): Address => {
        const parsed = parseAddress(text);
        if (parsed === null) throw new Error(text);
        return parsed;
      };
      if (device === undefined) throw new Error('no r0');
      expect(result.answered).toBe(expected);
      const ours = answersArp(router, device, address(target), address(asker));
      expect(ours.answers, ours.sentence).toBe(expected);
    },
  );
});
