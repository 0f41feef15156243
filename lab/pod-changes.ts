import { readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, ok, type Result } from '../app/result.ts';
import { blockAddress, FIRST_WORKLOAD_IFINDEX, MAX_PODS_PER_WORKER } from './addressing.ts';
import { hidePod, showPod, showServices } from './cluster-inventory.ts';
import { type ActiveFault, readFaults, writeFaults } from './fault-record.ts';
import { podTree, serviceFiles, workloadFiles, writeNodeFiles } from './node-files.ts';
import { hostPath, inNode, livingNode, NODE_LIBRARY } from './node-namespace.ts';
import type { LabPlan, NodePlan, PodPlan } from './lab-plan.ts';
import { isPodName, planPod } from './plan.ts';
import { readLivingProcess } from './processes.ts';
import type { RunFolder } from './run-folder.ts';
import { findNode, findPod, type RunningFailure, type RunningLab, withRunningLab } from './running.ts';
import { type StateFailure, writeState } from './state.ts';

type PodFailure = RunningFailure | StateFailure;

/** Two lives of a Pod that look alike: a netns inode is free again as soon as its namespace is gone. */
interface PodIdentity {
  readonly netnsInode: string;
  readonly hostIfindex: number;
}

export interface Recreated {
  readonly before: PodIdentity;
  readonly after: PodIdentity;
  /** How often the Pod was made before it was over. */
  readonly tries: number;
}

/** Another process may hold the old number for a while. */
const MAX_TRIES = 5;
const PAUSE_MS = 500;

export async function addPod(
  lab: string,
  name: string,
  nodeName: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<Result<PodPlan, PodFailure>> {
  return withRunningLab(lab, async (running) => {
    const node = findNode(running, nodeName);
    if (!node.ok) return node;
    if (!isPodName(name))
      return fail({
        kind: 'bad-argument',
        sentence: `"${name}" cannot be a Pod's name: use lower-case letters, digits and hyphens.`,
      });
    if (findPod(running, name).ok)
      return fail({ kind: 'bad-argument', sentence: `There is a Pod "${name}" already.` });
    const free = planFreePod(running.state.plan, node.value, name);
    if (free === null) return fail({ kind: 'refused', sentence: `${nodeName} has no free Pod address.` });
    const pod: PodPlan = { ...free, labels };
    try {
      await startPod(running, node.value, pod);
      await changePods(running, node.value, [...node.value.pods, pod]);
    } catch (cause) {
      await endPod(running, node.value, pod);
      await installFirewall(running, node.value, node.value.pods);
      throw cause;
    }
    return ok(pod);
  });
}

export async function deletePod(lab: string, name: string): Promise<Result<PodPlan, PodFailure>> {
  return withRunningLab(lab, async (running) => {
    const found = findPod(running, name);
    if (!found.ok) return found;
    const { node, pod } = found.value;
    await endPod(running, node, pod);
    const rest = node.pods.filter((other) => other !== pod);
    await installFirewall(running, node, rest);
    await changePods(running, node, rest);
    return ok(pod);
  });
}

/** @param untilIdentityRepeats the new Pod shall have the old one's netns inode, as it has its ifindexes. */
export async function recreatePod(
  lab: string,
  name: string,
  untilIdentityRepeats: boolean,
): Promise<Result<Recreated, PodFailure>> {
  return withRunningLab(lab, async (running): Promise<Result<Recreated, PodFailure>> => {
    const found = findPod(running, name);
    if (!found.ok) return found;
    const { node, pod } = found.value;
    const before = await identify(running, node, pod);
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      await endPod(running, node, pod);
      await startPod(
        running,
        node,
        pod,
        untilIdentityRepeats && before.netnsInode !== '' ? before.netnsInode : undefined,
      );
      const after = await identify(running, node, pod);
      if (!untilIdentityRepeats || after.netnsInode === before.netnsInode)
        return ok({ before, after, tries });
      await delay(PAUSE_MS);
    }
    return fail({
      kind: 'refused',
      sentence: `Pod "${name}" did not get its old netns inode back in ${MAX_TRIES} tries; other namespaces are being made on this machine. Try again.`,
    });
  });
}

/** The inode is empty when the Pod does not run, as after a failed start. */
async function identify({ folder }: RunningLab, node: NodePlan, pod: PodPlan): Promise<PodIdentity> {
  const init = await livingNode(folder, node.name);
  const pid = await readFile(hostPath(init, `/run/lab/pods/${pod.name}`), 'utf8').catch(() => '');
  const link = await readlink(hostPath(init, `/proc/${pid.trim() || 'none'}/ns/net`)).catch(() => '');
  return { netnsInode: /\d+/.exec(link)?.[0] ?? '', hostIfindex: pod.hostIfindex };
}

