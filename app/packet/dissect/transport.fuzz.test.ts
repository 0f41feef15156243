// TCP, UDP, SCTP, BGP and DHCP with bytes changed, cut, put in and taken out: each ends, within its packet and its bounds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { bgpPackets } from '../testing/packets/bgp-packets.ts';
import { dhcpPackets, relayedOften } from '../testing/packets/dhcp-packets.ts';
import { EtherType, ethernet } from '../testing/packets/link.ts';
import { ipv4, tcp } from '../testing/packets/network.ts';
import { transportPackets } from '../testing/packets/transport-packets.ts';
import { dissect } from './dissect.ts';
import { Dissection } from './dissection.ts';

const packets = [...transportPackets(), ...bgpPackets(), ...dhcpPackets()];
const MOST_FIELDS = 4096;
const dissection = new Dissection();

function told(linkType: number, bytes: Uint8Array, len = bytes.length): Dissection {
  dissect({ linkType, bytes, len, seconds: 0, nanoseconds: 0, number: 1, comment: null }, dissection);
  return dissection;
}

const named = (d: Dissection, name: string): number => d.fields.filter((field) => field.name === name).length;

type Change =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'remove'; readonly at: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array };

const at = fc.nat(400);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('set'), at, byte: fc.constantFrom(0, 1, 4, 19, 32, 127, 128, 200, 255) }),
  fc.record({ kind: fc.constant('set'), at, byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut'), at }),
  fc.record({ kind: fc.constant('remove'), at }),
  fc.record({ kind: fc.constant('insert'), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }) }),
);

function changed(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  let list = [...bytes];
  for (const one of changes) {
    const where = one.at % Math.max(1, list.length);
    if (one.kind === 'set') list[where] = one.byte;
    else if (one.kind === 'cut') list = list.slice(0, where);
    else if (one.kind === 'remove') list.splice(where, 1);
    else list.splice(where, 0, ...one.bytes);
  }
  return Uint8Array.from(list);
}

describe('hostile transports', () => {
  it('end, and tell nothing that is not in their packet', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...packets),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(100),
        (packet, changes, uncaptured) => {
          const bytes = changed(packet.bytes, changes);
          const d = told(packet.linkType, bytes, bytes.length + uncaptured);
          expect(d.count).toBeLessThanOrEqual(MOST_FIELDS);
          for (let index = 0; index < d.count; index += 1) {
            const value = d.values[index];
            if (!(value instanceof Uint8Array) || value.buffer !== bytes.buffer) continue;
            expect(value.byteOffset + value.length).toBeLessThanOrEqual(bytes.length);
          }
        },
      ),
      { numRuns: runs(3000) },
    );
  });

  it('of as many BGP messages as a segment can hold tells every one, and of more a bounded number', () => {
    const keepalive = Uint8Array.from([...new Array<number>(16).fill(255), 0, 19, 4]);
    const of = (count: number): Uint8Array => {
      const payload = new Uint8Array(count * keepalive.length);
      for (let index = 0; index < count; index += 1) payload.set(keepalive, index * keepalive.length);
      return ethernet(EtherType.ipv4, ipv4(6, tcp(179, 50_000, payload)));
    };
    expect(named(told(1, of(76)), 'bgp.type')).toBe(76);
    expect(told(1, of(3000)).count).toBe(MOST_FIELDS);
  });

  it('of relays in relays ends at a depth', () => {
    expect(named(told(1, ethernet(EtherType.ipv6, relayedOften(8))), 'dhcpv6.msgtype')).toBe(9);
    expect(named(told(1, ethernet(EtherType.ipv6, relayedOften(1000))), 'dhcpv6.msgtype')).toBeLessThan(20);
  });
});
