import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { heldBytes } from '../ssh/testing/held-memory.ts';
import { FrameDecoder, type Frame } from './framing.ts';
import { MarkedReader } from './marked-output.ts';

const NONCE = '0123456789abcdef01234567';
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** Cuts bytes at random places, as a channel does. */
const chunked = (whole: Uint8Array): fc.Arbitrary<Uint8Array[]> =>
  fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 40 }).map((cuts) => {
    const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
    return at.slice(1).map((end, index) => whole.slice(at[index], end));
  });

/** Content that tries to look like ours: other nonces, our words, mark-like beginnings, any bytes but newline. */
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\n', '')),
  fc.constantFrom(
    '',
    ' ',
    `${NONCE.slice(0, 23)} x 1 0`,
    'ffffffffffffffffffffffff x 1 0',
    'begin',
    'o 1 text',
    't 1.000000000',
    '\r',
    '\u001b[2J\u0000',
  ),
);

interface Sent {
  readonly id: number;
  readonly source: 'stdout' | 'stderr';
  readonly line: string;
}

/** What the node's script prints for a line: chunks of `size` bytes, then the rest (here: nothing). */
function framesOf(sent: Sent, size: number): Buffer[] {
  const letter = sent.source === 'stdout' ? 'o' : 'e';
  const text = Buffer.from(sent.line);
  const frame = (more: string, part: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${NONCE} ${letter}${more} ${sent.id} `), part, Buffer.from('\n')]);
  if (text.length <= size) return [frame('', text)];
  const parts: Buffer[] = [];
  for (let at = 0; at < text.length; at += size) parts.push(frame('+', text.subarray(at, at + size)));
  return [...parts, frame('', Buffer.alloc(0))];
}

/** Interleaves the frames of several producers at random, each producer's own order kept. */
function interleave(queues: readonly Buffer[][], picks: readonly number[]): Buffer[] {
  const left = queues.map((queue) => [...queue]).filter((queue) => queue.length > 0);
  const out: Buffer[] = [];
  for (let turn = 0; left.length > 0; turn += 1) {
    const at = (picks[turn % picks.length] ?? 0) % left.length;
    const next = left[at]?.shift();
    if (next !== undefined) out.push(next);
    if (left[at]?.length === 0) left.splice(at, 1);
  }
  return out;
}

const lines = (frames: readonly Frame[]): Sent[] =>
  frames.flatMap((frame) =>
    frame.kind === 'line' ? [{ id: frame.id, source: frame.source, line: frame.line }] : [],
  );

const expecting = (...ids: readonly number[]): FrameDecoder => {
  const decoder = new FrameDecoder(NONCE);
  for (const id of ids) decoder.expect(id);
  return decoder;
};

describe('the decoder of frames', () => {
  it('gives every stream its lines, in order, whatever the content, the interleaving and the cuts', () => {
    const producer = fc.array(hostileText, { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(producer, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(50), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(hostileText, { maxLength: 3 }),
        fc.gen(),
        (streams, picks, size, noise, gen) => {
          const sent = streams.map((texts, at) =>
            texts.map((line): Sent => ({ id: at, source: at % 2 === 0 ? 'stdout' : 'stderr', line })),
          );
          const frames = interleave(
            [
              ...sent.map((one) => one.flatMap((line) => framesOf(line, size))),
              noise.map((text) => Buffer.from(`${text}\n`)),
            ],
            picks,
          );
          const decoder = expecting(...sent.keys());
          const got = gen(chunked, new Uint8Array(Buffer.concat(frames))).flatMap((chunk) =>
            decoder.push(chunk),
          );
          decoder.end();
          for (const one of sent) {
            const [first] = one;
            if (first === undefined) continue;
            const utf8 = one.map((line) => ({ ...line, line: Buffer.from(line.line).toString() }));
            expect(lines(got).filter(({ id }) => id === first.id)).toEqual(utf8);
          }
          expect(got.every((frame) => frame.kind === 'line')).toBe(true);
          expect(decoder.noiseBytes).toBe(noise.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0));
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('holds no more than it was allowed, and says what it cut', () => {
    const decoder = new FrameDecoder(NONCE, 10);
    decoder.expect(1);
    const push = (text: string): Frame[] => decoder.push(bytesOf(text));
    expect(push(`${NONCE} o+ 1 12345\n${NONCE} o+ 1 67890ABC\n`)).toEqual([]);
    expect(push(`${NONCE} o 1 DEF\n`)).toEqual([
      { kind: 'line', id: 1, source: 'stdout', line: '1234567890', truncated: true },
    ]);
    expect(push(`${NONCE} o 1 next\n`)).toEqual([
      { kind: 'line', id: 1, source: 'stdout', line: 'next', truncated: false },
    ]);
  });

  it('drops endless noise without keeping it, and finds the next frame', () => {
    const decoder = expecting(3);
    for (let turn = 0; turn < 100; turn += 1)
      expect(decoder.push(new Uint8Array(10_000).fill(65))).toEqual([]);
    expect(decoder.push(bytesOf(`\n${NONCE} x 3 137\n`))).toEqual([{ kind: 'exit', id: 3, status: 137 }]);
    expect(decoder.noiseBytes).toBe(1_000_001);
    expect(decoder.noise.length).toBe(4096);
  });

  it('reads exits, ticks and the beginning', () => {
    const decoder = expecting(12);
    const got = decoder.push(
      bytesOf(`Welcome!\n${NONCE} begin\n${NONCE} t 1795488841.000000042\n${NONCE} x 12 0\n`),
    );
    expect(decoder.began).toBe(true);
    expect(got).toEqual([
      { kind: 'tick', time: { s: 1795488841, ns: 42 } },
      { kind: 'exit', id: 12, status: 0 },
    ]);
  });
});

describe('a node that knows the nonce and wants our memory', () => {
  const text = 'x'.repeat(3000);
  /** Bytes this process has more than before `attack`; `decoder` is kept alive so that what it holds counts. */
  const grownBy = (decoder: FrameDecoder, attack: () => void): number => {
    const before = heldBytes();
    attack();
    const grown = heldBytes() - before;
    expect(decoder.heldBytes).toBeGreaterThanOrEqual(0);
    console.log(`hostile frames: ${(grown / 1e6).toFixed(1)} MB more`);
    return grown;
  };

  it('gets none for ids that nobody expects', () => {
    const decoder = expecting(1);
    const frames: Frame[] = [];
    const grown = grownBy(decoder, () => {
      for (let id = 2; id < 100_002; id += 1)
        frames.push(
          ...decoder.push(bytesOf(`${NONCE} o+ ${id} ${text}\n${NONCE} e ${id} end\n${NONCE} x ${id} 0\n`)),
        );
    });
    expect(frames).toEqual([]);
    expect(decoder.heldBytes).toBe(0);
    expect(grown).toBeLessThan(16e6); // 300 MB were sent
  });

  it('gets the same cap for all lines that it leaves unfinished together', () => {
    const ids = Array.from({ length: 40 }, (_, at) => at);
    const decoder = expecting(...ids);
    const grown = grownBy(decoder, () => {
      for (let turn = 0; turn < 40_000; turn += 1)
        decoder.push(bytesOf(`${NONCE} ${turn % 2 === 0 ? 'o' : 'e'}+ ${turn % 40} ${text}\n`));
    });
    expect(decoder.heldBytes).toBe(16 * 1024 * 1024);
    expect(grown).toBeLessThan(48e6); // 120 MB were sent; a line's buffer is at most twice what it holds
    const [line] = decoder.push(bytesOf(`${NONCE} o 0 end\n`));
    expect(line).toMatchObject({ id: 0, truncated: true });
    for (const id of ids) decoder.forget(id);
    expect(decoder.heldBytes).toBe(0);
    decoder.expect(0);
    expect(decoder.push(bytesOf(`${NONCE} o+ 0 wh\n${NONCE} o 0 ole\n`))).toEqual([
      { kind: 'line', id: 0, source: 'stdout', line: 'whole', truncated: false },
    ]);
  });

  it('pays for each byte of a line about a byte, however small its frames', () => {
    const decoder = expecting(1);
    const frames = bytesOf(`${NONCE} o+ 1 x\n`.repeat(1000));
    const grown = grownBy(decoder, () => {
      for (let turn = 0; turn < 1000; turn += 1) decoder.push(frames);
    });
    expect(decoder.heldBytes).toBe(1_000_000);
    expect(grown).toBeLessThan(8e6);
  });

  it('gets nothing more from a stream once it is forgotten', () => {
    const decoder = expecting(1);
    decoder.push(bytesOf(`${NONCE} o+ 1 begun\n`));
    decoder.forget(1);
    expect(decoder.heldBytes).toBe(0);
    expect(decoder.push(bytesOf(`${NONCE} o 1 late\n${NONCE} x 1 0\n`))).toEqual([]);
    expect(decoder.noiseBytes).toBe(0);
  });

  it('ends a marked stream with an end mark that goes on and on', () => {
    const reader = new MarkedReader(NONCE, 1_000_000);
    reader.push(bytesOf(`${NONCE} begin\nall\n${NONCE} end 1`));
    expect(reader.done).toBe(false);
    reader.push(bytesOf('1'.repeat(1000)));
    expect(reader.done).toBe(true);
    expect(reader.status).toBeNull();
    expect(Buffer.from(reader.output().bytes).toString()).toBe('all');
  });
});

describe('a marked stream', () => {
  const binary = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    hostileText.map((text) => bytesOf(`\n${text}`)),
    fc.constantFrom(bytesOf(`\n${NONCE} en`), bytesOf('\n'), bytesOf(`\n\n${NONCE.slice(0, 5)}`)),
  );

  it('gives back its bytes whatever they are and however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(binary, { maxLength: 6 }),
        hostileText,
        fc.integer({ min: 0, max: 255 }),
        fc.gen(),
        (parts, noise, status, gen) => {
          const content = Buffer.concat(parts);
          const whole = Buffer.concat([
            Buffer.from(`${noise}${NONCE} begin\n`),
            content,
            Buffer.from(`\n${NONCE} end ${status}\nstragglers`),
          ]);
          const reader = new MarkedReader(NONCE, 1_000_000);
          for (const chunk of gen(chunked, new Uint8Array(whole))) reader.push(chunk);
          expect(Buffer.from(reader.output().bytes).equals(content)).toBe(true);
          expect(reader.status).toBe(status);
          expect(reader.noiseBytes).toBe(Buffer.byteLength(noise));
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('keeps at most maxBytes, and says that there was more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.gen(),
        (size, most, gen) => {
          const whole = `${NONCE} begin\n${'x'.repeat(size)}\n${NONCE} end 0\n`;
          const reader = new MarkedReader(NONCE, most);
          for (const chunk of gen(chunked, bytesOf(whole))) reader.push(chunk);
          expect(reader.done).toBe(true);
          expect(reader.output()).toMatchObject({ truncated: size > most });
          expect(reader.output().bytes.length).toBe(Math.min(size, most));
          expect(reader.status).toBe(size > most ? null : 0);
        },
      ),
    );
  });

  it('tells what was printed instead', () => {
    const reader = new MarkedReader(NONCE, 100);
    reader.push(bytesOf('This account is currently not available.\n'));
    expect(reader.output().bytes.length).toBe(0);
    expect(reader.began).toBe(false);
    expect(reader.noise).toBe('This account is currently not available.\n');
  });
});
