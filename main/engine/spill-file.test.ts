import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { Spill } from '../../app/packet/store/spill.ts';
import { SpillFile, SpillWriter } from './spill-file.ts';

describe('the file of packets that leave memory', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hopscope-spill-test-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function opened(most?: number): SpillFile {
    const file = SpillFile.open([folder], most);
    if (typeof file === 'string') throw new Error(file);
    return file;
  }

  it('has no name from the start, is nobody else’s, and takes no more than a third of what is free', () => {
    using file = opened();
    const { fd, maxBytes } = file.share;
    expect(readdirSync(folder)).toEqual([]);
    expect(readlinkSync(`/proc/self/fd/${fd}`)).toMatch(/ \(deleted\)$/u);
    expect(fstatSync(fd).mode & 0o777).toBe(0o600);
    expect(maxBytes).toBeGreaterThan(0);
    expect(maxBytes).toBeLessThanOrEqual(8 * 1024 ** 3);
  });

  it('gives back what was written, of this run alone, until it is given up', () => {
    using file = opened(1000);
    expect(file.share.maxBytes).toBe(1000);
    const writer = new SpillWriter(file.share, 1, []);
    const bytes = Uint8Array.of(1, 2, 3);
    expect(writer.write(bytes, 500)).toBe(true);
    const back = new Uint8Array(3);
    expect(writer.read(back, 500)).toBe(true);
    expect(back).toEqual(bytes);
    expect(writer.read(back, 501)).toBe(false);
    const places = [4, 5].map((ordinal) => ({ ordinal, firstNumber: 1, count: 1, at: 500, length: 3 }));
    expect(file.stillThere(1, places)).toEqual(places);
    writer.leaving(5);
    expect(file.stillThere(1, places)).toEqual(places.slice(1));
    // Another worker of the run goes on; of another run it begins anew.
    const next = new SpillWriter(file.share, 1, places);
    expect([next.first, next.read(back, 500)]).toEqual([5, true]);
    expect(new SpillWriter(file.share, 2, []).read(back, 500)).toBe(false);
    expect(file.stillThere(1, places)).toEqual([]);
  });

  it('on a full disk says so, and goes on with the room that it has', () => {
    using file = opened();
    const writer = new SpillWriter({ ...file.share, maxBytes: 3 * 1024 ** 2 }, 1, []);
    expect(writer.write(new Uint8Array(2 * 1024 ** 2), 0)).toBe(true);
    expect(writer.sentence).toBe(null);
    // null(4): a disk that is always full.
    const device = openSync('/dev/full', 'r+');
    const kept = [{ ordinal: 0, firstNumber: 1, count: 1, at: 0, length: 2 * 1024 ** 2 }];
    const full = new SpillWriter({ ...file.share, fd: device, maxBytes: 8 * 1024 ** 2 }, 1, kept);
    expect(full.write(new Uint8Array(60), 2 * 1024 ** 2)).toBe(false);
    closeSync(device);
    expect(full.maxBytes).toBe(2 * 1024 ** 2);
    expect(full.sentence).toBe(
      'The disk has no more room for older packets: 2 MiB of them stay beside those in memory. Free some space, then watch anew, or start Hopscope with TMPDIR set to a folder on another disk.',
    );
  });

  it('with less room than a segment takes says so', () => {
    using file = opened(1000);
    const writer = new SpillWriter(file.share, 1, []);
    expect(new Spill(writer).put(PacketSegment.format(new ArrayBuffer(2000), 1, 1))).toBe(null);
    expect(writer.sentence).toContain('The disk has no more room for older packets: 0 MiB');
  });

  it('on a disk that fails says so', () => {
    using file = opened();
    const bad = new SpillWriter({ ...file.share, fd: 987_654, maxBytes: 100 }, 1, []);
    expect(bad.write(new Uint8Array(60), 0)).toBe(false);
    expect(bad.maxBytes).toBe(0);
    expect(bad.sentence).toBe(
      'Older packets cannot be written to the disk (EBADF): they leave as memory fills. See to the disk, then watch anew.',
    );
    expect(bad.read(new Uint8Array(1), 0)).toBe(false);
  });

  it('is made in the next folder where one cannot be written to', () => {
    const file = SpillFile.open(['/proc', folder], 10);
    expect(file).toBeInstanceOf(SpillFile);
    if (file instanceof SpillFile) file[Symbol.dispose]();
  });
});
