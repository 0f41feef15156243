// DNS, HTTP and TLS as tshark reads them, packet by packet, on packets made here; and what must not cost much.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { BuiltPacket } from '../testing/packets/built.ts';
import { dnsMessage, dnsPackets } from '../testing/packets/dns-packets.ts';
import { httpPackets } from '../testing/packets/http-packets.ts';
import { ethernet, EtherType } from '../testing/packets/link.ts';
import { ipv4, tcp, udp } from '../testing/packets/network.ts';
import { hex, join, u16 } from '../testing/packets/parts.ts';
import { tlsPackets, tlsRecord } from '../testing/packets/tls-packets.ts';
import { pcap } from '../testing/pcap.ts';
import { STATELESS } from '../testing/tshark-options.ts';
import { fieldNamed } from './catalogue.ts';
import { dissect } from './dissect.ts';
import { Dissection } from './dissection.ts';
import * as dns from './dns.ts';
import { fieldText } from './field-text.ts';
import type { Field } from './field.ts';
import * as http from './http.ts';
import * as tls from './tls.ts';

const run = promisify(execFile);

async function theirs(packets: readonly BuiltPacket[], fields: readonly Field[]): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-applications-'));
  try {
    const file = path.join(folder, 'packets.pcap');
    await writeFile(file, pcap(1, packets));
    const { stdout } = await run(
      'tshark',
      [
        ...['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=a', ...STATELESS],
        ...fields.flatMap(({ name }) => ['-e', name]),
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    return stdout.split('\n').slice(0, -1);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const whole = (bytes: Uint8Array) => ({
  bytes,
  linkType: 1,
  len: bytes.length,
  seconds: 0,
  nanoseconds: 0,
  number: 1,
  comment: null,
});

function ours({ bytes }: BuiltPacket, fields: readonly Field[]): string {
  const d = new Dissection(new Set(fields));
  dissect(whole(bytes), d);
  const cells = new Map<Field, string[]>();
  for (const [index, field] of d.fields.entries()) {
    const texts = cells.get(field) ?? [];
    texts.push(fieldText(field, d.values[index] ?? null));
    cells.set(field, texts);
  }
  return fields.map((field) => (cells.get(field) ?? []).join(',')).join('\t');
}

/** Fields that tshark prints in ways of its own: layers, marks without a value, times, and what it takes from other packets. */
const comparable = (fields: readonly Field[], except: readonly string[]): readonly Field[] =>
  [...new Set(fields.map(({ name }) => fieldNamed(name)))].filter(
    (field): field is Field =>
      field !== null && !['protocol', 'none', 'time'].includes(field.type) && !except.includes(field.name),
  );

async function agrees(packets: readonly BuiltPacket[], fields: readonly Field[]): Promise<void> {
  const lines = await theirs(packets, fields);
  expect(lines).toHaveLength(packets.length);
  const told = (line: string): Record<string, string> =>
    Object.fromEntries(line.split('\t').map((text, index) => [fields[index]?.name ?? '', text]));
  const named = (texts: readonly string[]) =>
    Object.fromEntries(packets.map(({ name }, index) => [name, told(texts[index] ?? '')]));
  expect(named(packets.map((packet) => ours(packet, fields)))).toEqual(named(lines));
}

describe('tshark agrees', () => {
  it('on DNS', () => agrees(dnsPackets(), comparable(dns.FIELDS, [])));
  it('on HTTP and SSDP', () => agrees(httpPackets(), comparable(http.FIELDS, [])));
  it('on TLS', () => agrees(tlsPackets(), comparable(tls.FIELDS, [])));
});

/** Fields added, and bytes read, which is what costs. */
function cost(bytes: Uint8Array): number {
  const d = new Dissection();
  dissect(whole(bytes), d);
  expect(d.count).toBeLessThanOrEqual(4096);
  return d.count;
}

const inUdp = (payload: Uint8Array): Uint8Array =>
  ethernet(EtherType.ipv4, ipv4(17, udp(40_000, 53, payload)));
const inTcp = (port: number, payload: Uint8Array): Uint8Array =>
  ethernet(EtherType.ipv4, ipv4(6, tcp(40_000, port, payload)));

describe('what wants to keep us busy', () => {
  it('names that point at each other: every question of a full datagram', () => {
    const ring = hex('0161c00c');
    const questions = Array.from({ length: 8000 }, () => join(ring, u16(1), u16(1)));
    expect(cost(inUdp(dnsMessage(join(...questions), { questions: 8000 })))).toBeGreaterThan(100);
  });

  it('a chain of pointers, each to the one before, asked for again and again', () => {
    const chain = join(
      0,
      ...Array.from({ length: 8000 }, (_, index) => u16(0xc000 | (12 + (index === 0 ? 0 : index * 2 - 1)))),
    );
    cost(
      inUdp(
        dnsMessage(join(chain, ...Array.from({ length: 6000 }, () => hex('dfff00010001'))), {
          questions: 6000,
        }),
      ),
    );
  });

  it('records of no bytes, messages of no bytes, lines without end', () => {
    cost(inTcp(53, new Uint8Array(60_000)));
    cost(inTcp(443, join(...Array.from({ length: 10_000 }, () => tlsRecord(22, [])))));
    cost(inTcp(443, join(...Array.from({ length: 8000 }, () => tlsRecord(22, [1])))));
    cost(inTcp(80, join('a:\n'.repeat(20_000))));
    cost(inTcp(80, join('GET\n\n'.repeat(12_000))));
    cost(inTcp(80, join(`HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n${'1\na\n\n'.repeat(10_000)}`)));
    cost(inTcp(80, join(`GET / HTTP/1.1\nCookie: ${'a; '.repeat(20_000)}\n\n`)));
  });
});
