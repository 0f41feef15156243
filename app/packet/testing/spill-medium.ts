// A medium for tests: memory that can be too small, fail, and forget.
import type { SpillMedium } from '../store/spill.ts';

export class TestMedium implements SpillMedium {
  maxBytes: number;
  failing = false;
  /** Segments before it have been given up. */
  first = 0;
  reads = 0;
  readonly bytes: Uint8Array;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.bytes = new Uint8Array(maxBytes);
  }

  write(bytes: Uint8Array, at: number): boolean {
    if (this.failing || at + bytes.length > this.maxBytes) return false;
    this.bytes.set(bytes, at);
    return true;
  }

  read(bytes: Uint8Array, at: number): boolean {
    if (this.failing) return false;
    this.reads += 1;
    bytes.set(this.bytes.subarray(at, at + bytes.length));
    return true;
  }

  leaving(ordinal: number): void {
    this.first = ordinal;
  }
}
