import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../app/result.ts';
import { makeClientKeys, writeClientFiles } from './client-files.ts';
import { describeCluster, startApiServer } from './cluster-inventory.ts';
import { labEnvironment } from './command.ts';
import { waitForRoutes } from './convergence.ts';
import { startDaemon } from './daemon.ts';
import { makeEtcdFiles, startEtcd } from './etcd.ts';
import { startFabric } from './fabric.ts';
import { findDamage, removeInstance } from './instance.ts';
import { writeMaker } from './maker.ts';
import { bootNode, hostPath, livingNode } from './node-namespace.ts';
import { nodeFiles, wrapperFile, writeNodeFiles } from './node-files.ts';
import { ownProgram } from './own-program.ts';
import type { LabPlan, NodePlan } from './lab-plan.ts';
import { DEFAULT_SHAPE, type LabShape, type PlanFailure, planLab } from './plan.ts';
import { checkMachine, type PreflightFailure } from './preflight.ts';
import { writeProcessFile } from './processes.ts';
import { withLock } from './instance-lock.ts';
import { RUN_ROOT, type RunFolder } from './run-folder.ts';
import { HOST_KEY, makeKey, readPublicKey } from './sshd.ts';
import { type LabState, readState, type StateFailure, writeState } from './state.ts';
import { together } from './together.ts';

