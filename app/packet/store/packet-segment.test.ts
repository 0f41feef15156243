// Another thread reads a segment while this one writes it: whole rows only, in order, nothing half.
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { PacketStore } from './packet-store.ts';
import { ADDRESS_BYTES, HEADER } from './segment-layout.ts';
import { ipPacket, pcap } from '../testing/pcap.ts';

/** Plain JavaScript, so that it needs no loader: reads by the columns' places alone, as fast as it can. */
const READER = `
const { parentPort, workerData } = require('node:worker_threads');
const { buffer, count, seconds, source, rawOffset, caplen, heap, addressBytes, end, progress } = workerData;
const header = new Int32Array(buffer, 0, 8);
const column = (place, Kind) => new Kind(buffer, place, end);
const times = column(seconds, Uint32Array), offsets = column(rawOffset, Uint32Array), lengths = column(caplen, Uint32Array);
const sources = column(source, Uint16Array), bytes = new Uint8Array(buffer, heap);
let seen = 0, looks = 0, wrong = '';
function check(row) {
  const at = offsets[row] + 32, entry = bytes.length - sources[row] * addressBytes;
  if (times[row] !== times[0] + row) wrong = 'time of row ' + row;
  if (lengths[row] !== 60 || bytes[at + 3] !== (times[row] & 255)) wrong = 'bytes of row ' + row;
  for (let byte = 0; byte < 4; byte += 1) {
    if (sources[row] === 0 || bytes[entry + 1 + byte] !== bytes[at + byte]) wrong = 'address of row ' + row;
  }
}
const begun = Date.now();
while (seen < end && wrong === '' && Date.now() - begun < 20000) {
  for (let spin = 0; spin < 1000 && wrong === ''; spin += 1) {
    const whole = Atomics.load(header, count);
    if (whole === seen) continue;
    // The newest row is the one that may be half.
    check(whole - 1);
    if (seen === 0) parentPort.postMessage('reading');
    seen = whole;
    looks += 1;
    Atomics.store(progress, 0, seen);
  }
}
Atomics.store(progress, 0, 0x7fffffff);
for (let row = 0; row < seen && wrong === ''; row += 1) check(row);
parentPort.postMessage({ seen, looks, wrong });
`;

function packets(from: number, count: number): Uint8Array {
  const recorded = Array.from({ length: count }, (_, index) => ({
    seconds: from + index,
    bytes: ipPacket({
      source: [10, 0, ((from + index) >> 8) & 3, (from + index) & 255],
      destination: [10, 9, 9, 9],
      ports: [1, 2],
    }),
  }));
  return pcap(276, recorded).subarray(24);
}

describe('a segment', () => {
  it('is read by another thread while it is written', async () => {
    const store = new PacketStore({ maxBytes: 200_000_000 });
    const decoder = store.decoder(1);
    decoder.push(pcap(276, []));
    let next = 0;
    while (store.segments.length < 7) decoder.push(packets(next++, 1));
    const segment = store.segments.at(-1);
    if (segment === undefined) throw new Error('no segment');
    expect(segment.count).toBe(1);
    const end = segment.capacity;
    const progress = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(READER, {
      eval: true,
      workerData: {
        buffer: segment.buffer,
        count: HEADER.count,
        seconds: segment.seconds.byteOffset,
        source: segment.source.byteOffset,
        rawOffset: segment.rawOffset.byteOffset,
        caplen: segment.caplen.byteOffset,
        heap: segment.heap.byteOffset,
        addressBytes: ADDRESS_BYTES,
        end,
        progress,
      },
    });
    try {
      expect(await once(worker, 'message')).toEqual(['reading']);
      const rest = packets(next, end - 1);
      for (let at = 0; at < rest.length; at += 1000) {
        decoder.push(rest.subarray(at, at + 1000));
        // Threads that share a core take turns of milliseconds: the reader is not left a whole segment behind.
        while (Atomics.load(progress, 0) < segment.count - 1000) await setImmediate();
      }
      const [seen] = (await once(worker, 'message')) as [{ seen: number; looks: number; wrong: string }];
      expect(seen).toMatchObject({ seen: end, wrong: '' });
      // It did read in between.
      expect(seen.looks).toBeGreaterThan(20);
    } finally {
      await worker.terminate();
    }
  });
});
