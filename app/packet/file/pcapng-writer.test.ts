import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import {
  writePcapng,
  type PacketColumns,
  type PacketStretch,
  type PcapngContents,
  type PcapngOptions,
} from './pcapng-writer.ts';

const run = promisify(execFile);

interface Packet {
  readonly at: readonly [seconds: number, nanoseconds: number];
  readonly place: readonly [captureId: number, ifindex: number, linkType: number];
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly payloadOffset: number;
  readonly comment?: string;
}

function segment(packets: readonly Packet[]): PacketStretch {
  const columns: PacketColumns = {
    seconds: packets.map(({ at }) => at[0]),
    nanoseconds: packets.map(({ at }) => at[1]),
    captureId: packets.map(({ place }) => place[0]),
    ifindex: packets.map(({ place }) => place[1]),
    linkType: packets.map(({ place }) => place[2]),
    packetType: packets.map(({ type }) => type),
    len: packets.map(({ length }) => length),
    payloadOffset: (row) => packets[row]?.payloadOffset ?? 0,
    comment: (row) => packets[row]?.comment ?? null,
    raw: (row) => packets[row]?.bytes ?? new Uint8Array(),
  };
  return { count: packets.length, open: () => columns };
}

function options(segments: readonly PacketStretch[], over: Partial<PcapngOptions> = {}): PcapngOptions {
  return {
    application: 'Hopscope 0.1.0',
    interfaces: [],
    describe: (captureId, ifindex, linkType) => ({
      captureId,
      ifindex,
      linkType,
      name: `capture ${captureId}/if${ifindex}`,
      filter: null,
      snaplen: 262_144,
      received: null,
      dropped: null,
    }),
    names: [],
    among: () => null,
    segments,
    payload: true,
    ...over,
  };
}

function written(of: PcapngOptions): { bytes: Uint8Array; chunks: number; contents: PcapngContents } {
  const chunks: Uint8Array[] = [];
  const generator = writePcapng(of);
  for (;;) {
    const step = generator.next();
    if (step.done === true)
      return { bytes: Buffer.concat(chunks), chunks: chunks.length, contents: step.value };
    chunks.push(step.value);
  }
}

/** SLL2 (20 bytes), IPv4 (20), UDP (8) and a payload. */
function sll2Udp(ifindex: number, type: number, payload: string): Uint8Array {
  const bytes = Buffer.alloc(48 + payload.length);
  bytes.writeUInt16BE(0x0800, 0);
  bytes.writeUInt32BE(ifindex, 4);
  bytes.writeUInt16BE(1, 8);
  bytes[10] = type;
  bytes[11] = 6;
  bytes[20] = 0x45;
  bytes.writeUInt16BE(28 + payload.length, 22);
  bytes[28] = 64;
  bytes[29] = 17;
  bytes.set([192, 168, 1, 2, 192, 168, 2, 3], 32);
  bytes.writeUInt16BE(40_000, 40);
  bytes.writeUInt16BE(4000, 42);
  bytes.writeUInt16BE(8 + payload.length, 44);
  bytes.write(payload, 48);
  return bytes;
}

const packet = (over: Partial<Packet> = {}): Packet => {
  const bytes = over.bytes ?? sll2Udp(2, 0, 'hello world');
  return {
    at: [1_700_000_000, 123_456_789],
    place: [1, 2, 276],
    type: 0,
    length: bytes.length,
    payloadOffset: 48,
    ...over,
    bytes,
  };
};

