// What a command cost the nodes that it read: the audit knows what ran there, the readings how much CPU they took.
import type { AuditEntry } from '../../app/contract/audit.ts';
import type { NodeCost } from '../../app/contract/node-cost.ts';
import { plainText } from '../../app/plain-text.ts';
import type { Engine } from '../engine/engine.ts';
import { textTable } from './text-table.ts';

/** ms of CPU by node; null where no reading told. */
export type CpuOfNodes = ReadonlyMap<string, number | null>;

export async function cpuOfNodes(engine: Engine, labels: readonly string[]): Promise<CpuOfNodes> {
  const told = labels.map(async (label): Promise<[string, number | null]> => {
    const answer = await engine.ask('node.cost', { label });
    if (!answer.ok || answer.value.length === 0) return [label, null];
    return [label, answer.value.reduce((sum, { cpuMsInAll }) => sum + cpuMsInAll, 0)];
  });
  return new Map(await Promise.all(told));
}

/** A row for each node of `cpu` that anything was run on, in that order. `now`: ms since the epoch. */
export function nodeCosts(entries: readonly AuditEntry[], cpu: CpuOfNodes, now: number): NodeCost[] {
  const ran = entries.filter(({ kind }) => kind === 'command' || kind === 'capture');
  return [...cpu].flatMap(([node, cpuMs]) => {
    const here = ran.filter((entry) => entry.node === node);
    if (here.length === 0) return [];
    const sum = (of: 'sent' | 'received'): number =>
      here.reduce((bytes, entry) => bytes + (entry[of] ?? 0), 0);
    const ms = covered(here.map(({ startedAt, endedAt }) => [startedAt, endedAt ?? now]));
    return [{ node, commands: here.length, ms, cpuMs, sent: sum('sent'), received: sum('received') }];
  });
}

/** How much of the time line so many stretches cover, which may overlap. */
function covered(stretches: readonly (readonly [from: number, to: number])[]): number {
  let sum = 0;
  let until = -Infinity;
  for (const [from, to] of stretches.toSorted(([a], [b]) => a - b)) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return sum;
}

/** A line a node. */
export function costsText(costs: readonly NodeCost[]): string {
  const rows = costs.map((cost) => [cost.node, ...words(cost)]);
  return textTable(rows, '  ');
}

/** One line for all of them; none where nothing was run. */
export function costSummary(costs: readonly NodeCost[]): string {
  const [first] = costs;
  if (first === undefined) return '';
  const sum = (of: (cost: NodeCost) => number): number => costs.reduce((all, cost) => all + of(cost), 0);
  const all: Omit<NodeCost, 'node'> = {
    commands: sum(({ commands }) => commands),
    ms: Math.max(...costs.map(({ ms }) => ms)),
    cpuMs: costs.every(({ cpuMs }) => cpuMs === null) ? null : sum(({ cpuMs }) => cpuMs ?? 0),
    sent: sum(({ sent }) => sent),
    received: sum(({ received }) => received),
  };
  const nodes = costs.length === 1 ? plainText(first.node) : `${String(costs.length)} nodes`;
  return `\nReading ${nodes}: ${words(all).join(', ')}${costs.length === 1 ? '' : ' (--cost: of each)'}\n`;
}

function words({ commands, ms, cpuMs, sent, received }: Omit<NodeCost, 'node'>): string[] {
  return [
    commands === 1 ? '1 command' : `${String(commands)} commands`,
    `${String(ms)} ms`,
    cpuMs === null ? 'CPU not known' : `${String(cpuMs)} ms of CPU`,
    `${kibibytes(received)} received`,
    `${kibibytes(sent)} sent`,
  ];
}

/** Rounded up: something is never shown as nothing. */
function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024).toLocaleString('en')} KiB`;
}
