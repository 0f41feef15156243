// `hopscope decode FILE`: a capture's packets, a line each, from a file of any size in bounded memory.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Command } from 'commander';
import { CaptureFile } from '../../app/packet/file/capture-file.ts';
import { FilterScan } from '../../app/packet/filter/filter-scan.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { packetTimeOf } from '../../app/packet/store/packet-time.ts';
import { PacketStore } from '../../app/packet/store/packet-store.ts';
import { parseQuickFilter, type QuickFilter } from '../../app/packet/filter/quick-filter.ts';
import { plainText } from '../../app/plain-text.ts';
import { DecodeTotals } from './decode-totals.ts';
import { decodedPacket, PacketLines } from './decoded-lines.ts';
import { FieldLines } from './field-lines.ts';
import { FollowLines } from './follow-lines.ts';

/** What is read at once; its packets are printed before more is read. */
const CHUNK_BYTES = 256 * 1024;
/** Many times what a chunk's packets take as columns and bytes, so that none leaves before it is printed. */
const STORE_BYTES = 16 * 1024 * 1024;

interface DecodeOptions {
  readonly json?: true;
  readonly utc?: true;
  readonly count?: true;
  readonly fields?: string;
  readonly follow?: string;
  readonly filter: string;
}

export function decodeCommand(): Command {
  return new Command('decode')
    .description(
      'print the packets of a capture (pcap or pcapng), a line each: number, time, interface and direction, source → destination, protocol, summary',
    )
    .argument('<FILE>', '`-` reads standard input')
    .option('--filter <TEXT>', 'only packets with this address, network or port; several: all of them', '')
    .option('--utc', 'absolute times (UTC, nanoseconds) instead of seconds since the file’s first packet')
    .option('--json', 'one object a line; its times are absolute')
    .option(
      '--fields <NAMES>',
      'these fields of each packet, as `tshark -T fields` prints them: ip.src,tcp.dstport',
    )
    .option('--count', 'no packets, only their number, time span and protocols')
    .option('--follow <N>', 'what TCP stream N carries, as `tshark -q -z follow,tcp,raw,N` prints it')
    .addHelpText(
      'after',
      `
A filter: 192.168.2.3, 192.168.2.0/24, :8080, 192.168.2.3:8080, tcp.
Exit code 0: read to its end; 2: it cannot be read, is no capture, or is damaged (what comes before is printed).`,
    )
    .exitOverride()
    .action(async (file: string, options: DecodeOptions) => {
      process.exitCode = await decode(file, options);
    });
}

