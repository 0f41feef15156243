import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ok, type Result } from '../app/result.ts';
import { NIC } from './addressing.ts';
import { hideCalicoNode, showNode, startApiServer } from './cluster-inventory.ts';
import { waitForRoutes } from './convergence.ts';
import { startEtcd } from './etcd.ts';
import { type ActiveFault, readFaults, writeFaults } from './fault-record.ts';
import { FAULTS } from './faults.ts';
import { birdFaults } from './faults-bird.ts';
import { bootNode, killNode, livingNode } from './node-namespace.ts';
import { findInNode, processName, sendSignal } from './processes.ts';
import { findNode, type RunningFailure, type RunningLab, withRunningLab } from './running.ts';
import { controlListener } from './ssh-listener-control.ts';
import type { StateFailure } from './state.ts';

export interface Rebooted {
  readonly bootId: string;
  /** Milliseconds until every node that no fault keeps from it had its routes again. */
  readonly elapsedMs: number;
}

const CONVERGENCE_TIMEOUT_MS = 15_000;
/** BIRD says goodbye to its peers (a Cease) within this, or the machine goes down without. */
const FAREWELL_MS = 500;

/**
 * Reboots a node: a new boot id, its disk as it was first written, its Pods back, its host key kept.
 * @param hard pull the plug: its peers hear nothing until it is back.
 * @throws when the routes do not come back.
 */
export async function rebootNode(
  name: string,
  nodeName: string,
  hard: boolean,
  convergenceMs = CONVERGENCE_TIMEOUT_MS,
): Promise<Result<Rebooted, RunningFailure | StateFailure>> {
  return withRunningLab(name, async (running: RunningLab) => {
    const { folder, state } = running;
    const startedAt = performance.now();
    const node = findNode(running, nodeName);
    if (!node.ok) return node;
    const plan = state.plan;
    if (!hard) await stopBird(running, nodeName);
    await controlListener(folder, { operation: 'close', node: nodeName });
    await controlListener(folder, { operation: 'release', node: nodeName });
    await killNode(folder, node.value);
    await bootNode(folder, node.value);
    await controlListener(folder, { operation: 'open', node: nodeName });
    if (node.value.index === 0) await Promise.all([startApiServer(folder, plan), startEtcd(folder, plan)]);
    await showNode(folder, plan, node.value);
    await hideCalicoNode(folder, node.value);
    // What was broken on the node was broken in its memory.
    const outlives = ({ name, argument = '' }: ActiveFault): boolean =>
      FAULTS[name]?.inFabric?.(argument) === true;
    const faults = (await readFaults(folder)).filter((fault) => fault.node !== nodeName || outlives(fault));
    await writeFaults(folder, faults);
    const whole = plan.nodes.filter(({ name: peer }) => !faults.some((fault) => stopsRoutes(fault, peer)));
    const unconverged = await waitForRoutes(folder, plan, whole, convergenceMs);
    if (unconverged.length > 0)
      throw new Error(`${nodeName} is up again, but not all routes have come to ${unconverged.join(', ')}`);
    const bootId = (await readFile(folder.node(nodeName).bootId, 'utf8')).trim();
    return ok({ bootId, elapsedMs: performance.now() - startedAt });
  });
}

/** Whether a fault in force on a node may keep routes from it, or its own from the others. */
function stopsRoutes(fault: ActiveFault, node: string): boolean {
  return fault.node === node && (fault.name in birdFaults || fault.argument === NIC);
}

async function stopBird({ folder }: RunningLab, node: string): Promise<void> {
  const deadline = Date.now() + FAREWELL_MS;
  for (const pid of await findInNode(await livingNode(folder, node))) {
    if ((await processName(pid)) !== 'bird') continue;
    sendSignal(pid, 'SIGTERM');
    while ((await processName(pid)) === 'bird' && Date.now() < deadline) await delay(10);
  }
}
