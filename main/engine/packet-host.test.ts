import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { PacketWindow } from '../../app/contract/watch.ts';
import { TcpFlag } from '../../app/packet/columns/tcp.ts';
import { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { EtherType, ethernet } from '../../app/packet/testing/packets/link.ts';
import { ipv4, tcp, udp } from '../../app/packet/testing/packets/network.ts';
import { pcap } from '../../app/packet/testing/pcap.ts';
import { PacketHost, type PacketHostOptions, type PacketInput, type Taken } from './packet-host.ts';
import type { CaptureProgress } from './packet-protocol.ts';
import { smallDisk } from './testing/small-disk.ts';
import { pcapHeader, pcapRecord, pcapStream, type TestPacket } from './testing/pcap-stream.ts';

const workerFile = new URL('./packet-worker.ts', import.meta.url);
const all: PacketWindow = { type: 'window', from: 0, count: 500, filter: '', until: null };
const syn = (n: number, extra: Partial<TestPacket> = {}): TestPacket => ({
  at: { s: 1_000 + n, ns: 5 },
  ifindex: 4,
  packetType: 0,
  source: '192.168.1.2',
  destination: '192.168.2.3',
  ...extra,
});
const open: PacketHost[] = [];

function start(storeBytes?: number, spill: PacketHostOptions['spill'] = null) {
  const taken: Taken[] = [];
  const restarts: string[] = [];
  const host = new PacketHost({
    workerFile,
    ...(storeBytes === undefined ? {} : { storeBytes }),
    spill,
    onTaken: (one) => taken.push(one),
    onRestart: (sentence) => restarts.push(sentence),
  });
  open.push(host);
  host.begin(['192.168.1.2']);
  const stream = (captureId: number, deviceMac: string | null = null) => {
    const progress: (CaptureProgress | null)[] = [];
    return { ...host.input(captureId, (one) => progress.push(one), deviceMac), progress };
  };
  return { host, taken, restarts, stream };
}

/** Those in memory. */
function segmentsOf(host: PacketHost): PacketSegment[] {
  return host.stretches.filter((stretch) => stretch instanceof PacketSegment);
}

afterEach(async () => {
  for (const host of open.splice(0)) await host[Symbol.asyncDispose]();
});

describe('the packet worker', () => {
  it('decodes streams in any chunks, counts by interface, and tells peers once', async () => {
    const { host, taken, stream } = start();
    const one = stream(1);
    const two = stream(2);
    const bytes = pcapStream([
      syn(0),
      syn(1, { ifindex: 2, packetType: 4 }),
      syn(2, { source: '192.168.2.3', destination: '192.168.1.2', flags: 0x14 }),
      syn(3, { source: '10.0.0.1', destination: '10.0.0.2' }),
    ]);
    for (let at = 0; at < bytes.length; at += 37) await one.push(bytes.subarray(at, at + 37));
    await two.push(pcapStream([syn(4)]));
    await Promise.all([one.end(), two.end()]);
    const last = one.progress.at(-1);
    expect(last).toMatchObject({ captureId: 1, records: 4, linkType: 276, broken: null });
    const tallies = one.progress.flatMap((progress) => progress?.tallies ?? []);
    const sum = (ifindex: number, of: 'inbound' | 'outbound' | 'refused') =>
      tallies.filter((tally) => tally.ifindex === ifindex).reduce((total, tally) => total + tally[of], 0);
    expect([sum(4, 'inbound'), sum(4, 'refused'), sum(2, 'outbound'), sum(2, 'inbound')]).toEqual([
      3, 1, 1, 0,
    ]);
    expect(one.progress.flatMap((progress) => progress?.at ?? []).at(-1)).toEqual({ s: 1_003, ns: 5 });
    expect(taken.flatMap(({ peers }) => peers.map(({ address }) => address))).toEqual(['192.168.2.3']);
    expect(taken.at(-1)).toMatchObject({ total: 5, kept: 5, firstKept: 1 });
    const rows = await host.rows({ ...all, filter: 'ip.addr == 10.0.0.2' });
    expect(rows?.rows).toMatchObject([
      { number: 4, captureId: 1, ifindex: 4, direction: 'in', protocol: 'TCP', tone: 'opening' },
    ]);
    expect((await host.rows({ ...all, filter: 'ip.addr = 10.0.0.2' }))?.filterError).toContain('write ==');
  });

  it('decodes one packet in full, as long as it is kept', async () => {
    const { host, stream } = start();
    const one = stream(1);
    const frame = 'ffffffffffff0200000000010800' + '4500001401020000403b0000c0a80102c0a80203';
    await one.push(pcap(1, [{ bytes: Buffer.from(frame, 'hex'), len: 60 }]));
    await one.end();
    const detail = await host.detail(1);
    expect(Buffer.from(detail?.bytes ?? []).toString('hex')).toBe(frame);
    expect(detail?.length).toBe(60);
    expect(detail?.nodes.find(({ field }) => field === 'ip.src')).toMatchObject({
      depth: 1,
      filter: 'ip.src == 192.168.1.2',
      at: 26,
      length: 4,
    });
    expect(await host.detail(2)).toBeNull();
    host.begin([]);
    expect(await host.detail(1)).toBeNull();
  });

  it('tells the ways of frames at one device apart by its address', async () => {
    const { host, stream } = start();
    const own = '02:00:00:00:00:01';
    const one = stream(1, own);
    const frame = (destination: string, source: string): { bytes: Uint8Array } => ({
      bytes: Buffer.from(`${destination}${source}88cc${'00'.repeat(40)}`.replaceAll(':', ''), 'hex'),
    });
    const other = 'ee:ee:ee:ee:ee:ee';
    await one.push(
      pcap(1, [
        frame(other, own),
        frame(own, other),
        frame('ff:ff:ff:ff:ff:ff', other),
        frame('33:33:00:00:00:01', own),
        frame(other, '02:00:00:00:00:02'),
        { bytes: new Uint8Array(9) },
      ]),
    );
    await one.end();
    expect(one.progress.flatMap((progress) => progress?.tallies ?? [])).toMatchObject([
      { inbound: 4, outbound: 2 },
    ]);
    const rows = (await host.rows(all))?.rows ?? [];
    expect(rows.map(({ direction }) => direction)).toEqual(['out', 'in', 'in', 'out', 'other', 'other']);
    // Where no device is told, nothing is guessed.
    const two = stream(2);
    await two.push(pcap(1, [frame(other, own)]));
    await two.end();
    expect((await host.rows(all))?.rows.at(-1)?.direction).toBe('other');
  });

  it('says where a stream stopped to make sense', async () => {
    const { stream } = start();
    const cut = stream(1);
    await cut.push(pcapStream([syn(0), syn(1)]).subarray(0, -10));
    await cut.end();
    expect(cut.progress.at(-1)).toMatchObject({ records: 1, broken: expect.any(String) as string });
    const nonsense = stream(2);
    await nonsense.push(Buffer.from('Welcome to this machine, whatever it is!'));
    await nonsense.end();
    expect(nonsense.progress.at(-1)).toMatchObject({ records: 0, broken: expect.any(String) as string });
  });

  it('that dies keeps the packets, says so, and tells streams that they cannot go on', async () => {
    const { host, restarts, stream } = start();
    const one = stream(1);
    await one.push(pcapStream([syn(0), syn(1)]));
    await one.end();
    const two = stream(2);
    await two.push(pcapStream([syn(2)]));
    await expect.poll(() => two.progress.at(-1)?.records).toBe(1);
    await host.killWorkerForTest();
    await two.push(pcapRecord(syn(3)));
    await two.end();
    expect(two.progress.at(-1)).toBeNull();
    expect(restarts).toEqual([
      expect.stringMatching(/^The part that decodes packets crashed.*started again\.$/),
    ]);
    const three = stream(3);
    await three.push(pcapStream([syn(4)]));
    await three.end();
    expect(three.progress.at(-1)).toMatchObject({ records: 1, lost: false });
    expect((await host.rows(all))?.rows.map(({ number, at }) => [number, at.s])).toEqual([
      [1, 1_000],
      [2, 1_001],
      [3, 1_002],
      [4, 1_004],
    ]);
  });

  it('forgets the packets of a run when another begins, and takes nothing more of it', async () => {
    const { host, stream } = start();
    const one = stream(1);
    await one.push(pcapStream([syn(0)]));
    await expect.poll(() => one.progress.at(-1)?.records).toBe(1);
    host.begin([]);
    await one.push(pcapRecord(syn(1)));
    expect(one.progress.at(-1)).toBeNull();
    expect((await host.rows(all))?.rows).toEqual([]);
    const two = stream(1);
    await two.push(pcapStream([syn(7)]));
    await two.end();
    expect((await host.rows(all))?.rows).toMatchObject([{ number: 1, at: { s: 1_007 } }]);
  });

  it('keeps what fits: the oldest leave, in its own memory and in the engine’s', async () => {
    const maxBytes = 512 * 1024;
    const { host, taken, stream } = start(maxBytes);
    const one = stream(1);
    const many = Buffer.concat(Array.from({ length: 1_000 }, (_, n) => pcapRecord(syn(n))));
    await one.push(pcapHeader());
    for (let round = 0; round < 20; round++) await one.push(many);
    await one.end();
    const last = taken.at(-1);
    expect(last?.total).toBe(20_000);
    expect(last?.bytes).toBeLessThanOrEqual(maxBytes);
    expect(last?.kept).toBeLessThan(20_000);
    const held = segmentsOf(host).reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    expect(held).toBe(last?.bytes);
    expect(segmentsOf(host)[0]?.firstNumber).toBe(last?.firstKept);
  });

  it('uses the memory of what has left again, unless somebody may still read it', async () => {
    const { host, taken, stream } = start(64 * 1024);
    const input = stream(1);
    await input.push(pcapHeader());
    const feed = async (from: number) => {
      for (let n = from; n < from + 4_000; n += 100) {
        await input.push(Buffer.concat(Array.from({ length: 100 }, (_, i) => pcapRecord(syn(n + i)))));
        await expect.poll(() => taken.at(-1)?.total).toBe(n + 100);
      }
    };
    await feed(0);
    // Two that were told at different times and say the same now are one memory.
    const begun = taken.flatMap((one) => one.begun.map((buffer) => new PacketSegment(buffer).firstNumber));
    expect(begun.length).toBeGreaterThan(3 * 32);
    expect(new Set(begun).size).toBeLessThan(2 * 32);

    const lent = segmentsOf(host);
    const numbers = () => lent.map(({ firstNumber, count }) => [firstNumber, count]);
    const before = numbers().slice(0, -1);
    await feed(4_000);
    expect(segmentsOf(host).some(({ firstNumber }) => firstNumber === before[0]?.[0])).toBe(false);
    expect(numbers().slice(0, -1)).toEqual(before);
  });

  it('holds a fast capture back: no more waits than is bounded', async () => {
    const { stream } = start();
    const one = stream(1);
    await one.push(pcapHeader());
    const chunk = Buffer.concat(Array.from({ length: 2_000 }, (_, n) => pcapRecord(syn(n))));
    let ahead = 0;
    let most = 0;
    for (let round = 0; round < 30; round++) {
      ahead += chunk.length;
      await one.push(chunk);
      const decoded = (one.progress.at(-1)?.records ?? 0) * 76;
      most = Math.max(most, ahead - decoded);
    }
    await one.end();
    expect(one.progress.at(-1)?.records).toBe(60_000);
    // What waits, what is on its way, and the stretch that went over the bound.
    expect(most).toBeLessThan(2 * (256 * 1024 + chunk.length));
  });

  describe('whose memory is full', () => {
    const count = 20_000;
    const spill = { folders: [tmpdir()], maxBytes: 64 * 1024 * 1024 };

    /** Numbers of all that is kept and the seconds of their packets, read as an export does. */
    function exported(host: PacketHost): (readonly [number, number])[] {
      return host.stretches.flatMap((stretch) => {
        const segment = stretch.open();
        if (!(segment instanceof PacketSegment)) return [];
        return Array.from(
          { length: stretch.count },
          (_, row) => [segment.firstNumber + row, segment.seconds[row] ?? 0] as const,
        );
      });
    }

    async function feed(input: PacketInput, from: number, to: number): Promise<void> {
      for (let n = from; n < to; n += 1_000)
        await input.push(
          Buffer.concat(
            Array.from({ length: 1_000 }, (_, index) =>
              pcapRecord(syn(n + index, { source: `10.0.${(n + index) % 7}.1` })),
            ),
          ),
        );
    }

    it('spills: every packet can still be shown, found, looked into and exported, also when the worker died', async () => {
      const { host, taken, stream } = start(256 * 1024, spill);
      const one = stream(1);
      await one.push(pcapHeader());
      await feed(one, 0, count);
      await one.end();
      for (const total of [count, count + 3_000]) {
        const last = taken.at(-1);
        expect(last).toMatchObject({ total, kept: total, firstKept: 1, spillSentence: null });
        expect(last?.bytes).toBeLessThanOrEqual(256 * 1024);
        expect(last?.firstInMemory).toBeGreaterThan(15_000);
        for (const from of [0, 4_321, 11_111, total - 500]) {
          const rows = (await host.rows({ ...all, from })) ?? null;
          expect(rows).toMatchObject({ first: 0, end: total, from });
          expect(rows?.rows.map(({ number, at }) => [number, at.s])).toEqual(
            Array.from({ length: 500 }, (_, index) => [from + index + 1, 1_000 + from + index]),
          );
        }
        const filter = 'ip.src == 10.0.3.1';
        const passing = Math.ceil((total - 3) / 7);
        await expect
          .poll(async () => {
            const rows = await host.rows({ ...all, filter });
            return rows?.toScan === 0 ? rows.end : null;
          })
          .toBe(passing);
        const found = await host.rows({ ...all, filter, from: 900 });
        expect(found?.rows.map(({ number }) => number)).toEqual(
          Array.from({ length: 500 }, (_, index) => 7 * (900 + index) + 4),
        );
        expect((await host.detail(5))?.nodes.find(({ field }) => field === 'ip.src')?.text).toContain(
          '10.0.4.1',
        );
        expect(exported(host)).toEqual(
          Array.from({ length: total }, (_, index) => [index + 1, 1_000 + index]),
        );
        if (total > count) break;
        await host.killWorkerForTest();
        const two = stream(2);
        await two.push(pcapHeader());
        await feed(two, count, count + 3_000);
        await two.end();
      }
      expect((await readdir(tmpdir())).filter((name) => name.startsWith('hopscope-spill-'))).toEqual([]);
    });

    it('follows a stream that was spilled, or its beginning, also when the worker died', async () => {
      const { host, taken, stream } = start(256 * 1024, spill);
      const one = stream(1);
      const { syn: SYN, ack: ACK } = TcpFlag;
      const push = (packets: readonly Uint8Array[]): Promise<void> =>
        one.push(
          pcap(
            1,
            packets.map((bytes) => ({ bytes })),
          ).subarray(24),
        );
      const segment = (from: string, to: string, header: Uint8Array): Uint8Array =>
        ethernet(EtherType.ipv4, ipv4(6, header, { source: from, destination: to }));
      const asks = (port: number, payload: string, sequence: number, flags: number): Uint8Array =>
        segment('10.0.0.1', '10.0.0.2', tcp(port, 80, payload, { sequence, acknowledgement: 1, flags }));
      const answers = (port: number, payload: string, sequence: number, flags: number): Uint8Array =>
        segment('10.0.0.2', '10.0.0.1', tcp(80, port, payload, { sequence, acknowledgement: 1, flags }));
      const begins = (port: number): Uint8Array[] => [
        asks(port, '', 0, SYN),
        answers(port, '', 0, SYN | ACK),
        asks(port, 'GET /', 1, ACK),
      ];
      const others = Array.from({ length: 500 }, (_, n) =>
        ethernet(EtherType.ipv4, ipv4(17, udp(1_000 + n, 53, 'a question'))),
      );
      await one.push(pcap(1, []));
      await push([...begins(40_000), ...others.slice(0, 200), answers(40_000, '200 OK', 1, ACK)]);
      await push(begins(50_000));
      // A ring’s worth and a few: the beginning has just left.
      for (let n = 0; n < 5; n += 1) await push(others);
      await push([answers(50_000, '200 OK', 1, ACK)]);
      await one.end();
      const last = taken.at(-1)?.total ?? 0;
      const firstInMemory = taken.at(-1)?.firstInMemory ?? 0;
      expect(firstInMemory).toBeGreaterThan(207);
      expect(last).toBeGreaterThan(firstInMemory);
      for (const again of [false, true]) {
        for (const [number, port, get, answer] of [
          [1, 40_000, 3, 204],
          [204, 40_000, 3, 204],
          [last, 50_000, 207, last],
        ] as const) {
          const { stream: followed = null } = (await host.follow(number)) ?? {};
          expect(followed).toMatchObject({
            ends: [
              { address: '10.0.0.1', port },
              { address: '10.0.0.2', port: 80 },
            ],
            pieces: [
              { direction: 0, kind: 'bytes', length: 5, packet: get },
              { direction: 1, kind: 'bytes', length: 6, packet: answer },
            ],
            begins: true,
            packets: 4,
          });
          expect(Buffer.from(followed?.bytes ?? []).toString()).toBe('GET /200 OK');
        }
        expect(await host.follow(5)).toEqual({ kind: 'follow', kept: true, stream: null });
        expect(await host.follow(last + 1)).toEqual({ kind: 'follow', kept: false, stream: null });
        if (!again) await host.killWorkerForTest();
      }
      host.begin([]);
      expect(await host.follow(3)).toEqual({ kind: 'follow', kept: false, stream: null });
    });

    it('lets the oldest go when the disk’s share is full, and an export says so of them', async () => {
      const { host, taken, stream } = start(64 * 1024, { ...spill, maxBytes: 512 * 1024 });
      const one = stream(1);
      await one.push(pcapHeader());
      await feed(one, 0, 3_000);
      await expect.poll(() => taken.at(-1)?.total).toBe(3_000);
      const before = host.stretches;
      expect(before[0]?.open()).not.toBeNull();
      await feed(one, 3_000, count);
      await one.end();
      const last = taken.at(-1);
      expect(last?.firstKept).toBeGreaterThan(10_000);
      expect(last?.firstInMemory).toBeGreaterThan((last?.firstKept ?? 0) + 2_000);
      expect(before[0]?.open()).toBeNull();
      expect(exported(host).map(([number]) => number)).toEqual(
        Array.from({ length: last?.kept ?? 0 }, (_, index) => (last?.firstKept ?? 0) + index),
      );
      const rows = await host.rows({ ...all, from: 0 });
      expect(rows?.rows[0]?.number).toBe(last?.firstKept);
      // Another run has packets of the same numbers.
      const old = host.stretches;
      host.begin([]);
      const two = stream(1);
      await two.push(pcapHeader());
      await feed(two, 0, 3_000);
      await two.end();
      expect(
        old.filter((stretch) => !(stretch instanceof PacketSegment)).map((stretch) => stretch.open()),
      ).toEqual(expect.arrayContaining([null]));
      expect(exported(host)).toHaveLength(3_000);
    });

    it.runIf(process.getuid?.() === 0)(
      'says when others fill the disk meanwhile, and goes on with the room that it has: what is kept is whole',
      async () => {
        await using disk = await smallDisk(24);
        const { host, taken, stream } = start(64 * 1024, {
          folders: [disk.folder],
          maxBytes: spill.maxBytes,
        });
        const one = stream(1);
        await one.push(pcapHeader());
        await feed(one, 0, 3_000);
        await expect.poll(() => taken.at(-1)?.total).toBe(3_000);
        expect(host.spillSentence).toBeNull();
        await disk.fill();
        await feed(one, 3_000, count);
        await one.end();
        expect(host.spillSentence).toMatch(
          /^The disk has no more room for older packets: \d+ MiB of them stay/,
        );
        const { kept = 0, firstKept = 0, bytes = 0, total } = taken.at(-1) ?? {};
        expect([total, firstKept + kept]).toEqual([count, count + 1]);
        expect(bytes).toBeLessThanOrEqual(64 * 1024);
        // More than memory holds, and less than there would have been room for.
        expect(kept).toBeGreaterThan(2_000);
        expect(kept).toBeLessThan(10_000);
        expect(exported(host)).toEqual(
          Array.from({ length: kept }, (_, index) => [firstKept + index, 999 + firstKept + index]),
        );
      },
    );

    it('says where no file can be made for them, and goes on as without', async () => {
      const { host, taken, stream } = start(64 * 1024, { folders: ['/nowhere/at/all'], maxBytes: 1024 });
      const one = stream(1);
      await one.push(pcapHeader());
      await feed(one, 0, 3_000);
      await one.end();
      expect(host.spillSentence).toBe(
        'No file could be made for older packets in /nowhere/at/all (ENOENT): they leave as memory fills. See to the disk, or start Hopscope with TMPDIR set to a folder on another one.',
      );
      expect(taken.at(-1)?.kept).toBeLessThan(3_000);
    });
  });
});
