// The model against the real kernel: one packet a case through a router made of namespaces, and what its counters say became of it.
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../route/address.ts';
import { answersArp } from './answers-arp.ts';
import type { TracedPacket } from './packet.ts';
import { passNamespace } from './pass-namespace.ts';
import { passBridged, passPort } from './pass-bridged.ts';
import { namespaceOf } from './testing/namespace-of.ts';
import { BRIDGED } from './testing/real-bridged.ts';
import { FORWARDED, PACKETS, PACKETS_6 } from './testing/real-packets.ts';
import { arpFrame, QUESTIONS } from './testing/real-questions.ts';
import { endOf, one } from './testing/said.ts';
import { ENDS, risenOf } from './testing/real-ends.ts';
import { runCases, type RealResult } from './testing/real-router.ts';

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

describe('a packet through a router', () => {
  it.each(PACKETS.map((one, at) => ({ ...one, at })))('$name: $ends', ({ packet, ends, at }) => {
    const result = resultAt(at);
    expect(predicted(result, packet)).toBe(ends);
    // What the router answers the sender leaves by r0, and what passes by r1 alone.
    expect(risenOf(result, ends)).toEqual(ENDS[ends]?.toSorted());
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
    ({ packet, ends, isUp, at }) => {
      const result = resultAt(at);
      const bridge = namespaceOf(result.printed);
      const tracked = { tracked: [] };
      const passages =
        isUp === true
          ? passPort(bridge, packet, 'bp', 'up', tracked)
          : passBridged(bridge, packet, ports, tracked);
      expect(endOf(one([...passages]))).toBe(ends);
      const rose = ['tx bq', 'tx r1', 'Udp NoPorts'].filter((name) => result.rose.has(name));
      const rises =
        isUp === true
          ? ends.startsWith('leaves')
            ? ['Udp NoPorts']
            : []
          : ends.startsWith('leaves')
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
