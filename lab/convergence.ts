import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { livingNode } from './node-namespace.ts';
import type { NodePlan } from './plan.ts';
import type { RunFolder } from './run-folder.ts';

const POLL_MS = 50;

/**
 * Waits until each of these nodes has a route to every other one's block.
 * @returns the names of those that still lack one when `timeoutMs` has passed: none, if all is well.
 */
export async function waitForRoutes(
  folder: RunFolder,
  nodes: readonly NodePlan[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const missing: string[] = [];
    for (const node of nodes) {
      if (!(await hasAllRoutes(folder, nodes, node))) missing.push(node.name);
    }
    if (missing.length === 0 || Date.now() > deadline) return missing;
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Reads /proc/PID/net/route, which is the node's, not the reader's: no process is started. */
async function hasAllRoutes(folder: RunFolder, nodes: readonly NodePlan[], node: NodePlan): Promise<boolean> {
  const init = await livingNode(folder, node.name);
  const rows = (await readFile(`/proc/${init.pid}/net/route`, 'utf8'))
    .split('\n')
    .map((line) => line.split('\t'));
  const routes = new Set(rows.map(([, destination, gateway]) => `${destination ?? ''} ${gateway ?? ''}`));
  return nodes
    .filter((peer) => peer.index !== node.index)
    .every((peer) =>
      routes.has(`${hexadecimal(peer.block.split('/')[0] ?? '')} ${hexadecimal(peer.address)}`),
    );
}

/** As /proc/net/route prints an address: the four bytes as one number of the host's byte order, here little-endian. */
export function hexadecimal(address: string): string {
  return address
    .split('.')
    .reverse()
    .map((byte) => Number(byte).toString(16).padStart(2, '0').toUpperCase())
    .join('');
}
