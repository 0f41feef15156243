import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fuse, readFuses, setFuses } from './fuses.mjs';

function binary(...parts: (string | number[])[]): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-fuses-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'electron');
  fs.writeFileSync(file, Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1'))));
  return file;
}
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

it('switches single fuses and leaves the rest of the binary', () => {
  const file = binary('before', SENTINEL, [1, 8], '10100011', 'after');
  setFuses(file, [
    [fuse.nodeCliInspect, true],
    [fuse.browserV8Snapshot, false],
  ]);
  expect(readFuses(file)).toBe('10110001');
  expect(fs.readFileSync(file, 'latin1')).toBe(`before${SENTINEL}\x01\x0810110001after`);
});

it('refuses what is no Electron, a wire it does not know, and a fuse that is not on it', () => {
  expect(() => readFuses(binary('nothing'))).toThrow(/no fuses/);
  expect(() => setFuses(binary(SENTINEL, [2, 8], '00000000'), [])).toThrow(/version 2/);
  expect(() => setFuses(binary(SENTINEL, [1, 4], '0000'), [[fuse.browserV8Snapshot, false]])).toThrow(
    /only 4 fuses/,
  );
});