describe('a pcapng file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hopscope-pcapng-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function tshark(bytes: Uint8Array, fields: readonly string[]): Promise<string[][]> {
    const file = join(folder, 'packets.pcapng');
    await writeFile(file, bytes);
    const { stdout, stderr } = await run('tshark', [
      ...['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=a'],
      ...fields.flatMap((field) => ['-e', field]),
    ]);
    expect(stderr.replace(/^Running as user .*\n/, '')).toBe('');
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'));
  }

  const worker = {
    captureId: 1,
    ifindex: 2,
    linkType: 276,
    name: 'k8s-worker-1/ens192',
    filter: 'host 192.168.1.2',
    snaplen: 128,
    received: 7,
    dropped: 3,
  };

  it('says to tshark what the segments say', async () => {
    const large = sll2Udp(3, 4, 'x'.repeat(100));
    const { bytes, contents } = written(
      options(
        [
          segment([
            packet({ comment: 'first\u0000第二' }),
            packet({ at: [1_700_000_001, 5], type: 4, place: [1, 3, 276] }),
          ]),
          segment([
            packet({ bytes: large, length: 1500, place: [7, 9, 276], type: 3, comment: 'x'.repeat(5000) }),
          ]),
        ],
        { interfaces: [worker] },
      ),
    );
    const rows = await tshark(bytes, [
      'frame.time_epoch',
      'frame.interface_name',
      'frame.len',
      'frame.cap_len',
      'frame.packet_flags_direction',
      'frame.packet_flags_reception_type',
      'sll.ifindex',
      'ip.dst',
      'udp.dstport',
      'frame.comment',
    ]);
    const udp = ['192.168.2.3', '4000'];
    expect(rows).toEqual([
      [
        '1700000000.123456789',
        'k8s-worker-1/ens192',
        '59',
        '59',
        '0x00000001',
        '1',
        '2',
        ...udp,
        'first,第二',
      ],
      ['1700000001.000000005', 'capture 1/if3', '59', '59', '0x00000002', '0', '2', ...udp, ''],
      [
        '1700000000.123456789',
        'capture 7/if9',
        '1500',
        '148',
        '0x00000001',
        '4',
        '3',
        ...udp,
        'x'.repeat(4096),
      ],
    ]);
    expect(contents.packets).toBe(3);
    expect(contents.interfaces.map(({ description, packets }) => [description.name, packets])).toEqual([
      ['k8s-worker-1/ens192', 1],
      ['capture 1/if3', 1],
      ['capture 7/if9', 1],
    ]);
  });

  it('says to capinfos which program, interfaces, filters and losses there were', async () => {
    const file = join(folder, 'interfaces.pcapng');
    const { bytes } = written(options([segment([packet(), packet()])], { interfaces: [worker] }));
    await writeFile(file, bytes);
    const { stdout, stderr } = await run('capinfos', [file]);
    expect(stderr.replace(/^Running as user .*\n/, '')).toBe('');
    for (const line of [
      /^Number of packets: +2$/m,
      /^Capture application: +Hopscope 0\.1\.0$/m,
      /^File timestamp precision: +nanoseconds \(9\)$/m,
      /Name = k8s-worker-1\/ens192$/m,
      /Encapsulation = Linux cooked-mode capture v2/m,
      /Capture length = 128$/m,
      /Filter string = host 192\.168\.1\.2$/m,
      /Number of packets = 2$/m,
    ])
      expect(stdout).toMatch(line);
  });

  it('without payload ends each packet with its last header and keeps its length', async () => {
    const { bytes } = written(options([segment([packet()])], { payload: false }));
    expect(await tshark(bytes, ['frame.len', 'frame.cap_len', 'udp.length'])).toEqual([['59', '48', '19']]);
    expect(Buffer.from(bytes).includes('hello')).toBe(false);
  });

  it('names addresses, more than fit into one block', async () => {
    const names = Array.from({ length: 2500 }, (_, n) => ({
      address: new Uint8Array([192, 168, n >> 8, n & 255]),
      name: `pod-${n}`,
    }));
    names.push({ address: new Uint8Array([192, 168, 2, 3]), name: 'c2c\u001b[2J' });
    const { bytes } = written(options([segment([packet()])], { names: names.slice(-1) }));
    const file = join(folder, 'named.pcapng');
    await writeFile(file, bytes);
    const read = await run('tshark', ['-N', 'n', '-r', file, '-T', 'fields', '-e', 'ip.dst_host']);
    expect(read.stdout).toBe('c2c\uFFFD[2J\n');
    const many = written(options([segment([packet()])], { names }));
    expect(await tshark(many.bytes, ['udp.dstport'])).toEqual([['4000']]);
  });

  it('without packets is a file, too', async () => {
    expect(await tshark(written(options([], { interfaces: [worker] })).bytes, ['frame.len'])).toEqual([]);
  });

  it('comes in chunks of about 256 KiB and holds what segments had when it was begun', () => {
    const growing: Packet[] = Array.from({ length: 20_000 }, () =>
      packet({ bytes: sll2Udp(2, 0, 'y'.repeat(200)) }),
    );
    const columns = segment(growing);
    const generator = writePcapng(
      options([
        {
          ...columns,
          get count() {
            return growing.length;
          },
        },
      ]),
    );
    const first = generator.next();
    growing.push(packet());
    const sizes = [(first.value as Uint8Array).length];
    for (;;) {
      const step = generator.next();
      if (step.done === true) {
        expect(step.value.packets).toBe(20_000);
        break;
      }
      sizes.push(step.value.length);
    }
    expect(sizes.length).toBe(23);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
  });

  it('gives every packet back to tshark, whatever its bytes, time and place', async () => {
    const anyPacket = fc.record({
      at: fc.tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0, max: 999_999_999 })),
      place: fc.tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom(1, 276, 113),
      ),
      type: fc.integer({ min: 0, max: 255 }),
      bytes: fc.uint8Array({ maxLength: 300 }),
      length: fc.integer({ min: 0, max: 0xffff }),
      payloadOffset: fc.integer({ min: 0, max: 300 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyPacket, { maxLength: 8 }), { maxLength: 4 }),
        fc.boolean(),
        async (all, payload) => {
          const { bytes } = written(options(all.map(segment), { payload }));
          const rows = await tshark(bytes, [
            'frame.time_epoch',
            'frame.interface_name',
            'frame.cap_len',
            'frame.len',
          ]);
          expect(rows).toEqual(
            all.flat().map(({ at, place, bytes, length, payloadOffset }) => {
              const captured = payload ? bytes.length : Math.min(bytes.length, payloadOffset);
              return [
                `${at[0]}.${String(at[1]).padStart(9, '0')}`,
                `capture ${place[0]}/if${place[1]}`,
                String(captured),
                String(Math.max(captured, length)),
              ];
            }),
          );
        },
      ),
      { numRuns: runs(6) },
    );
  });
});
