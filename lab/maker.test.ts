// Labs that go with a process, made of what `up` leaves: a folder, and a process with the instance's mark. Needs root.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, expect, it } from 'vitest';
import { withLock } from './instance-lock.ts';
import { removeOrphans, writeMaker } from './maker.ts';
import { findMarked, RUN_MARKER } from './processes.ts';
import { type RunFolder, runFolder } from './run-folder.ts';

const running: ChildProcess[] = [];
const folders: RunFolder[] = [];

async function sleeping(
  environment: NodeJS.ProcessEnv = {},
): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn('sleep', ['120'], { stdio: 'ignore', env: { ...process.env, ...environment } });
  running.push(child);
  await once(child, 'spawn');
  return child as ChildProcess & { readonly pid: number };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function labOf(name: string, maker: number | null): Promise<RunFolder> {
  const folder = runFolder(`maker-${process.pid}-${name}`);
  folders.push(folder);
  await mkdir(folder.path, { recursive: true });
  await sleeping({ [RUN_MARKER]: folder.path });
  await writeMaker(folder, maker, true);
  return folder;
}

/** Of ours alone: others' tests may leave labs, too. */
async function removed(): Promise<string[]> {
  const ours = folders.map(({ name }) => name);
  // It ends so many at a time, and the others' may come first.
  const all: string[] = [];
  for (let found = await removeOrphans(); found.length > 0; found = await removeOrphans()) all.push(...found);
  return all.filter((name) => ours.includes(name));
}

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) await rm(folder.path, { recursive: true, force: true });
});

it('a lab whose maker was killed is ended, with all its processes; every other stays', async () => {
  const maker = await sleeping();
  const theirs = await labOf('theirs', maker.pid);
  await labOf('nobodys', null);
  await labOf('ours', process.pid);
  const elsewhere = await labOf('elsewhere', null);
  await writeFile(elsewhere.maker, '4194305 1 pid:[1]\n');
  const reused = await labOf('reused', process.pid);
  // Our number, as one had it that has ended.
  await writeFile(reused.maker, (await readFile(reused.maker, 'utf8')).replace(/ \d+ /, ' 1 '));
  expect(await removed()).toEqual([reused.name]);
  expect(await findMarked(theirs.path)).toHaveLength(1);
  await kill(maker);
  expect(await removed()).toEqual([theirs.name]);
  expect(await findMarked(theirs.path)).toEqual([]);
  await expect(readFile(theirs.maker)).rejects.toThrow('ENOENT');
  expect(await removed()).toEqual([]);
});

it('one that somebody is at work on, or that was handed on, is left alone', async () => {
  const maker = await sleeping();
  const folder = await labOf('used', maker.pid);
  await kill(maker);
  expect((await withLock(folder.name, removed)).ok).toBe(true);
  expect(await findMarked(folder.path)).toHaveLength(1);
  // What nobody's process holds any more goes with the next one's, and then no third changes that.
  await writeMaker(folder, process.pid, false);
  const third = await sleeping();
  await writeMaker(folder, third.pid, false);
  await kill(third);
  expect(await removed()).toEqual([]);
  await expect(writeMaker(folder, 4_194_305, true)).rejects.toThrow('is not there');
});
