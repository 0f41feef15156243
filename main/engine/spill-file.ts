// The file that packets go to when memory for them is full. It has no name: it is unlinked as soon as it is open, so that
// nothing of it is left however the program ends. Threads of a process share its descriptor.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { segmentIn, type SpilledSegment, type SpillMedium } from '../../app/packet/store/spill.ts';

/** An hour at 20,000 packets a second. */
const mostBytes = 8 * 1024 ** 3;
/** Of what is free: others need the disk, too. */
const shareOfFree = 1 / 3;
/** Whoever sets TMPDIR has room there; files in /var/tmp are meant to be large, those in /tmp may lie in memory. */
const chosen = process.env['TMPDIR'];
const usualFolders = chosen === undefined || chosen === '' ? ['/var/tmp', os.tmpdir()] : [chosen, '/var/tmp'];
/** statfs(2): a file in memory would spare none. */
const tmpfsMagic = 0x01021994;

/** What the packet worker needs of it. */
export interface SpillShare {
  readonly fd: number;
  readonly maxBytes: number;
  /** Int32: the run, and the ordinal of the first of its segments that is not overwritten. */
  readonly control: SharedArrayBuffer;
}

const runWord = 0;
const firstWord = 1;

export class SpillFile implements Disposable {
  readonly #fd: number;
  readonly #folder: string;
  readonly #most: number;
  readonly #control = new SharedArrayBuffer(8);
  #maxBytes = 0;
  #closed = false;

  private constructor(fd: number, folder: string, most: number) {
    this.#fd = fd;
    this.#folder = folder;
    this.#most = most;
    this.measure();
  }

  /**
   * @param folders the first on a disk counts, else the first that can be written to
   * @returns a sentence when there is nowhere to write
   */
  static open(folders: readonly string[] = usualFolders, most = mostBytes): SpillFile | string {
    let reason = 'no folder is there';
    const onDisk = folders.filter((folder) => !isTmpfs(folder));
    for (const folder of [...onDisk, ...folders]) {
      try {
        return new SpillFile(openUnnamed(folder), folder, most);
      } catch (error) {
        reason = (error as NodeJS.ErrnoException).code ?? String(error);
      }
    }
    return `No file could be made for older packets in ${folders.join(' or ')} (${reason}): they leave as memory fills. See to the disk, or start Hopscope with TMPDIR set to a folder on another one.`;
  }

  get share(): SpillShare {
    return { fd: this.#fd, maxBytes: this.#maxBytes, control: this.#control };
  }

  /** Before a run that begins: how much room there is by now. */
  measure(): void {
    try {
      const { bavail, bsize } = fs.statfsSync(this.#folder);
      // What the last run wrote is given back.
      const free = bavail * bsize + fs.fstatSync(this.#fd).blocks * 512;
      this.#maxBytes = Math.floor(Math.min(this.#most, free * shareOfFree));
    } catch {
      // As much as the last time.
    }
  }

  /** Those of a run that have not been overwritten, also by a worker that died before it could say so. */
  stillThere(run: number, segments: readonly SpilledSegment[]): readonly SpilledSegment[] {
    const words = new Int32Array(this.#control);
    // First: a run that begins in between sets it back.
    const first = Atomics.load(words, firstWord);
    if (Atomics.load(words, runWord) !== run) return [];
    return segments.filter(({ ordinal }) => ordinal >= first);
  }

  /** A copy of a run's segment; null when it has been overwritten, or cannot be read. */
  read(run: number, place: SpilledSegment): PacketSegment | null {
    const bytes = new Uint8Array(place.length);
    if (this.#closed || !readWhole(this.#fd, bytes, place.at)) return null;
    // Looked at after reading: what is overwritten was given up before.
    if (this.stillThere(run, [place]).length === 0) return null;
    return segmentIn(bytes.buffer, place.firstNumber, place.count);
  }

  [Symbol.dispose](): void {
    // Its number may be another file's soon.
    this.#closed = true;
    fs.closeSync(this.#fd);
  }
}

/** One run's side of it, in the packet worker. */
export class SpillWriter implements SpillMedium {
  readonly #fd: number;
  readonly #control: Int32Array;
  #maxBytes: number;
  #extent = 0;
  #sentence: string | null = null;

  /** @param kept what an earlier worker of the run wrote */
  constructor({ fd, maxBytes, control }: SpillShare, run: number, kept: readonly SpilledSegment[]) {
    this.#fd = fd;
    this.#maxBytes = maxBytes;
    this.#control = new Int32Array(control);
    for (const { at, length } of kept) this.#extent = Math.max(this.#extent, at + length);
    if (Atomics.load(this.#control, runWord) === run) return;
    Atomics.store(this.#control, runWord, run);
    Atomics.store(this.#control, firstWord, 0);
    try {
      fs.ftruncateSync(fd, 0);
    } catch {
      // It is written over then.
    }
  }

  /** Ordinal of the first segment that is not overwritten. */
  get first(): number {
    return Atomics.load(this.#control, firstWord);
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** What is wrong; null: nothing. */
  get sentence(): string | null {
    return this.#sentence;
  }

  write(bytes: Uint8Array, at: number): boolean {
    if (at + bytes.length > this.#maxBytes) {
      this.#sentence ??= noRoom(this.#maxBytes);
      return false;
    }
    try {
      for (let done = 0; done < bytes.length;)
        done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, at + done);
      this.#extent = Math.max(this.#extent, at + bytes.length);
      return true;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
      // What the disk has given is used round and round.
      this.#maxBytes = full ? this.#extent : 0;
      this.#sentence = full
        ? noRoom(this.#extent)
        : `Older packets cannot be written to the disk (${code}): they leave as memory fills. See to the disk, then watch anew.`;
      return false;
    }
  }

  read(bytes: Uint8Array, at: number): boolean {
    return readWhole(this.#fd, bytes, at);
  }

  leaving(ordinal: number): void {
    Atomics.store(this.#control, firstWord, ordinal);
  }
}

function openUnnamed(folder: string): number {
  const own = fs.mkdtempSync(path.join(folder, 'hopscope-spill-'));
  try {
    const file = path.join(own, 'packets');
    const fd = fs.openSync(file, 'wx+', 0o600);
    fs.unlinkSync(file);
    return fd;
  } finally {
    // mkdtemp makes it 0700; empty by now.
    fs.rmSync(own, { recursive: true, force: true });
  }
}

function isTmpfs(folder: string): boolean {
  try {
    return fs.statfsSync(folder).type === tmpfsMagic;
  } catch {
    return true;
  }
}

function readWhole(fd: number, bytes: Uint8Array, at: number): boolean {
  try {
    for (let done = 0; done < bytes.length;) {
      const read = fs.readSync(fd, bytes, done, bytes.length - done, at + done);
      if (read === 0) return false;
      done += read;
    }
    return true;
  } catch {
    return false;
  }
}

function noRoom(bytes: number): string {
  return `The disk has no more room for older packets: ${Math.floor(bytes / 1024 ** 2)} MiB of them stay beside those in memory. Free some space, then watch anew, or start Hopscope with TMPDIR set to a folder on another disk.`;
}
