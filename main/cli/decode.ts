// `hopscope decode FILE`: a capture's packets, a line each, from a file of any size in bounded memory.
import { Command } from 'commander';
import { CaptureFile } from '../../app/packet/file/capture-file.ts';
import type { FilterError } from '../../app/packet/filter/filter-error.ts';
import type { SegmentScan } from '../../app/packet/filter/segment-scan.ts';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { MAX_PASSING_ROWS, PassingPackets } from '../../app/packet/store/passing-packets.ts';
import { plainText } from '../../app/plain-text.ts';
import { ok, type Result } from '../../app/result.ts';
import { captureChunks } from './capture-chunks.ts';
import { outputOf, type OutputOptions } from './decode-output.ts';
import { PackedDamaged, unpacked } from './unpacked.ts';

export function decodeCommand(): Command {
  return new Command('decode')
    .description(
      'print the packets of a capture (pcap or pcapng, gzipped or not), a line each: number, time, interface and direction, source → destination, protocol, summary',
    )
    .argument('<FILE>', '`-` reads standard input')
    .option('--filter <TEXT>', 'only packets that pass this display filter, in Wireshark’s language', '')
    .option('--utc', 'absolute times (UTC, nanoseconds) instead of seconds since the file’s first packet')
    .option('--json', 'one object a line; its times are absolute')
    .option(
      '--fields <NAMES>',
      'these fields of each packet, as `tshark -T fields` prints them: ip.src,tcp.dstport',
    )
    .option('--count', 'no packets, only their number, time span and protocols')
    .option('--checksum', 'with --count, also a checksum of all that columns hold')
    .option('--follow <N>', 'what TCP stream N carries, as `tshark -q -z follow,tcp,raw,N` prints it')
    .addHelpText(
      'after',
      `
Filters: 'ip.addr == 192.168.2.0/24 && tcp.port == 8080', 'tcp.flags.reset == 1', 'http.host contains "example"', '!arp'.
Exit code 0: read to its end; 2: it cannot be read, is no capture, or is damaged (what comes before is printed).`,
    )
    .exitOverride()
    .action(async (file: string, options: OutputOptions) => {
      process.exitCode = await decode(file, options);
    });
}

async function decode(name: string, options: OutputOptions): Promise<number> {
  const contradiction = contradictionOf(options);
  if (contradiction !== null) return complain(contradiction);
  if (options.follow !== undefined && options.filter !== '')
    return complain('--follow counts the streams of all packets; leave --filter out');
  const scanner = await scannerOf(options.filter);
  if (!scanner.ok) return complainOf(options.filter, scanner.failure);
  const made = await outputOf(options, () => file);
  if (!made.ok) return complain(made.failure);
  const output = made.value;
  const packets = new PassingPackets((segment) => {
    const { rows, length } = scanner.value(segment);
    output.take(segment, rows, length);
  });
  const file = new CaptureFile(packets);
  const shown = name === '-' ? 'standard input' : name;
  let head: Uint8Array | null = null;
  try {
    for await (const chunk of unpacked(captureChunks(name, packets))) {
      head ??= chunk.slice(0, 8);
      file.push(chunk);
      packets.drain();
      const text = output.text();
      // `| head` has seen enough.
      if (text !== '' && !(await write(text))) return 0;
      if (output.over || file.broken !== null) break;
    }
  } catch (error) {
    if (error instanceof PackedDamaged) return complain(`${shown} ${error.message}.`);
    return complain(`${shown} ${reasonOf(error as NodeJS.ErrnoException)}.`);
  }
  if (!output.over) file.end();
  // Of what is no capture there is nothing to tell.
  if (file.broken === null || file.packets > 0) {
    const rest = output.end();
    if (rest.ok) await write(rest.value);
    else if (file.broken === null) return complain(`${shown} ${rest.failure}.`);
  }
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

/** Options of which only one could have its way, as a sentence. */
function contradictionOf({ fields, count, follow, json, checksum }: OutputOptions): string | null {
  const outputs = [
    ...(fields === undefined ? [] : ['--fields']),
    ...(count === true ? ['--count'] : []),
    ...(follow === undefined ? [] : ['--follow']),
  ];
  if (outputs.length > 1) return `${outputs.join(' and ')} are different outputs; leave all but one out`;
  if (json === true && count !== true && outputs.length > 0)
    return `${outputs.join()} and --json are different outputs; leave one out`;
  if (checksum === true && count !== true) return '--checksum is part of --count; add that';
  return null;
}

/** Finds the rows that pass; valid until it is asked again. */
type Scanner = (segment: PacketSegment) => { readonly rows: Uint16Array; readonly length: number };

async function scannerOf(text: string): Promise<Result<Scanner, FilterError>> {
  const rows = new Uint16Array(MAX_PASSING_ROWS);
  if (text.trim() === '') {
    for (let row = 0; row < rows.length; row += 1) rows[row] = row;
    return ok((segment) => ({ rows, length: segment.count }));
  }
  const { parseDisplayFilter } = await import('../../app/packet/filter/display-filter.ts');
  const filter = parseDisplayFilter(text);
  if (!filter.ok) return filter;
  let last: { readonly of: PacketSegment; readonly scan: SegmentScan } | null = null;
  return ok((segment) => {
    // It remembers the segment's addresses, and segments are filled again and again.
    if (last?.of !== segment) last = { of: segment, scan: filter.value.scan(segment) };
    return { rows, length: last.scan.scan(0, segment.count, rows, 0) };
  });
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
  if (begins(0x1f, 0x8b)) return 'compressed twice; unpack it first (gunzip)';
  if (begins(0x42, 0x5a, 0x68)) return 'compressed; unpack it first (bunzip2)';
  if (begins(0xfd, 0x37, 0x7a, 0x58)) return 'compressed; unpack it first (unxz)';
  if (begins(0x04, 0x22, 0x4d, 0x18)) return 'compressed; unpack it first (unlz4)';
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

/** What is wrong with a filter, and under it where. */
function complainOf(filter: string, { at, length, sentence, suggestion }: FilterError): number {
  complain(sentence);
  const underline = `${' '.repeat(at)}${'^'.padEnd(length, '~')}`;
  process.stderr.write(`  ${plainText(filter)}\n  ${underline}\n`);
  if (suggestion !== null) {
    const mended = `${filter.slice(0, at)}${suggestion}${filter.slice(at + length)}`;
    process.stderr.write(`perhaps: ${plainText(mended)}\n`);
  }
  return 2;
}
