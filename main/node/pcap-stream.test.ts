import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { PcapStream } from './pcap-stream.ts';

const nonce = '0123456789abcdef01234567';

function header(linkType: number, magic = 0xa1b2c3d4): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(magic, 0);
  if (magic === 0xd4c3b2a1) bytes.writeUInt32BE(linkType, 20);
  else bytes.writeUInt32LE(linkType, 20);
  return bytes;
}

function read(all: Buffer, cuts: readonly number[] = []): { stream: PcapStream; given: Buffer } {
  const stream = new PcapStream(nonce);
  const given: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts.filter((at) => at < all.length).toSorted((a, b) => a - b), all.length]) {
    given.push(stream.push(all.subarray(from, cut)));
    from = cut;
  }
  return { stream, given: Buffer.concat(given) };
}

describe("a capture's stdout", () => {
  it('gives every byte after the mark, and nothing of the noise, however it is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.array(fc.nat(300)), (noise, packets, cuts) => {
        const pcap = Buffer.concat([header(276), packets]);
        // Also noise that looks like the start of a capture.
        const all = Buffer.concat([header(276), noise, Buffer.from(`${nonce} begin\n`), pcap]);
        expect(read(all, cuts).given.equals(pcap)).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });

  it('hands a byte on as soon as it comes', () => {
    const stream = new PcapStream(nonce);
    stream.push(Buffer.concat([Buffer.from(`${nonce} begin\n`), header(276)]));
    for (const byte of Buffer.from(`\n${nonce} end 0\n`))
      expect(stream.push(Buffer.of(byte))).toHaveLength(1);
  });

  it.each([0xa1b2c3d4, 0xd4c3b2a1])('tells the old form of `any` (magic %i)', (magic) => {
    const { stream, given } = read(Buffer.concat([Buffer.from(`${nonce} begin\n`), header(113, magic)]));
    expect([stream.trouble, given.length]).toEqual(['sll', 0]);
  });

  it('takes nothing else for packets', () => {
    const { stream, given } = read(Buffer.from(`${nonce} begin\nno capture`));
    expect([stream.trouble, given.length, stream.insteadOfPcap]).toEqual(['not-pcap', 0, 'no capture']);
  });
});
