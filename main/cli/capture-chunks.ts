// A capture file's bytes, or standard input's, in pieces.
import { closeSync, openSync, readSync } from 'node:fs';
import type { PassingPackets } from '../../app/packet/store/passing-packets.ts';

/**
 * Each piece is read when it is asked for, and valid until the next is; `packets` has been drained by then. A file is read to
 * where its packets are decoded, by this thread: that is less than a tenth of the work (measured).
 *
 * @param name `-`: standard input. @throws with Node's `code` when it cannot be read
 */
export async function* captureChunks(name: string, packets: PassingPackets): AsyncGenerator<Uint8Array> {
  if (name === '-') yield* process.stdin as AsyncIterable<Uint8Array>;
  else yield* fileChunks(name, packets);
}

function* fileChunks(name: string, packets: PassingPackets): Generator<Uint8Array> {
  const file = openSync(name, 'r');
  try {
    for (;;) {
      const { chunk } = packets;
      const length = readSync(file, chunk, 0, chunk.length, null);
      if (length === 0) return;
      yield chunk.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
