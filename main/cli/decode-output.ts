// What `hopscope decode` prints of the packets that pass its filter. What not every run needs is loaded by those that do:
// decoding a million packets is quicker than loading all of it.
import type { CaptureFile } from '../../app/packet/file/capture-file.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { packetTimeOf } from '../../app/packet/store/packet-time.ts';
import { ok, type Result } from '../../app/result.ts';
import type { NodeTime } from '../../app/topology/model.ts';
import { DecodeTotals } from './decode-totals.ts';
import type { FollowLines } from './follow-lines.ts';

export interface OutputOptions {
  readonly json?: true;
  readonly utc?: true;
  readonly count?: true;
  readonly checksum?: true;
  readonly fields?: string;
  readonly follow?: string;
  readonly filter: string;
}

export interface DecodeOutput {
  /** Takes in the first `length` of `rows`, which pass; in the order of the capture. Rows are valid during the call only. */
  take(segment: PacketSegment, rows: Uint16Array, length: number): void;
  /** What is to be printed by now, and was not yet. */
  text(): string;
  /** Nothing is to come, whatever else the capture holds. */
  readonly over: boolean;
  /** The capture has ended: what is left to print. A failure says what it lacks: `holds no TCP`. */
  end(): Result<string, string>;
}

/** A failure is the sentence of what is wrong with the options. */
export async function outputOf(
  options: OutputOptions,
  file: () => CaptureFile,
): Promise<Result<DecodeOutput, string>> {
  if (options.follow !== undefined) {
    const { FollowLines } = await import('./follow-lines.ts');
    const lines = FollowLines.of(options.follow);
    return lines.ok ? ok(new FollowOutput(lines.value)) : lines;
  }
  if (options.count === true) return ok(new TotalsOutput(options));
  const print = await printerOf(options, file);
  return print.ok ? ok(new LinesOutput(print.value)) : print;
}

/** One line. @param first the time of the capture's first packet */
type Print = (segment: PacketSegment, row: number, first: NodeTime) => string;

async function printerOf(options: OutputOptions, file: () => CaptureFile): Promise<Result<Print, string>> {
  if (options.fields !== undefined) {
    const { FieldLines } = await import('./field-lines.ts');
    const lines = FieldLines.of(options.fields, options.filter !== '');
    return lines.ok ? ok((segment, row) => lines.value.line(segment, row)) : lines;
  }
  const { decodedPacket, PacketLines } = await import('./decoded-lines.ts');
  if (options.json === true) return ok((segment, row) => JSON.stringify(decodedPacket(segment, row, file())));
  const people = new PacketLines(options.utc === true ? 'utc' : 'relative');
  return ok((segment, row, first) => {
    people.origin ??= first;
    return people.line(decodedPacket(segment, row, file()));
  });
}

/** A line a packet. */
class LinesOutput implements DecodeOutput {
  readonly over = false;
  readonly #print: Print;
  #first: NodeTime | null = null;
  #text = '';

  constructor(print: Print) {
    this.#print = print;
  }

  take(segment: PacketSegment, rows: Uint16Array, length: number): void {
    // Relative times count from the capture's first packet, also where a filter leaves it out.
    this.#first ??= packetTimeOf(segment, 0);
    for (let at = 0; at < length; at += 1)
      this.#text += `${this.#print(segment, rows[at] ?? 0, this.#first)}\n`;
  }

  text(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  end(): Result<string, string> {
    return ok(this.text());
  }
}

class TotalsOutput implements DecodeOutput {
  readonly over = false;
  readonly #json: boolean;
  readonly #totals: DecodeTotals;

  constructor({ json, checksum }: OutputOptions) {
    this.#json = json === true;
    this.#totals = new DecodeTotals(checksum === true);
  }

  take(segment: PacketSegment, rows: Uint16Array, length: number): void {
    this.#totals.take(segment, rows, length);
  }

  text(): string {
    return '';
  }

  end(): Result<string, string> {
    return ok(this.#json ? this.#totals.json() : this.#totals.text());
  }
}

class FollowOutput implements DecodeOutput {
  readonly #lines: FollowLines;

  constructor(lines: FollowLines) {
    this.#lines = lines;
  }

  get over(): boolean {
    return this.#lines.over;
  }

  take(segment: PacketSegment, rows: Uint16Array, length: number): void {
    for (let at = 0; at < length; at += 1) this.#lines.take(segment, rows[at] ?? 0);
  }

  text(): string {
    return this.#lines.text();
  }

  end(): Result<string, string> {
    return this.#lines.end();
  }
}
