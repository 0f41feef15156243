// Blocks of pcapng for tests, put together by hand in one byte order.
export class Blocks {
  readonly #little: boolean;
  constructor(little: boolean) {
    this.#little = little;
  }

  words(...values: readonly number[]): Uint8Array {
    return this.#numbers(4, values, (view, at, value) => view.setUint32(at, value, this.#little));
  }

  halves(...values: readonly number[]): Uint8Array {
    return this.#numbers(2, values, (view, at, value) => view.setUint16(at, value, this.#little));
  }

  block(type: number, ...body: readonly Uint8Array[]): Uint8Array {
    const content = padded(joined(...body));
    const total = content.length + 12;
    return joined(this.words(type, total), content, this.words(total));
  }

  section(minor = 0, length: readonly [number, number] = [0xffffffff, 0xffffffff]): Uint8Array {
    return this.block(0x0a0d0d0a, this.words(0x1a2b3c4d), this.halves(1, minor), this.words(...length));
  }

  option(code: number, value: Uint8Array | string): Uint8Array {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    return joined(this.halves(code, bytes.length), padded(bytes));
  }

  interface(linkType: number, snaplen: number, ...options: readonly Uint8Array[]): Uint8Array {
    return this.block(1, this.halves(linkType, 0), this.words(snaplen), ...options);
  }

  /** @param options of the packet, behind its bytes */
  packet(
    id: number,
    [high, low]: readonly [number, number],
    bytes: Uint8Array,
    len = bytes.length,
    ...options: readonly Uint8Array[]
  ): Uint8Array {
    return this.block(6, this.words(id, high, low, bytes.length, len), padded(bytes), ...options);
  }

  #numbers(
    width: number,
    values: readonly number[],
    set: (view: DataView, at: number, value: number) => void,
  ): Uint8Array {
    const view = new DataView(new ArrayBuffer(values.length * width));
    for (const [index, value] of values.entries()) set(view, index * width, value);
    return new Uint8Array(view.buffer);
  }
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function padded(bytes: Uint8Array): Uint8Array {
  return joined(bytes, new Uint8Array(-bytes.length & 3));
}
