// What guards print (guard-script.ts). Two forms, both told from content by an unguessable nonce:
// - one script: noise, "<nonce> begin\n", its raw bytes, "\n<nonce> end <status>\n";
// - streams: lines "<nonce> o|e|o+|e+ <id> <text>\n" (`+`: the line goes on in the next frame of that stream),
//   "<nonce> x <id> <status>\n" (ended), "<nonce> t <s>.<ns>\n" (node time). Each is one write ≤ PIPE_BUF, and
//   text holds no newline, so a line that does not start with the nonce is noise: dropped and counted.

import type { NodeTime } from '../../app/probe/facts.ts';
import { parseNodeTime } from '../../app/probe/section-frames.ts';

export type Frame =
  | {
      readonly kind: 'line';
      readonly id: number;
      readonly source: 'stdout' | 'stderr';
      readonly line: string;
      /** The line was longer than the cap; its end is missing. */
      readonly truncated: boolean;
    }
  | { readonly kind: 'exit'; readonly id: number; readonly status: number }
  | { readonly kind: 'tick'; readonly time: NodeTime };

const NEWLINE = 10;
/** A frame's text is ≤ 3000 bytes on the node; anything much longer is not a frame. */
const MAX_FRAME = 8192;

/** Most bytes of unfinished lines over all streams; what comes beyond is cut as if its line were too long. */
const MAX_HELD = 16 * 1024 * 1024;

/** An unfinished line. One buffer that doubles: a part a frame would cost a hundred times its one byte. */
interface Line {
  buffer: Uint8Array;
  bytes: number;
  truncated: boolean;
}

/**
 * Streaming decoder of the streams' form. Who is at the other end may be hostile, so it is bounded: only streams that
 * are expected, `maxLine` bytes a stream and source, `maxHeld` bytes over all, one frame besides.
 */
export class FrameDecoder {
  readonly #head: string;
  readonly #maxLine: number;
  readonly #maxHeld: number;
  readonly #expected = new Set<number>();
  #held = 0;
  readonly #lines = new Map<string, Line>();
  /** The unfinished frame at the end of what was pushed. */
  #rest: Uint8Array = new Uint8Array(0);
  #restIsNoise = false;
  /** Bytes that were no frames of ours: a login's greeting, foreign output. */
  noiseBytes = 0;
  /** The first of them, for messages; ≤ 4096 bytes. */
  noise = '';
  began = false;

  constructor(nonce: string, maxLine = 4 * 1024 * 1024, maxHeld = MAX_HELD) {
    this.#head = `${nonce} `;
    this.#maxLine = maxLine;
    this.#maxHeld = maxHeld;
  }

  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      const piece = bytes.subarray(start, end);
      start = end + 1;
      if (this.#restIsNoise) this.#drop(piece.length + 1, '\n');
      else this.#frame(this.#rest.length === 0 ? piece : concat([this.#rest, piece]), frames);
      this.#rest = new Uint8Array(0);
      this.#restIsNoise = false;
    }
    const tail = bytes.subarray(start);
    if (this.#restIsNoise) this.#drop(tail.length, '');
    else if (this.#rest.length + tail.length > MAX_FRAME) {
      this.#drop(this.#rest.length + tail.length, latin(this.#rest) + latin(tail));
      this.#rest = new Uint8Array(0);
      this.#restIsNoise = true;
    } else if (tail.length > 0) this.#rest = concat([this.#rest, tail]);
    return frames;
  }

  /** Everything is read: what is left of an unfinished frame is noise. */
  end(): void {
    this.#drop(this.#rest.length, latin(this.#rest));
    this.#rest = new Uint8Array(0);
  }

  /** Bytes of unfinished lines that are kept now. */
  get heldBytes(): number {
    return this.#held;
  }

  /** From now on frames of this stream are taken; those of a stream that nobody expects are dropped. */
  expect(id: number): void {
    this.#expected.add(id);
  }

  /** A stream that is gone: its unfinished lines go, and what still comes from it is dropped. */
  forget(id: number): void {
    this.#expected.delete(id);
    this.#take(`o${String(id)}`);
    this.#take(`e${String(id)}`);
  }

  #drop(length: number, text: string): void {
    this.noiseBytes += length;
    if (this.noise.length < 4096) this.noise = (this.noise + text).slice(0, 4096);
  }

  #frame(bytes: Uint8Array, frames: Frame[]): void {
    const match = /^(\S+ )(?:(begin)$|t (.+)$|x (\d{1,9}) (\d{1,3})$|([oe])(\+?) (\d{1,9}) )/.exec(
      latin(bytes.subarray(0, this.#head.length + 40)),
    );
    if (match?.[1] !== this.#head) {
      this.#drop(bytes.length + 1, `${latin(bytes)}\n`);
      return;
    }
    const [whole, , begin, time, exitId, status, source, more, id] = match;
    if (begin !== undefined) this.began = true;
    else if (time !== undefined) {
      const parsed = parseNodeTime(time);
      if (parsed !== null) frames.push({ kind: 'tick', time: parsed });
    } else if (exitId !== undefined) {
      if (this.#expected.has(Number(exitId)))
        frames.push({ kind: 'exit', id: Number(exitId), status: Number(status) });
    } else if (source !== undefined && id !== undefined && this.#expected.has(Number(id))) {
      this.#text(
        source === 'o' ? 'stdout' : 'stderr',
        Number(id),
        more === '+',
        bytes.subarray(whole.length),
        frames,
      );
    }
  }

  #text(source: 'stdout' | 'stderr', id: number, more: boolean, text: Uint8Array, frames: Frame[]): void {
    const key = `${source === 'stdout' ? 'o' : 'e'}${String(id)}`;
    if (more) {
      this.#hold(key, text);
      return;
    }
    const begun = this.#take(key);
    const room = begun?.truncated === true ? 0 : this.#maxLine - (begun?.bytes ?? 0);
    const last = text.subarray(0, Math.max(0, room));
    const whole = begun === undefined ? last : concat([begun.buffer.subarray(0, begun.bytes), last]);
    const truncated = (begun?.truncated ?? false) || last.length < text.length;
    frames.push({ kind: 'line', id, source, line: utf8.decode(whole), truncated });
  }

  #hold(key: string, text: Uint8Array): void {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { buffer: new Uint8Array(0), bytes: 0, truncated: false };
      this.#lines.set(key, line);
    }
    // Once cut, nothing more is taken: a hole in the middle would join what does not belong together.
    const room = line.truncated ? 0 : Math.min(this.#maxLine - line.bytes, this.#maxHeld - this.#held);
    const kept = text.subarray(0, Math.max(0, room));
    line.truncated ||= kept.length < text.length;
    if (line.bytes + kept.length > line.buffer.length) {
      const larger = new Uint8Array(Math.min(this.#maxLine, (line.bytes + kept.length) * 2));
      larger.set(line.buffer.subarray(0, line.bytes));
      line.buffer = larger;
    }
    line.buffer.set(kept, line.bytes);
    line.bytes += kept.length;
    this.#held += kept.length;
  }

  /** The unfinished line, which is kept no longer. */
  #take(key: string): Line | undefined {
    const line = this.#lines.get(key);
    this.#lines.delete(key);
    this.#held -= line?.bytes ?? 0;
    return line;
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
