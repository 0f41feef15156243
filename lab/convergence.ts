import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { BLOCK_LENGTH6, blockAddress } from './addressing.ts';
import { livingNode } from './node-namespace.ts';
import type { LabPlan, NodePlan } from './lab-plan.ts';
import type { Transport } from './network/network.ts';
import { NETWORKS } from './network/networks.ts';
import type { RunFolder } from './run-folder.ts';

const POLL_MS = 50;

/**
 * Waits until each of these nodes has a route to every other one's block, in each family it has.
 * @returns the names of those that still lack one when `timeoutMs` has passed: none, if all is well.
 */
export async function waitForRoutes(
  folder: RunFolder,
  { mode }: LabPlan,
  nodes: readonly NodePlan[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const missing: string[] = [];
    for (const node of nodes) {
      if (!(await hasAllRoutes(folder, NETWORKS[mode].transport, nodes, node))) missing.push(node.name);
    }
    if (missing.length === 0 || Date.now() > deadline) return missing;
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Reads /proc/PID/net/route, which is the node's, not the reader's: no process is started. */
async function hasAllRoutes(
  folder: RunFolder,
  transport: Transport,
  nodes: readonly NodePlan[],
  node: NodePlan,
): Promise<boolean> {
  const init = await livingNode(folder, node.name);
  const rows = async (file: string): Promise<string[][]> =>
    (await readFile(`/proc/${init.pid}/net/${file}`, 'utf8')).split('\n').map((line) => line.split(/\s+/));
  const routes = new Set(
    (await rows('route')).map(([, destination = '', gateway = '']) => `${destination} ${gateway}`),
  );
  const peers = nodes.filter((peer) => peer.index !== node.index);
  const whole = peers.every((peer) =>
    routes.has(`${hexadecimal(blockAddress(peer.block, 0))} ${hexadecimal(transport.gatewayTo(peer))}`),
  );
  if (!whole || node.block6 === undefined) return whole;
  // A block is the only route of its length that goes by another node.
  const viaOthers = (await rows('ipv6_route')).filter(
    ([, length, , , gateway = '']) => length === BLOCK_LENGTH6.toString(16) && /[^0]/.test(gateway),
  );
  return viaOthers.length >= peers.length;
}

/** As /proc/net/route prints an address: the four bytes as one number of the host's byte order, here little-endian. */
export function hexadecimal(address: string): string {
  return address
    .split('.')
    .reverse()
    .map((byte) => Number(byte).toString(16).padStart(2, '0').toUpperCase())
    .join('');
}
