import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PackedDamaged, unpacked } from './unpacked.ts';

/** What a generator of numbers gives: no two stretches alike, so that it packs badly. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Buffer.alloc(length).map(() => (state = (state * 48_271) % 0x7fff_ffff));
}

describe('a capture’s bytes', () => {
  /** In pieces of one memory, as a file is read. */
  // oxlint-disable-next-line typescript/require-await -- a stream is made of it as of a file
  async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const piece = new Uint8Array(65_536);
    const sizes = [1, 1, 3, 65_536];
    for (let at = 0, round = 0; at < bytes.length; round += 1) {
      const length = Math.min(sizes[Math.min(round, 3)] ?? 1, bytes.length - at);
      piece.set(bytes.subarray(at, at + length));
      yield piece.subarray(0, length);
      piece.fill(0);
      at += length;
    }
  }

  async function read(bytes: Uint8Array): Promise<{ bytes: Buffer; failure: unknown; largest: number }> {
    const chunks: Uint8Array[] = [];
    let failure: unknown = null;
    try {
      for await (const chunk of unpacked(pieces(bytes))) chunks.push(Buffer.from(chunk));
    } catch (error) {
      failure = error;
    }
    return {
      bytes: Buffer.concat(chunks),
      failure,
      largest: Math.max(0, ...chunks.map(({ length }) => length)),
    };
  }

  const plain = noise(700_000);

  it('are given as they are', async () => {
    for (const length of [0, 1, 2, 700_000]) {
      const { bytes, failure } = await read(plain.subarray(0, length));
      expect(bytes.equals(plain.subarray(0, length))).toBe(true);
      expect(failure).toBeNull();
    }
  });

  it('are unpacked when they are gzipped, in several members too', async () => {
    const packed = Buffer.concat([gzipSync(plain.subarray(0, 300_001)), gzipSync(plain.subarray(300_001))]);
    const { bytes, failure } = await read(packed);
    expect(bytes.equals(plain)).toBe(true);
    expect(failure).toBeNull();
  });

  it('cut off anywhere are given up to there', async () => {
    const packed = gzipSync(plain);
    for (const length of [2, 9, 11, 5000, packed.length - 100_000, packed.length - 1]) {
      const { bytes, failure } = await read(packed.subarray(0, length));
      expect(bytes.equals(plain.subarray(0, bytes.length))).toBe(true);
      // Deflate gives a block's symbols once it has them: what is missing is a few of them.
      expect(bytes.length).toBeGreaterThan(length - 100_000);
      expect(failure).toBeNull();
    }
  });

  it('damaged on the way are given up to there, and said to be', async () => {
    const packed = gzipSync(Buffer.from('packets of a capture '.repeat(200_000)));
    packed.fill(0xff, packed.length - 2000, packed.length - 1500);
    const { bytes, failure } = await read(packed);
    expect(bytes.length).toBeGreaterThan(1_000_000);
    expect(bytes.subarray(0, 21).toString()).toBe('packets of a capture ');
    expect(failure).toBeInstanceOf(PackedDamaged);
  });

  it('come in small chunks whatever they unpack to', async () => {
    const { bytes, largest } = await read(gzipSync(Buffer.alloc(32 * 1024 * 1024)));
    expect(bytes.length).toBe(32 * 1024 * 1024);
    expect(largest).toBeLessThanOrEqual(64 * 1024);
  });
});
