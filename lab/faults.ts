import { fail, ok, type Result } from '../app/result.ts';
import { CommandError } from './command.ts';
import { type ActiveFault, readFaults, writeFaults } from './fault-record.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { birdFaults } from './faults-bird.ts';
import { filterFaults } from './faults-filters.ts';
import { inventoryFaults } from './faults-inventory.ts';
import { lossFaults } from './faults-loss.ts';
import { nodeFaults } from './faults-node.ts';
import { podFaults } from './faults-pod.ts';
import { routingFaults } from './faults-routing.ts';
import { settingsFaults } from './faults-settings.ts';
import { sshFaults } from './faults-ssh.ts';
import { tunnelFaults } from './faults-tunnel.ts';
import { udpFaults } from './faults-udp.ts';
import { findNode, type RunningFailure, withRunningLab } from './running.ts';
import type { StateFailure } from './state.ts';

type FaultFailure = RunningFailure | StateFailure;

export const FAULTS: Readonly<Record<string, Fault>> = {
  ...birdFaults,
  ...nodeFaults,
  ...podFaults,
  ...routingFaults,
  ...settingsFaults,
  ...filterFaults,
  ...tunnelFaults,
  ...udpFaults,
  ...lossFaults,
  ...inventoryFaults,
  ...sshFaults,
};

/** Inflicts a fault, or, for a mending verb such as `bird-start`, mends it. @returns what was done. */
export async function fault(
  lab: string,
  name: string,
  nodeName: string,
  argument?: string,
): Promise<Result<string, FaultFailure>> {
  const mended = Object.entries(FAULTS).filter(([, candidate]) => candidate.mendedBy === name);
  if (mended.length > 0)
    return heal(lab, { names: mended.map(([mendedName]) => mendedName), node: nodeName, argument });
  return withRunningLab(lab, async (running): Promise<Result<string, FaultFailure>> => {
    const chosen = findFault(name);
    if (chosen === undefined)
      return fail({
        kind: 'bad-argument',
        sentence: `There is no fault "${name}"; lab fault --help lists them.`,
      });
    const node = findNode(running, nodeName);
    if (!node.ok) return node;
    const { mode } = running.state.plan;
    if (chosen.modes?.includes(mode) === false)
      return fail({
        kind: 'bad-argument',
        sentence: `Fault ${name} cannot occur in mode ${mode}; it can in ${chosen.modes.join(', ')}.`,
      });
    const { fallback = '' } = chosen;
    const value =
      argument ??
      (typeof fallback === 'string' ? fallback : fallback({ ...running, node: node.value, argument: '' }));
    if (chosen.argument !== undefined && value === '') {
      return fail({
        kind: 'bad-argument',
        sentence: `Fault ${name} needs ${chosen.argument}: lab fault ${name} VALUE --node ${nodeName}`,
      });
    }
    const done = await chosen.inflict({ ...running, node: node.value, argument: value });
    if (!done.ok) return done;
    const entry: ActiveFault = { name, node: nodeName, ...(value === '' ? {} : { argument: value }) };
    const others = (await readFaults(running.folder)).filter((active) => !isSame(active, entry));
    await writeFaults(running.folder, [...others, entry]);
    return ok(`${nodeName}: ${name}${value === '' ? '' : ` ${value}`}`);
  });
}

export interface HealChoice {
  /** All faults, if absent. */
  readonly names?: readonly string[] | undefined;
  readonly node?: string | undefined;
  readonly argument?: string | undefined;
}

/** Mends what is broken, last fault first. One that cannot be mended stays in force and stops no other. @returns what was mended. */
export async function heal(lab: string, choice: HealChoice): Promise<Result<string, FaultFailure>> {
  return withRunningLab(lab, async (running): Promise<Result<string, FaultFailure>> => {
    let active = await readFaults(running.folder);
    const isChosen = (entry: ActiveFault): boolean =>
      (choice.names?.includes(entry.name) ?? true) &&
      (choice.node === undefined || choice.node === entry.node) &&
      (choice.argument === undefined || choice.argument === entry.argument);
    const mended: string[] = [];
    const failures: string[] = [];
    for (const entry of active.filter(isChosen).reverse()) {
      const node = findNode(running, entry.node);
      if (!node.ok) return node;
      const done = await mend(entry, { ...running, node: node.value, argument: entry.argument ?? '' });
      if (!done.ok) {
        failures.push(`${entry.node}: ${entry.name} is not mended: ${done.failure.sentence}`);
        continue;
      }
      active = active.filter((other) => other !== entry);
      await writeFaults(running.folder, active);
      mended.push(`${entry.node}: ${entry.name} mended`);
    }
    if (failures.length > 0) return fail({ kind: 'refused', sentence: [...mended, ...failures].join('\n') });
    return ok(mended.length === 0 ? 'nothing to mend' : mended.join('\n'));
  });
}

async function mend(entry: ActiveFault, target: FaultTarget): Promise<Result<void, RunningFailure>> {
  try {
    return (await findFault(entry.name)?.mend(target)) ?? ok(undefined);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    return fail({ kind: 'refused', sentence: cause.message });
  }
}

function findFault(name: string): Fault | undefined {
  return Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
}

function isSame(one: ActiveFault, other: ActiveFault): boolean {
  return one.name === other.name && one.node === other.node && one.argument === other.argument;
}
