import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../app/contract/audit.ts';
import { costsText, costSummary, nodeCosts } from './node-costs.ts';

let id = 0;

function ran(node: string, from: number, to: number | null, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: (id += 1),
    node,
    login: 'root',
    by: 'login',
    kind: 'command',
    what: 'discovery: links, routes',
    startedAt: from,
    endedAt: to,
    outcome: to === null ? null : 'exit 0',
    sent: to === null ? null : 1_000,
    received: to === null ? null : 5_000,
    ...more,
  };
}

const cpu = new Map([
  ['worker-1', 180],
  ['worker-2', null],
  ['never-reached', null],
]);

describe('what reading cost a node', () => {
  const entries = [
    ran('worker-1', 100, 300),
    // Beside one another, and one after a pause.
    ran('worker-1', 250, 400),
    ran('worker-1', 260, 280),
    ran('worker-1', 900, 950),
    ran('worker-2', 0, null),
    // Neither a channel of its own, nor a command.
    ran('worker-2', 0, 10, { kind: 'stream', sent: null, received: null }),
    ran('worker-2', 0, 10, { kind: 'forward', sent: null, received: null }),
    ran('bastion', 0, 10),
  ];

  it('is its round trips, the time in which one ran, its CPU and its bytes', () => {
    expect(nodeCosts(entries, cpu, 70)).toEqual([
      { node: 'worker-1', commands: 4, ms: 350, cpuMs: 180, sent: 4_000, received: 20_000 },
      { node: 'worker-2', commands: 1, ms: 70, cpuMs: null, sent: 0, received: 0 },
    ]);
  });

  it('is told in a line a node, or in one for all: what is not known is not nothing', () => {
    const costs = nodeCosts(entries, cpu, 70);
    expect(costsText(costs)).toBe(
      '  worker-1  4 commands  350 ms  180 ms of CPU  20 KiB received  4 KiB sent\n' +
        '  worker-2  1 command   70 ms   CPU not known  0 KiB received   0 KiB sent\n',
    );
    expect(costSummary(costs)).toBe(
      '\nReading 2 nodes: 5 commands, 350 ms, 180 ms of CPU, 20 KiB received, 4 KiB sent (--cost: of each)\n',
    );
    expect(costSummary(costs.slice(1))).toContain('Reading worker-2: 1 command, 70 ms, CPU not known');
    expect(costSummary([])).toBe('');
  });
});
