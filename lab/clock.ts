import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, ok, type Result } from '../app/result.ts';
import { aheadAt, type ClockStretch, clockText, parseClock } from './clock-model.ts';
import { type ActiveFault, readFaults, writeFaults } from './fault-record.ts';
import { hostPath, inNode, livingNode, NODE_LIBRARY } from './node-namespace.ts';
import { findNode, type RunningFailure, withRunningLab } from './running.ts';
import type { RunFolder } from './run-folder.ts';
import type { StateFailure } from './state.ts';

// A node whose clock is wrong. There is one kernel, and so one clock: what differs is what the node's own programs show of it
// (sh/stand-ins.sh), to whoever runs them there, in a Pod's network too.

export interface ClockChange {
  /** What the node is ahead from now on. */
  readonly offsetMs?: number;
  /** By so much more than now. */
  readonly stepMs?: number;
  /** What it gains, parts per million. */
  readonly driftPpm?: number;
}

export interface NodeClock {
  readonly schema: 1;
  readonly node: string;
  /** Empty: the machine's own. Of the machine's time: what it was ahead when. */
  readonly stretches: readonly ClockStretch[];
  /** Now, microseconds. */
  readonly aheadUs: number;
}

const FILE = '/run/lab/clock';
/** A change is for later, so that everybody has read of it when it comes. */
const LEAD_MS = 50;
const MOST_MS = 1e9;
const MOST_PPM = 1e5;

/** As which a clock that is wrong is remembered, for `heal` and `status`. */
export const CLOCK_FAULT = 'clock-wrong';

/** @returns how it is then. Without a change: how it is. */
export async function setClock(
  lab: string,
  nodeName: string,
  change: ClockChange,
): Promise<Result<NodeClock, RunningFailure | StateFailure>> {
  return withRunningLab(lab, async (running): Promise<Result<NodeClock, RunningFailure>> => {
    const node = findNode(running, nodeName);
    if (!node.ok) return node;
    const { folder } = running;
    if (Object.keys(change).length === 0) return ok(clockOf(nodeName, await readClock(folder, nodeName)));
    const changed = await changeClock(folder, nodeName, change);
    if (changed.ok) await remember(folder, nodeName, [{ name: CLOCK_FAULT, node: nodeName }]);
    return changed;
  });
}

/** The machine's own clock again: a step, where it was wrong. */
export async function resetClock(
  lab: string,
  nodeName: string,
): Promise<Result<NodeClock, RunningFailure | StateFailure>> {
  return withRunningLab(lab, async (running): Promise<Result<NodeClock, RunningFailure>> => {
    const node = findNode(running, nodeName);
    if (!node.ok) return node;
    await rightClock(running.folder, nodeName);
    await remember(running.folder, nodeName, []);
    return ok(clockOf(nodeName, []));
  });
}

/** Under the lab's lock. */
export async function changeClock(
  folder: RunFolder,
  node: string,
  { offsetMs, stepMs = 0, driftPpm }: ClockChange,
): Promise<Result<NodeClock, RunningFailure>> {
  if (
    ![offsetMs ?? 0, stepMs].every((ms) => Math.abs(ms) <= MOST_MS) ||
    !(Math.abs(driftPpm ?? 0) <= MOST_PPM)
  )
    return fail({
      kind: 'bad-argument',
      sentence: `A clock may be wrong by ${MOST_MS} ms and ${MOST_PPM} ppm.`,
    });
  const before = await readClock(folder, node);
  const fromUs = (Date.now() + LEAD_MS) * 1_000;
  const offsetUs = (offsetMs === undefined ? aheadAt(before, fromUs) : offsetMs * 1_000) + stepMs * 1_000;
  const last = { fromUs, offsetUs: Math.round(offsetUs), driftPpm: driftPpm ?? before.at(-1)?.driftPpm ?? 0 };
  const after = [...before, last];
  const path = hostPath(await livingNode(folder, node), FILE);
  await writeFile(`${path}.new`, clockText(after));
  await rename(`${path}.new`, path);
  await inNode(folder, node, ['sh', `${NODE_LIBRARY}/stand-ins.sh`, 'on']);
  await delay(Math.max(0, fromUs / 1_000 - Date.now() + 1));
  return ok(clockOf(node, after));
}

/** Under the lab's lock. */
export async function rightClock(folder: RunFolder, node: string): Promise<void> {
  await rm(hostPath(await livingNode(folder, node), FILE), { force: true });
  await inNode(folder, node, ['sh', `${NODE_LIBRARY}/stand-ins.sh`, 'off']);
}

async function readClock(folder: RunFolder, node: string): Promise<ClockStretch[]> {
  const path = hostPath(await livingNode(folder, node), FILE);
  return parseClock(await readFile(path, 'utf8').catch(() => ''));
}

async function remember(folder: RunFolder, node: string, entries: readonly ActiveFault[]): Promise<void> {
  const others = (await readFaults(folder)).filter(
    (active) => active.name !== CLOCK_FAULT || active.node !== node,
  );
  await writeFaults(folder, [...others, ...entries]);
}

function clockOf(node: string, stretches: readonly ClockStretch[]): NodeClock {
  return { schema: 1, node, stretches, aheadUs: aheadAt(stretches, Date.now() * 1_000) };
}
