// Labs that go with a process, made of what `up` leaves: a folder, and a process with the instance's mark. Needs root.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withLock } from './instance-lock.ts';
import { removeOrphans, writeMaker } from './maker.ts';
import { findMarked, RUN_MARKER } from './processes.ts';
import { type RunFolder, runFolder } from './run-folder.ts';

const running: ChildProcess[] = [];
const folders: RunFolder[] = [];
const warnings: string[] = [];

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
  const warn = (sentence: string): number => warnings.push(sentence);
  for (let found = await removeOrphans(warn); found.length > 0; found = await removeOrphans(warn))
    all.push(...found);
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

it('one that cannot be ended is warned of, and keeps no other from being ended', async () => {
  const maker = await sleeping();
  const broken = await labOf('broken', maker.pid);
  const whole = await labOf('whole', maker.pid);
  const mounted = join(broken.path, 'mounted');
  await mkdir(mounted);
  execFileSync('mount', ['-t', 'tmpfs', 'none', mounted]);
  try {
    await kill(maker);
    expect(await removed()).toEqual([whole.name]);
    const [warning, ...others] = new Set(
      warnings.filter((sentence) => sentence.includes(`"${broken.name}"`)),
    );
    expect(others).toEqual([]);
    expect(warning).toMatch(
      new RegExp(
        `^lab "${broken.name}" was left behind and could not be ended \\([^\\n]+\\): end it with "hopscope lab down --name ${broken.name}"$`,
      ),
    );
  } finally {
    execFileSync('umount', [mounted]);
  }
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
