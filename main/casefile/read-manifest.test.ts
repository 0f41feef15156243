import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import yazl from 'yazl';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { readCaseManifest } from './read-manifest.ts';

async function zipOf(members: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(members)) zip.addBuffer(content, name);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('reading a case file’s manifest', () => {
  let file: string;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hopscope-manifest-'));
    file = join(folder, 'case.zip');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function sentence(content: Buffer): Promise<string> {
    await writeFile(file, content);
    const result = await readCaseManifest(file);
    return result.ok ? '' : result.failure.sentence;
  }

  it('says so when there is no such file', async () => {
    const result = await readCaseManifest(file);
    expect(result).toEqual({
      ok: false,
      failure: { sentence: `${file} does not exist; choose another file.` },
    });
  });

  it.each<[string, () => Buffer | Promise<Buffer>, RegExp]>([
    ['no zip', () => Buffer.from('pcapng'), /is no case file, or a damaged one: /],
    ['a zip without manifest', () => zipOf({ 'a.txt': Buffer.from('') }), /is a zip without manifest\.json/],
    [
      'a manifest that is no JSON',
      () => zipOf({ 'manifest.json': Buffer.from('{') }),
      /its manifest is no JSON/,
    ],
    [
      'a newer schema',
      () => zipOf({ 'manifest.json': Buffer.from('{"format":"hopscope-case","schema":3}') }),
      /is of schema 3, which this Hopscope does not know; use a newer one\.$/,
    ],
    [
      'a manifest of another kind',
      () => zipOf({ 'manifest.json': Buffer.from('{}') }),
      /is no case file of schema 0: format /,
    ],
    [
      'a manifest that unfolds beyond its bound',
      () => zipOf({ 'manifest.json': Buffer.alloc(17 * 1024 * 1024) }),
      /its manifest is larger than 16 MiB/,
    ],
    [
      'more files than there can be',
      () => zipOf(Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`${n}.txt`, Buffer.alloc(0)]))),
      /it holds more than 1000 files/,
    ],
    [
      'a manifest larger than the directory says',
      async () => {
        const zip = await zipOf({ 'manifest.json': Buffer.alloc(1000, ' ') });
        // The size in the central directory's record, 24 bytes in.
        zip.writeUInt32LE(10, zip.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
        return zip;
      },
      /is no case file, or a damaged one: too many bytes/,
    ],
  ])('%s is refused in a sentence', async (_, make, expected) => {
    expect(await sentence(await make())).toMatch(expected);
  });

  it.each<[string, (evil: string) => Record<string, Buffer>]>([
    [
      'key',
      (evil) => {
        const session = { since: '2026-11-26T02:00:00Z', until: '2026-11-26T02:00:00Z', [evil]: 1 };
        const manifest = { format: 'hopscope-case', schema: 0, program: '', cluster: '', session };
        return { 'manifest.json': Buffer.from(JSON.stringify({ ...manifest, created: session.since })) };
      },
    ],
    ['file name', (evil) => ({ [`x/${evil}`]: Buffer.alloc(0) })],
  ])('a hostile %s steers no terminal and fills no screen', async (_, members) => {
    const zip = await zipOf(members(`\u001b[2J${'x'.repeat(30_000)}`));
    // yazl writes no name that leads out of the archive; whoever attacks does.
    const said = await sentence(
      Buffer.from(zip.toString('latin1').replaceAll('x/\u001b', '/x\u001b'), 'latin1'),
    );
    expect(said).toContain('\uFFFD[2J');
    expect(said).not.toMatch(/\p{Cc}/u);
    expect(said.length).toBeLessThan(file.length + 500);
  });

  it('whatever bytes are damaged, ends in a result', async () => {
    const whole = await zipOf({
      'manifest.json': Buffer.from('{"format":"hopscope-case","schema":0}'),
      b: Buffer.alloc(50),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(whole.length),
        async (changes, length) => {
          const damaged = Buffer.from(whole);
          for (const [place, value] of changes) damaged[place] = value;
          expect(await sentence(damaged.subarray(0, length))).not.toBe('');
        },
      ),
      { numRuns: runs(100) },
    );
  });
});
