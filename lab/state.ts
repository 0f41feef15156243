import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { fail, ok, type Result } from '../app/result.ts';
import { type LockFailure, needsRoot } from './instance-lock.ts';
import { parseJson } from './parse-json.ts';
import { type LabPlan, ETCD_MODES, NETWORK_MODES } from './lab-plan.ts';
import { isInstanceName, type LabShape } from './plan.ts';
import { RUN_ROOT, type RunFolder } from './run-folder.ts';

/** What a later command must know of an instance; processes are in PID files of their own, written as they start. */
export interface LabState {
  readonly schema: 1;
  readonly phase: 'starting' | 'up';
  readonly plan: LabPlan;
  /** As asked for; the plan changes with its Pods. */
  readonly shape: LabShape;
  readonly ports: Readonly<Record<string, number>>;
  readonly owner: number;
  /** Milliseconds between two fetches of the client. */
  readonly intervalMs: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

const POD = z.object({
  namespace: z.string(),
  name: z.string(),
  address: z.string(),
  address6: z.exactOptional(z.string()),
  hostInterface: z.string(),
  hostIfindex: z.number(),
  labels: z.exactOptional(z.record(z.string(), z.string())),
  fetches: z.exactOptional(z.string()),
});

const NODE = z.object({
  index: z.number(),
  name: z.string(),
  address: z.string(),
  address6: z.exactOptional(z.string()),
  mac: z.string(),
  block: z.string(),
  block6: z.exactOptional(z.string()),
  clusterId: z.exactOptional(z.string()),
  user: z.exactOptional(z.object({ name: z.enum(['operator', 'viewer']), sudo: z.boolean() })),
  pods: z.array(POD),
});

const MODE = z.enum(NETWORK_MODES);
const ETCD = z.enum(ETCD_MODES);

const STATE: z.ZodType<LabState> = z.object({
  schema: z.literal(1),
  phase: z.enum(['starting', 'up']),
  plan: z.object({
    name: z.string(),
    mode: MODE,
    etcd: ETCD,
    nodes: z.array(NODE),
    trafficServices: z.exactOptional(z.literal(true)),
  }),
  shape: z.object({
    nodes: z.number(),
    pods: z.number(),
    mode: MODE,
    ipv6: z.boolean(),
    etcd: ETCD,
    reflectors: z.number(),
  }),
  ports: z.record(z.string(), z.number()),
  owner: z.number(),
  intervalMs: z.number(),
  startedAt: z.string(),
});

export type StateFailure =
  | LockFailure
  | {
      /** `unreadable`: a file that this version of the lab did not write, or not to its end. */
      readonly kind: 'no-lab' | 'not-root' | 'unreadable';
      readonly sentence: string;
    };

export async function readState(folder: RunFolder): Promise<Result<LabState, StateFailure>> {
  const { name } = folder;
  let text: string;
  try {
    text = await readFile(folder.state, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    if (code === 'ENOENT')
      return fail({
        kind: 'no-lab',
        sentence: `There is no lab "${name}"; start one with: lab up --name ${name}`,
      });
    if (code === 'EACCES') return fail({ kind: 'not-root', sentence: needsRoot(name) });
    throw cause;
  }
  const state = STATE.safeParse(parseJson(text));
  if (state.success) return ok(state.data);
  return fail({
    kind: 'unreadable',
    sentence: `The state of lab "${name}" (${folder.state}) cannot be read; start it anew with: lab up --name ${name}`,
  });
}

export async function writeState(folder: RunFolder, state: LabState): Promise<void> {
  await writeFile(`${folder.state}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${folder.state}.new`, folder.state);
}

/** Names of the instances that left a folder, running or not. */
export async function listInstances(): Promise<string[]> {
  const entries = await readdir(RUN_ROOT, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && isInstanceName(entry.name))
    .map((entry) => entry.name);
}
