// `hopscope decode --follow N`: a stream as `tshark -q -z follow,tcp,raw,N` prints it, so that the two can be compared: a
// line of hexadecimal digits for each segment, those of the other end indented.
import type { Direction, GapCause, StreamSink } from '../../app/packet/follow/reassembly.ts';
import { MAX_PAIRS } from '../../app/packet/follow/stream-numbers.ts';
import { StreamOfFile } from '../../app/packet/follow/stream-of-file.ts';
import type { End } from '../../app/packet/follow/tcp-headers.ts';
import { fail, ok, type Result } from '../../app/result.ts';

const RULE = '='.repeat(67);
/** Until the stream begins the ends of those before it are remembered. */
const MAX_NUMBER = MAX_PAIRS - 1;

export class FollowLines implements StreamSink<number> {
  readonly #number: number;
  readonly #stream: StreamOfFile;
  #lines: string[] = [];
  #begun = false;

  private constructor(number: number) {
    this.#number = number;
    this.#stream = new StreamOfFile(number, this);
  }

  /** A failure is the sentence of what is wrong with the number. */
  static of(number: string): Result<FollowLines, string> {
    if (!/^\d{1,9}$/u.test(number))
      return fail(`“${number}” is no stream’s number; streams count from 0: --follow 0`);
    if (Number(number) > MAX_NUMBER)
      return fail(
        `streams are followed up to number ${MAX_NUMBER}; for one that begins later take that part of the file first (editcap -r) and count anew`,
      );
    return ok(new FollowLines(Number(number)));
  }

  /** To be told all packets, in the order of capture. */
  get take(): StreamOfFile['take'] {
    return this.#stream.take;
  }

  /** Nothing of the stream follows, whatever else the capture holds. */
  get over(): boolean {
    return this.#stream.over;
  }

  bytes(direction: Direction, bytes: Uint8Array): void {
    const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
    this.#lines.push(`${direction === 0 ? '' : '\t'}${digits}\n`);
  }

  gap(direction: Direction, length: number, cause: GapCause): void {
    // tshark says nothing of what the snap length cut, and tells what is missing as bytes of the stream itself.
    if (cause === 'missing')
      this.bytes(direction, Buffer.from(`[${length} bytes missing in capture file]\0`, 'latin1'));
  }

  /** Lines that are new. */
  text(): string {
    if (this.#lines.length === 0) return '';
    const text = this.#head() + this.#lines.join('');
    this.#lines = [];
    return text;
  }

  /** The capture has ended. A failure says why there is no such stream. */
  end(): Result<string, string> {
    if (this.#stream.found) return ok(`${this.text()}${this.#head()}${RULE}\n`);
    const { count } = this.#stream;
    if (count === 0) return fail('holds no TCP');
    const others = count === 1 ? 'its only one is 0' : `its streams are 0 to ${count - 1}`;
    return fail(`holds no TCP stream ${this.#number}: ${others}`);
  }

  #head(): string {
    if (this.#begun) return '';
    this.#begun = true;
    const [first, second] = this.#stream.ends ?? [null, null];
    return `\n${RULE}\nFollow: tcp,raw\nFilter: tcp.stream eq ${this.#number}\nNode 0: ${endText(first)}\nNode 1: ${endText(second)}\n`;
  }
}

function endText(end: End | null): string {
  if (end === null) return ':0';
  return end.address.includes(':') ? `[${end.address}]:${end.port}` : `${end.address}:${end.port}`;
}