async function decode(name: string, options: DecodeOptions): Promise<number> {
  const filter = parseQuickFilter(options.filter);
  if (!filter.ok) return complain(filter.failure);
  const followed = options.follow === undefined ? null : FollowLines.of(options.follow);
  if (followed?.ok === false) return complain(followed.failure);
  const stream = followed?.value ?? null;
  if (stream !== null && options.filter !== '')
    return complain('--follow counts the streams of all packets; leave --filter out');
  const store = new PacketStore({ maxBytes: STORE_BYTES, allocate: (bytes) => new ArrayBuffer(bytes) });
  const file = new CaptureFile(store);
  const people = new PacketLines(options.utc === true ? 'utc' : 'relative');
  const fields = options.fields === undefined ? null : FieldLines.of(options.fields);
  if (fields?.ok === false) return complain(fields.failure);
  const print: Print = (segment, row) => {
    if (fields !== null) return fields.value.line(segment, row);
    const packet = decodedPacket(segment, row, file);
    return options.json === true ? JSON.stringify(packet) : people.line(packet);
  };
  const fresh = new FreshRows(store, filter.value);
  const totals = options.count === true ? new DecodeTotals() : null;
  const shown = name === '-' ? 'standard input' : name;
  const input: Readable =
    name === '-' ? process.stdin : createReadStream(name, { highWaterMark: CHUNK_BYTES });
  let head: Uint8Array | null = null;
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      head ??= chunk.subarray(0, 8);
      file.push(chunk);
      people.origin ??= firstTime(store);
      if (totals !== null) fresh.each(totals.take);
      else if (stream !== null) {
        fresh.each(stream.take);
        if (!(await write(stream.text()))) return 0;
        if (stream.over) break;
      }
      // `| head` has seen enough.
      else if (!(await write(linesOf(fresh, print)))) return 0;
      if (file.broken !== null) break;
    }
  } catch (error) {
    return complain(`${shown} ${reasonOf(error as NodeJS.ErrnoException)}.`);
  }
  if (stream === null || !stream.over) file.end();
  const { broken } = file;
  const ended = stream?.end() ?? null;
  if (ended?.ok === true) await write(ended.value);
  else if (ended !== null && broken === null) return complain(`${shown} ${ended.failure}.`);
  // Of what is no capture there is nothing to count.
  if (totals !== null && (file.broken === null || file.packets > 0))
    await write(options.json === true ? totals.json() : totals.text());
  if (file.broken === null) return 0;
  const { offset, sentence } = file.broken;
  if (file.packets > 0)
    return complain(`${shown} is damaged at byte ${offset}, after ${file.packets} packets: ${sentence}`);
  const other = otherKind(head);
  if (other !== null) return complain(`${shown} is ${other}.`);
  return complain(
    `${shown} is no capture (pcap or pcapng) that can be read, from byte ${offset} on: ${sentence}`,
  );
}

function firstTime({ segments }: PacketStore): { s: number; ns: number } | null {
  const [segment] = segments;
  if (segment === undefined || segment.count === 0) return null;
  return packetTimeOf(segment, 0);
}

type Print = (segment: PacketSegment, row: number) => string;

function linesOf(rows: FreshRows, print: Print): string {
  let text = '';
  rows.each((segment, row) => (text += `${print(segment, row)}\n`));
  return text;
}

/** The packets that came since it was last asked, and pass. */
class FreshRows {
  readonly #store: PacketStore;
  readonly #filter: QuickFilter;
  readonly #rows = new Uint16Array(0x10000);
  #next = 1;

  constructor(store: PacketStore, filter: QuickFilter) {
    this.#store = store;
    this.#filter = filter;
  }

  each(visit: (segment: PacketSegment, row: number) => void): void {
    for (const segment of this.#store.segments) {
      if (segment.endNumber <= this.#next) continue;
      const from = this.#next - segment.firstNumber;
      const passing = new FilterScan(this.#filter, segment).scan(from, segment.count, this.#rows, 0);
      for (let at = 0; at < passing; at += 1) visit(segment, this.#rows[at] ?? 0);
      this.#next = segment.endNumber;
    }
  }
}

/** False when nobody reads standard output any more. Waits while its reader is slow. */
function write(text: string): Promise<boolean> {
  if (text === '') return Promise.resolve(!process.stdout.destroyed);
  return new Promise((resolve) => process.stdout.write(text, (error) => resolve(!(error instanceof Error))));
}

/** What a file that is no capture is, and what to do with it; null: nothing that is known here. */
function otherKind(head: Uint8Array | null): string | null {
  if (head === null) return 'empty';
  const begins = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  if (begins(0x1f, 0x8b)) return 'compressed; unpack it first (gunzip)';
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'compressed; unpack it first (unzstd)';
  if (begins(0x50, 0x4b, 3, 4)) return 'a zip; a case file holds its packets as packets.pcapng: unpack that';
  return null;
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code ?? '') {
    case 'ENOENT':
      return 'does not exist; check the path';
    case 'EACCES':
      return 'may not be read by this user';
    case 'EISDIR':
      return 'is a folder; name a file in it';
    default:
      return `cannot be read (${code ?? message})`;
  }
}

function complain(text: string): number {
  process.stderr.write(`hopscope: ${plainText(text)}\n`);
  return 2;
}
