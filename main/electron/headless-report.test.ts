import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.ts';
import { headlessReport } from './headless-report.ts';
import { answerOf } from './report-page.ts';

const never = new Promise<never>(() => undefined);

describe('headlessReport', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hopscope-report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('of a page that never answers ends, keeps what was found, and says that there is no picture', async () => {
    await using engine = createEngine({ attended: false });
    const page = {
      summary: () => answerOf(never, 10),
      picture: () => answerOf(never, 10),
      click: () => Promise.resolve(),
    };
    const said: string[] = [];
    const { signal } = new AbortController();
    const say = (line: string): unknown => said.push(line);
    expect(await headlessReport({ folder, pods: null, page, engine, say, signal }, 50)).toBe(1);
    expect(await readdir(folder)).toEqual(['discover.json']);
    expect(JSON.parse(await readFile(path.join(folder, 'discover.json'), 'utf8'))).toMatchObject({
      nodes: [],
    });
    expect(said.join('\n')).toMatch(/The window gave no picture of itself/);
  });
});

describe('answerOf', () => {
  it('gives the answer, and null for a failure or too late', async () => {
    expect(await answerOf(Promise.resolve('yes'), 1_000)).toBe('yes');
    expect(await answerOf(Promise.reject(new Error('gone')), 1_000)).toBeNull();
    expect(await answerOf(never, 10)).toBeNull();
  });
});
