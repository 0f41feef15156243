import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { everyPacket } from '../testing/packets/every-packet.ts';
import { detailNodes } from './detail.ts';
import { dissect } from './dissect.ts';
import { type CapturedPacket, Dissection } from './dissection.ts';
import { field } from './field.ts';

const packetOf = (bytes: Uint8Array, rest: Partial<CapturedPacket> = {}): CapturedPacket => ({
  bytes,
  linkType: 1,
  len: bytes.length,
  seconds: 1_700_000_000,
  nanoseconds: 5,
  number: 7,
  comment: null,
  ...rest,
});
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
/** Controls, marks of direction, separators and halves of pairs among them. */
const anySign = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
const FRAME = hex(
  'ffffffffffff 020000000001 0800 4500001c 01020000 40110000 c0a80102 c0a80203 0001 0002 0008 0000',
);

function nodesOf(packet: CapturedPacket) {
  const d = new Dissection();
  dissect(packet, d);
  return detailNodes(d);
}
/** What a dissector of the test's own adds. */
function nodesBy(fill: (d: Dissection) => void, bytes = new Uint8Array(64)) {
  const d = new Dissection();
  d.begin(packetOf(bytes));
  fill(d);
  return detailNodes(d);
}

describe('the detail of a packet', () => {
  it('says of each layer what it is about, and of each field its value, words, bytes and filter', () => {
    const nodes = nodesOf(packetOf(FRAME));
    const of = (name: string) => nodes.find((node) => node.field === name);
    expect(of('frame')?.text).toBe('Frame, No. 7, 42 bytes on the wire, 42 captured');
    expect(of('frame.time_epoch')?.text).toMatch(/: 2023-11-14 22:13:20\.000000005 UTC$/);
    expect(of('eth')?.text).toMatch(/, 02:00:00:00:00:01 → ff:ff:ff:ff:ff:ff$/);
    expect(of('ip')).toMatchObject({
      depth: 0,
      text: 'Internet Protocol version 4, 192.168.1.2 → 192.168.2.3',
      filter: 'ip',
    });
    expect(of('ip.proto')).toMatchObject({ depth: 1, filter: 'ip.proto == 17', at: 23, length: 1 });
    expect(of('ip.proto')?.text).toMatch(/: 17 \(UDP\)$/);
    expect(of('ip.src')).toMatchObject({ text: 'Source address: 192.168.1.2', at: 26, length: 4 });
  });

  it('says at the field where a packet ends too early, and points at no byte that is not there', () => {
    const cut = nodesOf(packetOf(FRAME.subarray(0, 28), { len: FRAME.length }));
    expect(cut.at(-1)?.text).toMatch(/^Truncated: the capture ends within /);
    expect(cut.at(-1)?.field).toBe('_ws.short');
    for (const node of cut) expect(node.at + node.length).toBeLessThanOrEqual(28);
  });

  it.each([
    ['HTTP, a request', 60, /^Truncated: the capture ends within URI$/u],
    ['HTTP, a request with a body, then another', 90, /^Truncated: the capture ends within /u],
    ['TLS, a client hello', 57, /^Truncated: the capture ends within Record$/u],
  ])('says of %s where the capture ends', (name, bytes, sentence) => {
    const packet = everyPacket().find((candidate) => candidate.name === name);
    if (packet === undefined) throw new Error(`no packet is named ${name}`);
    const cut = nodesOf(packetOf(packet.bytes.subarray(0, bytes), { len: packet.bytes.length }));
    expect(cut.at(-1)).toMatchObject({ field: '_ws.short', text: expect.stringMatching(sentence) as string });
    const whole = nodesOf(packetOf(packet.bytes));
    expect(whole.filter((node) => node.field.startsWith('_ws.'))).toEqual([]);
  });

  it('does not take the eight bytes of TCP that an ICMP error must quote for a mistake', () => {
    const packet = everyPacket().find(({ name }) => name === 'ICMP, unreachable, 8 bytes of TCP');
    const nodes = nodesOf(packetOf(packet?.bytes ?? FRAME));
    expect(nodes.at(-1)?.field).toBe('tcp.dstport');
  });

  it('takes what a dissector says in its own words, and says a flag with its name', () => {
    const GROUP = field('x.group', 'Group', 'none');
    const FLAG = field('x.flag', 'Acknowledged', 'boolean');
    const SUM = field('x.sum', 'Checksum', 'uint', { hexDigits: 4 });
    const nodes = nodesBy((d) => {
      d.layer(field('x', 'Extra', 'protocol'), 0, 8);
      d.say('of a kind');
      d.add(GROUP, 0, 2, null);
      d.open();
      d.add(FLAG, 0, 1, 1);
      d.add(FLAG, 1, 1, 0);
      d.close();
      d.add(SUM, 2, 2, 0xab);
      d.say('0x00ab, right');
    });
    expect(nodes.map(({ depth, text, filter }) => ({ depth, text, filter }))).toEqual([
      { depth: 0, text: 'Extra, of a kind', filter: null },
      { depth: 1, text: 'Group', filter: null },
      { depth: 2, text: 'Acknowledged: set', filter: null },
      { depth: 2, text: 'Acknowledged: not set', filter: null },
      { depth: 1, text: 'Checksum: 0x00ab, right', filter: null },
    ]);
  });

  it('is of one line each, without control characters, whatever a packet carries', () => {
    const TEXT = field('x.text', 'Text', 'text');
    fc.assert(
      fc.property(fc.string({ unit: anySign, maxLength: 700 }), (value) => {
        const [node] = nodesBy((d) => d.add(TEXT, 0, 4, value));
        expect(node?.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(node?.text.length).toBeLessThanOrEqual(300);
      }),
      { numRuns: runs(200) },
    );
  });

  it('of any bytes stays within them and within bounds', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 0, max: 300 }),
        fc.constantFrom(0, 1, 101, 113, 276),
        (bytes, more, linkType) => {
          const nodes = nodesOf(packetOf(bytes, { linkType, len: bytes.length + more }));
          expect(nodes.length).toBeLessThanOrEqual(4096);
          for (const { at, length, depth } of nodes) {
            expect(at + length).toBeLessThanOrEqual(bytes.length);
            expect(depth).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('of a time that no calendar has is seconds', () => {
    const TIME = field('x.time', 'Time', 'time');
    const [, node] = nodesBy((d) => {
      d.layer(field('x', 'Extra', 'protocol'), 0, 8);
      d.add(TIME, 0, 0, 10n ** 30n);
    });
    expect(node?.text).toMatch(/^Time: \d+ s since 1970$/);
  });
});
