import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFaults } from './fault-record.ts';
import { DEFAULT_SHAPE, planLab } from './plan.ts';
import { runFolder } from './run-folder.ts';
import { type LabState, readState, writeState } from './state.ts';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lab-state-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const folder = () => ({
  ...runFolder('one'),
  state: join(scratch, 'state.json'),
  faults: join(scratch, 'faults.json'),
});

function state(): LabState {
  const plan = planLab('one', DEFAULT_SHAPE);
  if (!plan.ok) throw new Error(plan.failure.sentence);
  const rest = { owner: 0, intervalMs: 1000, startedAt: '2026-01-01T00:00:00.000Z' };
  return {
    schema: 1,
    phase: 'up',
    plan: plan.value,
    shape: DEFAULT_SHAPE,
    ports: { 'k8s-master': 1 },
    ...rest,
  };
}

it('reads what it wrote', async () => {
  await writeState(folder(), state());
  expect(await readState(folder())).toEqual({ ok: true, value: state() });
});

it.each([
  ['cut off', (text: string) => text.slice(0, text.length / 2)],
  ['empty', () => ''],
  ['of another schema', (text: string) => text.replace('"schema": 1', '"schema": 2')],
  ['without its nodes', (text: string) => text.replace('"nodes": [', '"machines": [')],
])('knows a file that is %s from a lab that is not there', async (_, damage) => {
  await writeState(folder(), state());
  await writeFile(folder().state, damage(await readFile(folder().state, 'utf8')));
  expect(await readState(folder())).toMatchObject({
    failure: {
      kind: 'unreadable',
      sentence: `The state of lab "one" (${folder().state}) cannot be read; start it anew with: lab up --name one`,
    },
  });
  await rm(folder().state);
  expect(await readState(folder())).toMatchObject({ failure: { kind: 'no-lab' } });
});

it('tells an unprivileged user to ask as root, not that there is no lab', async () => {
  await writeState(folder(), state());
  // The folder is root's alone, as a user's view of the run folder's files; needs root.
  process.seteuid?.(65534);
  try {
    expect(await readState(folder())).toMatchObject({
      failure: {
        kind: 'not-root',
        sentence: expect.stringContaining('run this command with sudo') as string,
      },
    });
  } finally {
    process.seteuid?.(0);
  }
});

it('takes a damaged list of faults for none', async () => {
  await writeFile(folder().faults, '[{"name":"bird-kill","node":"k8s-master"}]');
  expect(await readFaults(folder())).toEqual([{ name: 'bird-kill', node: 'k8s-master' }]);
  for (const text of ['[{"name":"bird-kill"', '[{"name":1,"node":"k8s-master"}]', '{}']) {
    await writeFile(folder().faults, text);
    expect(await readFaults(folder())).toEqual([]);
  }
});
