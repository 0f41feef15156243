import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparedDiagnosisSchema } from '../../app/diagnose/compare.ts';
import { comparedTraceSchema } from '../../app/trace/document.ts';
import { Random } from '../../app/trace/testing/random.ts';
import { earlierDocument } from './earlier-document.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-earlier-'));
});
afterAll(() => rm(folder, { recursive: true }));

const whole = {
  schema: 1,
  findings: [
    {
      ...{ id: 'link-down', severity: 'error', confidence: 'certain', title: 't' },
      where: { node: 'a', interface: null, pod: null },
    },
  ],
  checked: ['link-down'],
  skipped: [{ id: 'mtu-mismatch', why: 'x' }],
};

async function read(text: string | Buffer) {
  const file = join(folder, 'earlier.json');
  await writeFile(file, text);
  return earlierDocument(file, comparedDiagnosisSchema, 'hopscope doctor');
}

it('what was written before is read, what stands there beside is left', async () => {
  expect(await read(JSON.stringify({ ...whole, left: 0, __proto__: null, notRead: [] }))).toEqual({
    ok: true,
    value: whole,
  });
});

it('what is not there, is no JSON, or no such document, is said in a sentence', async () => {
  expect(await earlierDocument(join(folder, 'none'), comparedTraceSchema, 'hopscope trace')).toMatchObject({
    failure: expect.stringMatching(/none cannot be read: there is no such file\.$/) as string,
  });
  expect(await earlierDocument(folder, comparedTraceSchema, 'hopscope trace')).toMatchObject({ ok: false });
  expect(await read('{')).toMatchObject({ failure: expect.stringContaining('is no JSON') as string });
  expect(await read('[]')).toMatchObject({
    failure: expect.stringContaining('is not what hopscope doctor --json prints') as string,
  });
  expect(await read(JSON.stringify({ ...whole, findings: [{}] }))).toMatchObject({
    failure: expect.stringContaining('(at findings.0.id)') as string,
  });
});

it('whatever is in it, it is a document or a sentence', async () => {
  const text = JSON.stringify(whole);
  const random = new Random(7);
  for (let round = 0; round < 200; round += 1) {
    const bytes = Buffer.from(text);
    for (let hit = 0; hit <= random.below(4); hit += 1) bytes[random.below(bytes.length)] = random.below(256);
    const answer = await read(
      bytes.subarray(0, random.below(2) === 0 ? bytes.length : random.below(bytes.length)),
    );
    if (!answer.ok) expect(answer.failure).toMatch(/\.$/);
  }
});

describe('what is no plain file', () => {
  it('a named pipe that nobody writes to holds nobody up', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await earlierDocument(pipe, comparedDiagnosisSchema, 'hopscope doctor')).toMatchObject({
      ok: false,
    });
  }, 5_000);

  it('a pipe is read to its end, whenever that comes, and however long it is', async () => {
    const long = JSON.stringify({ ...whole, left: 'x'.repeat(3_000_000) });
    const [head, tail] = [long.slice(0, 100), long.slice(100)];
    const pipe = join(folder, 'long');
    execFileSync('mkfifo', [pipe]);
    // Opened for both: whoever reads finds it open, and at its end once this one has ended.
    const writer = spawn('sh', ['-c', 'exec 3<>"$0"; echo open; exec cat >&3', pipe]);
    await once(writer.stdout, 'data');
    writer.stdin.write(head);
    setTimeout(() => writer.stdin.end(tail), 100);
    expect(await earlierDocument(pipe, comparedDiagnosisSchema, 'hopscope doctor')).toEqual({
      ok: true,
      value: whole,
    });
  });
});