/** @param netnsInode the one that the Pod's network namespace shall have. */
async function startPod(
  running: RunningLab,
  node: NodePlan,
  pod: PodPlan,
  netnsInode?: string,
): Promise<void> {
  const { folder, state } = running;
  await writeEverywhere(running, node, podTree(state.plan, node, pod, state.intervalMs));
  const others = node.pods.filter((other) => other.name !== pod.name);
  await installFirewall(running, node, [...others, pod]);
  await inNode(folder, node.name, [
    'sh',
    `${NODE_LIBRARY}/pods-up.sh`,
    netnsInode === undefined ? pod.name : `${pod.name}=${netnsInode}`,
  ]);
  await inNode(folder, node.name, ['sh', `${NODE_LIBRARY}/pods-wire.sh`, pod.name]);
  await showPod(folder, state.plan, node, pod, [...others, pod]);
}

/** What was broken on its cable ends with it. */
async function endPod({ folder, state }: RunningLab, node: NodePlan, pod: PodPlan): Promise<void> {
  await hidePod(
    folder,
    state.plan,
    node,
    pod,
    node.pods.filter((other) => other.name !== pod.name),
  );
  await inNode(folder, node.name, ['sh', `${NODE_LIBRARY}/pod-down.sh`, pod.name, pod.hostInterface]);
  await rm(join(folder.node(node.name).files, 'var/lib/lab/pods', pod.name), {
    recursive: true,
    force: true,
  });
  const outlives = (fault: ActiveFault): boolean => {
    // Of a loss the argument only begins with it (loss-place.ts).
    const [whose = ''] = fault.argument?.split(/[/: ]/) ?? [];
    return fault.node !== node.name || (whose !== pod.hostInterface && whose !== pod.name);
  };
  await writeFaults(folder, (await readFaults(folder)).filter(outlives));
}

async function installFirewall(running: RunningLab, node: NodePlan, pods: readonly PodPlan[]): Promise<void> {
  await writeEverywhere(running, node, workloadFiles(running.state.plan, node, pods));
  await inNode(running.folder, node.name, ['sh', `${NODE_LIBRARY}/filters.sh`]);
}

/** On the running node, and in the files from which it boots. */
async function writeEverywhere(
  { folder }: RunningLab,
  node: NodePlan,
  files: Parameters<typeof writeNodeFiles>[1],
): Promise<void> {
  await writeNodeFiles(folder.node(node.name).files, files);
  await writeNodeFiles(hostPath(await livingNode(folder, node.name), '/'), files);
}

async function changePods(
  { folder, state }: RunningLab,
  node: NodePlan,
  pods: readonly PodPlan[],
): Promise<void> {
  const nodes = state.plan.nodes.map((other) => (other.name === node.name ? { ...other, pods } : other));
  const plan: LabPlan = { ...state.plan, nodes };
  await writeState(folder, { ...state, plan });
  await changeServices(folder, plan);
}

/** As the endpoint controllers and every node's kube-proxy do within a second; a node that is down learns it when it boots. */
export async function changeServices(folder: RunFolder, plan: LabPlan): Promise<void> {
  const files = serviceFiles(plan);
  await Promise.all([
    showServices(folder, plan),
    ...plan.nodes.map(async ({ name }) => {
      await writeNodeFiles(folder.node(name).files, files);
      const init = await readLivingProcess(folder.node(name).pid);
      if (init === null) return;
      await writeNodeFiles(hostPath(init, '/'), files);
      await inNode(folder, name, ['sh', `${NODE_LIBRARY}/service-rules.sh`]);
    }),
  ]);
}

/** The lowest address (from .2) and ifindex that no Pod of the node has. */
function planFreePod({ mode }: LabPlan, node: NodePlan, name: string): PodPlan | null {
  const addresses = new Set(node.pods.map((pod) => pod.address));
  const ifindexes = new Set(node.pods.map((pod) => pod.hostIfindex));
  const numbers = Array.from({ length: MAX_PODS_PER_WORKER }, (_, n) => n);
  const lastByte = numbers
    .map((n) => n + 2)
    .find((candidate) => !addresses.has(blockAddress(node.block, candidate)));
  const ifindex = numbers
    .map((n) => n + FIRST_WORKLOAD_IFINDEX)
    .find((candidate) => !ifindexes.has(candidate));
  return lastByte === undefined || ifindex === undefined
    ? null
    : planPod(mode, node, name, lastByte, ifindex);
}
