// For tests on the real kernel: what to do with a node made of namespaces. Needs root.
import { execFileSync } from 'node:child_process';
import { parseDiscovery } from '../../probe/discovery.ts';
import { discoveryScript } from '../../probe/discovery-script.ts';
import type { Inventory } from '../../probe/inventory.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { buildTopology, emptyTopology } from '../build.ts';
import type { Topology } from '../model.ts';

export const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

/** One discovery through `nsenter` with these words. @throws when it gives no snapshot. */
export function discover(label: string, ...enter: string[]): NodeSnapshot {
  const nonce = 'n0nce0n0nce0n0nce0';
  const output = execFileSync('nsenter', [...enter, 'sh', '-s'], {
    input: discoveryScript({ nonce }),
    maxBuffer: 64_000_000,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const parsed = parseDiscovery(output, { nonce, nodeLabel: label, seenAt: 1 });
  if (!parsed.ok) throw new Error(`${parsed.failure.sentence} ${parsed.failure.detail}`);
  return parsed.value;
}

export function topologyOf(snapshot: NodeSnapshot, inventory: Inventory | null = null): Topology {
  return buildTopology(emptyTopology('test'), {
    cluster: 'test',
    readings: { [snapshot.nodeLabel]: { snapshot, hostKeyFingerprint: 'SHA256:test' } },
    inventory,
    deletions: [],
    endedLabels: [],
    evidence: [],
    warnings: [],
  });
}

/** Asks every 20 ms, at most 150 times. @throws when it does not come true. */
export async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('what the test waits for did not come true');
}
