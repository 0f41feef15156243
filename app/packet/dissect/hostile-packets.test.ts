// Hostile bytes: whatever they say, dissecting ends, soon, and tells only of bytes that are there.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { everyPacket } from '../testing/packets/every-packet.ts';
import { hex, join, u16, zeros } from '../testing/packets/parts.ts';
import { EtherType, ethernet, vlanTag } from '../testing/packets/link.ts';
import { extension, gre, ipv4, ipv6, tcp, vxlan, udp } from '../testing/packets/network.ts';
import { dissect } from './dissect.ts';
import { Dissection } from './dissection.ts';

const packets = everyPacket();
const linkTypes = [...new Set(packets.map(({ linkType }) => linkType))];
/** One for all: what an earlier packet left must not show. */
const d = new Dissection();

function read(linkType: number, bytes: Uint8Array, len: number): void {
  dissect({ bytes, linkType, len, seconds: 0, nanoseconds: 0, number: 1, comment: null }, d);
}

/** What is wrong with what was read; asked of thousands of packets, so not by an expectation a value. */
function unsound(bytes: Uint8Array): string | undefined {
  if (d.count > 4096) return `${d.count} fields`;
  if (d.depths.some((depth) => depth < 0)) return 'a group was closed that was not open';
  const bad = d.values.findIndex((value) =>
    value instanceof Uint8Array
      ? value.length > Math.max(16, bytes.length)
      : typeof value === 'number' && !Number.isFinite(value),
  );
  return bad === -1 ? undefined : `a value of ${d.fields[bad]?.name ?? ''}`;
}

function holds(linkType: number, bytes: Uint8Array, len: number): void {
  read(linkType, bytes, len);
  expect(unsound(bytes)).toBeUndefined();
  const { count } = d;
  read(linkType, bytes, len);
  expect(d.count).toBe(count);
}

const longer = fc.oneof(fc.constant(0), fc.nat(5000), fc.constant(0xffffff));

describe('hostile packets', () => {
  it('of random bytes, in every link type', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...linkTypes),
        fc.uint8Array({ maxLength: 200 }),
        longer,
        (linkType, bytes, more) => holds(linkType, bytes, bytes.length + more),
      ),
      { numRuns: runs(1500) },
    );
  });

  it('of every kind, with bytes changed and the end cut off', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...packets),
        fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 5 }),
        fc.nat(300),
        longer,
        ({ linkType, bytes }, changes, cut, more) => {
          const copy = bytes.slice(0, Math.max(cut, 14));
          for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
          holds(linkType, copy, copy.length + more);
        },
      ),
      { numRuns: runs(6000) },
    );
  });

  it('of headers in headers without end', () => {
    let tags = join(u16(0));
    let extensions = join(hex('0000'));
    let tunnels = udp(1, 2, 'x');
    for (let depth = 0; depth < 1000; depth += 1) {
      tags = vlanTag(1, EtherType.vlan, tags);
      extensions = extension(60, hex('010400000000'), extensions);
      if (depth < 150) tunnels = ipv4(47, gre(0, EtherType.ipv4, [], tunnels));
    }
    const nested = [tags, ipv6(60, extensions), tunnels];
    const types = [EtherType.vlan, EtherType.ipv6, EtherType.ipv4];
    for (const [index, bytes] of nested.entries()) {
      const frame = ethernet(types[index] ?? 0, bytes);
      holds(1, frame, frame.length);
      expect(d.fields.filter(({ type }) => type === 'protocol').length).toBeLessThan(70);
    }
    let frame = ethernet(EtherType.ipv4, ipv4(17, udp(1, 2, 'x')));
    for (let depth = 0; depth < 40; depth += 1)
      frame = ethernet(EtherType.ipv4, ipv4(17, udp(1, 4789, vxlan(depth, frame))));
    holds(1, frame, frame.length);
  });

  it('of counts and lengths that promise more than there is', () => {
    const listeners = ipv6(58, join(hex('8f000000 0000 ffff'), zeros(4000)));
    const sources = ipv4(2, join(hex('22000000 0000 ffff'), hex('0100ffff'), zeros(40_000)));
    for (const [type, bytes] of [
      [EtherType.ipv6, listeners],
      [EtherType.ipv4, sources],
    ] as const) {
      const frame = ethernet(type, bytes);
      holds(1, frame, frame.length);
      holds(1, frame, 0xffffffff);
    }
  });

  it('of names that go around in circles, message after message: with few fields wanted, too', () => {
    // A pointer to a pointer back; then answers whose names begin there.
    const answers = 800;
    const answer = hex('c00c 0001 0001 00000000 0000');
    const message = join(hex('0001 8000 0000'), u16(answers), u16(0), u16(0), hex('c00e c00c'), zeros(8));
    const whole = join(message, ...Array.from({ length: answers - 1 }, () => answer));
    const stream = join(...Array.from({ length: 6 }, () => join(u16(whole.length), whole)));
    const frame = ethernet(EtherType.ipv4, ipv4(6, tcp(40_000, 53, stream)));
    const few = new CountedDissection(new Set());
    dissect(
      { bytes: frame, linkType: 1, len: frame.length, seconds: 0, nanoseconds: 0, number: 1, comment: null },
      few,
    );
    expect(few.readings).toBeGreaterThan(400_000);
    expect(few.readings).toBeLessThan(500_010);
  });

  it.each([
    ['it says more than 4095 things', ipv4(6, tcp(40_000, 179, updates(20)))],
    ['it has more than 64 headers', inEachOther(70)],
  ])('end with a word on it: %s', (why, packet) => {
    const frame = ethernet(EtherType.ipv4, packet);
    holds(1, frame, frame.length);
    expect([...d.texts.values()].at(-1)).toBe(`Not read further: ${why}`);
    expect(d.fields.at(-1)?.label).toBe('Not read further');
  });
});

/** BGP messages with as many routes as they can hold. */
function updates(count: number): Uint8Array {
  const update = join(hex('ff'.repeat(16)), u16(4023), 2, u16(0), u16(0), hex('080a'.repeat(2000)));
  return join(...Array.from({ length: count }, () => update));
}

function inEachOther(count: number): Uint8Array {
  let packet = ipv4(17, udp(1, 2, 'x'));
  for (let depth = 0; depth < count; depth += 1) packet = ipv4(4, packet);
  return packet;
}

class CountedDissection extends Dissection {
  readings = 0;

  override need(at: number, length: number): void {
    this.readings += 1;
    super.need(at, length);
  }
}
