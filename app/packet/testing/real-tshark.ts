// What tshark prints of packets that tests made, and what we print of them.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import type { Field } from '../dissect/field.ts';
import { fieldNamed } from '../dissect/catalogue.ts';
import { fieldText } from '../dissect/field-text.ts';
import { pcap } from './pcap.ts';
import { STATELESS } from './tshark-options.ts';

const run = promisify(execFile);

export interface TestPacket {
  readonly name: string;
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** On the wire; default: all of `bytes`. */
  readonly len?: number;
}

/** A line for each packet and field that the two print differently. */
export async function differences(
  packets: readonly TestPacket[],
  fields: readonly string[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-tshark-'));
  try {
    for (const linkType of new Set(packets.map((packet) => packet.linkType))) {
      const alike = packets.filter((packet) => packet.linkType === linkType);
      const theirs = await tshark(path.join(folder, `${linkType.toString()}.pcap`), linkType, alike, fields);
      for (const [index, packet] of alike.entries())
        lines.push(...told(packet, ours(packet, fields), theirs[index] ?? [], fields));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return lines;
}

function told(
  packet: TestPacket,
  ours: readonly string[],
  theirs: readonly string[],
  fields: readonly string[],
): readonly string[] {
  return fields.flatMap((field, index) => {
    const our = ours[index] ?? '';
    const their = theirs[index] ?? '';
    return our === their ? [] : [`${packet.name}: ${field} is ${their} in tshark and ${our} here`];
  });
}

async function tshark(
  file: string,
  linkType: number,
  packets: readonly TestPacket[],
  fields: readonly string[],
): Promise<readonly (readonly string[])[]> {
  await writeFile(file, pcap(linkType, packets));
  const { stdout } = await run(
    'tshark',
    [
      ...['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=a', ...STATELESS],
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { maxBuffer: 1 << 26 },
  );
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

function ours({ linkType, bytes, len }: TestPacket, names: readonly string[]): readonly string[] {
  const fields = names.map((name) => fieldNamed(name));
  const dissection = new Dissection(new Set(fields.filter((field): field is Field => field !== null)));
  dissect(
    {
      ...{ bytes, linkType, len: len ?? bytes.length, seconds: 1_700_000_000, nanoseconds: 0 },
      ...{ number: 1, comment: null },
    },
    dissection,
  );
  return fields.map((field) =>
    dissection.fields
      .flatMap((of, index) => (of === field ? [fieldText(of, dissection.values[index] ?? null)] : []))
      .join(','),
  );
}
