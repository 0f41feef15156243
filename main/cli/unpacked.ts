// The bytes of a capture, unpacked when they come gzipped (RFC 1952), as tshark does by itself.

/** Unpacked 4 KiB are at most 4 MiB (deflate's best is 1032 : 1): no bomb takes more memory than that. */
const PACKED_BYTES = 4096;
const GZIP = [0x1f, 0x8b] as const;

/** The packed bytes contradict themselves; what came before is good. */
export class PackedDamaged extends Error {}

/**
 * @param chunks each valid until the next is asked for, as those that are given
 * @throws what reading throws; PackedDamaged, after all that could be unpacked was given
 */
export async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = withHead(chunks, GZIP.length);
  let first = true;
  for await (const chunk of input) {
    if (first && GZIP.every((byte, at) => chunk[at] === byte)) {
      yield* gunzipped(chunk, input);
      return;
    }
    first = false;
    yield chunk;
  }
}

/** A pipe may give a byte at a time: the first chunk has `length` bytes, if there are so many. */
async function* withHead(chunks: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head === null || (head.length === 0 && chunk.length >= length)) {
      head = null;
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < length) continue;
    yield head;
    head = null;
  }
  if (head !== null && head.length > 0) yield head;
}

async function* gunzipped(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Loaded when it is needed: most files are not packed.
  const { constants, createGunzip } = await import('node:zlib');
  // Of a file that was cut off all is given: the capture then says itself where it ends.
  const gunzip = createGunzip({ chunkSize: 64 * 1024, finishFlush: constants.Z_SYNC_FLUSH });
  const out: Uint8Array[] = [];
  let failure: Error | null = null;
  // One that fails calls nobody back, it only closes.
  let settle = (): void => undefined;
  gunzip.on('data', (chunk: Uint8Array) => out.push(chunk));
  gunzip.on('error', (error) => (failure = error));
  gunzip.on('close', () => settle());
  const done = (begin: (then: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      settle = resolve;
      begin(resolve);
    });
  function* taken(): Generator<Uint8Array> {
    yield* out.splice(0);
    if (failure !== null)
      throw new PackedDamaged('is damaged where it is compressed; what comes before is good', {
        cause: failure,
      });
  }
  async function* given(): AsyncGenerator<Uint8Array> {
    yield first;
    yield* rest;
  }
  try {
    for await (const chunk of given()) {
      for (let at = 0; at < chunk.length; at += PACKED_BYTES) {
        await done((then) => gunzip.write(chunk.subarray(at, at + PACKED_BYTES), then));
        yield* taken();
      }
    }
    await done(() => gunzip.end());
    yield* taken();
  } finally {
    gunzip.destroy();
  }
}