export interface UpOptions {
  readonly name: string;
  /** What is not asked for is as it is in a lab that is up, else as DEFAULT_SHAPE has it. */
  readonly shape: Partial<LabShape>;
  /** The user that may read the client's files. */
  readonly owner: number;
  /** Text of the root-owned program that worker 1's unprivileged user may run through sudo. */
  readonly wrapper?: string;
  /** It ends with this process, at the next `up` of any lab; null: when it is told to. */
  readonly maker?: number | null;
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Running {
  readonly state: LabState;
  readonly folder: RunFolder;
  /** It was up already, and was left as it is. */
  readonly reused: boolean;
  /** Milliseconds until every node had a route to every other's Pods. */
  readonly elapsedMs: number;
}

const CONVERGENCE_TIMEOUT_MS = 15_000;
const DEFAULT_INTERVAL_MS = 1_000;

interface OtherShape {
  readonly kind: 'other-shape';
  readonly sentence: string;
}

type UpFailure = PreflightFailure | PlanFailure | StateFailure | OtherShape;

/**
 * Starts an instance, or starts it anew if a crash left only parts of it. One that is up is never ended: another shape
 * is refused. @throws when something of its own fails.
 */
export async function up(options: UpOptions): Promise<Result<Running, UpFailure>> {
  const startedAt = performance.now();
  const shape = { ...DEFAULT_SHAPE, ...options.shape };
  const plan = planLab(options.name, shape);
  if (!plan.ok) return plan;
  const machine = await checkMachine({ platform: process.platform, uid: process.getuid?.() }, options.signal);
  if (!machine.ok) return machine;
  const work = async (folder: RunFolder): Promise<Result<Running, OtherShape>> => {
    const running = await findRunning(folder);
    if (running !== null) {
      const other = otherShape(running, options.shape);
      if (other !== null) return fail(other);
      const state = await adopt(folder, running, options);
      return ok({ state, folder, reused: true, elapsedMs: performance.now() - startedAt });
    }
    await removeInstance(folder);
    try {
      const state = await build(folder, plan.value, shape, options);
      return ok({ state, folder, reused: false, elapsedMs: performance.now() - startedAt });
    } catch (cause) {
      const log = await readFile(folder.log, 'utf8').catch(() => '');
      await removeInstance(folder);
      const reason: unknown = options.signal?.aborted === true ? options.signal.reason : cause;
      const sentence = reason instanceof Error ? reason.message : String(reason);
      throw new Error(`the lab does not start: ${sentence}\n${log}`.trim(), { cause });
    }
  };
  const done = await withLock(options.name, work, options.signal);
  return done.ok ? done.value : done;
}

async function findRunning(folder: RunFolder): Promise<LabState | null> {
  const read = await readState(folder);
  if (!read.ok || read.value.phase !== 'up') return null;
  return (await findDamage(folder, read.value)).length === 0 ? read.value : null;
}

function otherShape({ plan, shape }: LabState, asked: Partial<LabShape>): OtherShape | null {
  const wanted = { ...shape, ...asked };
  const same = (['nodes', 'pods', 'mode', 'ipv6', 'etcd', 'reflectors'] as const).every(
    (key) => wanted[key] === shape[key],
  );
  if (same) return null;
  const { nodes, pods, mode, ipv6, etcd, reflectors } = shape;
  const reflected = reflectors === 0 ? '' : ` with ${reflectors} route reflectors`;
  return {
    kind: 'other-shape',
    sentence: `Lab "${plan.name}" is up with ${nodes} nodes and ${pods} Pods a worker in mode ${mode}${ipv6 ? ' with IPv6' : ''}${reflected}${etcd === 'plain' ? ' and etcd without certificates' : ''}; for another shape, end it first: lab down --name ${plan.name}`,
  };
}

/** A lab that runs already is handed to this caller: its client's files, and the program for sudo. */
async function adopt(folder: RunFolder, state: LabState, options: UpOptions): Promise<LabState> {
  const hostKeys = await readHostKeys(folder, state.plan);
  await writeClientFiles({ folder, plan: state.plan, ports: state.ports, hostKeys, owner: options.owner });
  for (const node of state.plan.nodes) {
    if (options.wrapper === undefined || node.user?.sudo !== true) continue;
    const files = [wrapperFile(options.wrapper)];
    await writeNodeFiles(folder.node(node.name).files, files);
    await writeNodeFiles(hostPath(await livingNode(folder, node.name), '/'), files);
  }
  await writeMaker(folder, options.maker ?? null, false);
  const adopted = { ...state, owner: options.owner };
  await writeState(folder, adopted);
  return adopted;
}

async function build(
  folder: RunFolder,
  plan: LabPlan,
  shape: LabShape,
  options: UpOptions,
): Promise<LabState> {
  const { progress = () => undefined } = options;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  await mkdir(folder.path, { recursive: true });
  await chmod(RUN_ROOT, 0o755);
  // Others may pass through to the client's files, not look around.
  await chmod(folder.path, 0o711);
  await writeMaker(folder, options.maker ?? null, true);
  const starting: LabState = {
    schema: 1,
    phase: 'starting',
    plan,
    shape,
    ports: {},
    owner: options.owner,
    intervalMs: DEFAULT_INTERVAL_MS,
    startedAt: new Date().toISOString(),
  };
  await writeState(folder, starting);
  progress(`lab "${plan.name}": ${plan.nodes.length} nodes`);
  const nodes = together<[string, Record<string, string>, unknown, unknown]>(stop, [
    makeClientKeys(folder, signal),
    makeHostKeys(folder, plan, signal),
    startFabric(folder, plan, signal),
    makeEtcdFiles(folder, plan, signal),
  ]).then(async ([authorizedKeys, hostKeys]) => {
    const boots = plan.nodes.map((node) =>
      startNode(folder, plan, node, authorizedKeys, { ...options, signal }),
    );
    await together(stop, boots);
    return hostKeys;
  });
  const [ports, hostKeys] = await together<[Record<string, number>, Record<string, string>]>(stop, [
    startListener(folder, plan, signal),
    nodes,
  ]);
  // It is ready long before the last route is there.
  const etcd = startEtcd(folder, plan, signal);
  etcd.catch(() => undefined);
  await describeCluster(folder, plan);
  const state: LabState = { ...starting, phase: 'up', ports };
  await writeClientFiles({ folder, plan, ports, hostKeys, owner: options.owner });
  const unconverged = await waitForRoutes(folder, plan, plan.nodes, CONVERGENCE_TIMEOUT_MS, signal);
  if (unconverged.length > 0) throw new Error(`not all routes have come to ${unconverged.join(', ')}`);
  await etcd;
  await writeState(folder, state);
  return state;
}

async function startNode(
  folder: RunFolder,
  plan: LabPlan,
  node: NodePlan,
  authorizedKeys: string,
  { wrapper, progress, signal }: UpOptions,
): Promise<void> {
  const secrets = {
    authorizedKeys,
    machineId: randomBytes(16).toString('hex'),
    ...(wrapper === undefined ? {} : { wrapper }),
  };
  const files = await nodeFiles(plan, node, secrets, DEFAULT_INTERVAL_MS);
  await writeNodeFiles(folder.node(node.name).files, files);
  await bootNode(folder, node, signal);
  progress?.(`${node.name} ${node.address}: up, ${node.pods.length} Pods`);
  if (node.index === 0) await startApiServer(folder, plan, signal);
}

/** The host keys live in the files a boot copies: they outlive a reboot, not the lab. */
async function makeHostKeys(
  folder: RunFolder,
  plan: LabPlan,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const keys = await Promise.all(
    plan.nodes.map(async ({ name }): Promise<[string, string]> => {
      const path = join(folder.node(name).files, HOST_KEY);
      await writeNodeFiles(folder.node(name).files, [{ path: `${dirname(HOST_KEY)}/moduli`, text: '' }]);
      return [name, await makeKey(path, name, '', labEnvironment(folder.path), signal)];
    }),
  );
  return Object.fromEntries(keys);
}

async function readHostKeys(folder: RunFolder, plan: LabPlan): Promise<Record<string, string>> {
  const keys = await Promise.all(
    plan.nodes.map(async ({ name }): Promise<[string, string]> => [
      name,
      await readPublicKey(join(folder.node(name).files, HOST_KEY)),
    ]),
  );
  return Object.fromEntries(keys);
}

async function startListener(
  folder: RunFolder,
  plan: LabPlan,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const program = ownProgram(new URL('./ssh-listener.ts', import.meta.url).href);
  const args = [...program, plan.name, ...plan.nodes.map((node) => node.name)];
  const { pid, firstLine } = await startDaemon(
    process.execPath,
    args,
    labEnvironment(folder.path),
    folder.log,
    signal,
  );
  await writeProcessFile(folder.listenerPid, pid);
  return (JSON.parse(firstLine) as { ports: Record<string, number> }).ports;
}
