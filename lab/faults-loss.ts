import { z } from 'zod';
import { fail, ok, type Result } from '../app/result.ts';
import { CommandError, type CommandOutput, labEnvironment, runCommand, type RunOptions } from './command.ts';
import { runInFabric } from './fabric.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { readFaults } from './fault-record.ts';
import { LOSS_ARGUMENT, type LossPlace, parseLoss } from './loss-place.ts';
import { enterNetwork } from './node-namespace.ts';
import { parseJson } from './parse-json.ts';
import { findNode, type RunningFailure, type RunningLab, withRunningLab } from './running.ts';
import type { StateFailure } from './state.ts';

// Packets lost by chance, at a named place, with an exact count; and what is too large for the network between the nodes.

const ETHERNET_HEADER = 14;
const [LEAST_MTU, MOST_MTU] = [600, 1_500];
/** Never in the way: of a queue that is there for the size of packets alone. */
const NO_LIMIT = ['rate', '100gbit', 'limit', '100mb'];

export const lossFaults: Readonly<Record<string, Fault>> = {
  loss: {
    summary: 'packets are dropped by chance where one says; lab losses counts them',
    argument: LOSS_ARGUMENT,
    inFabric: (argument) => argument.startsWith('fabric'),
    inflict: async (target) => {
      const place = placeOf(target);
      if (place === null)
        return fail({ kind: 'bad-argument', sentence: `"${target.argument}" is not ${LOSS_ARGUMENT}.` });
      // Newer kernels let nftables wait for devices that are not there yet.
      const look = ['ip', 'link', 'show', 'dev', place.device ?? 'lo'];
      if ((await runAt(target, place, look, { accept: [1] })).exitCode !== 0)
        return fail({
          kind: 'bad-argument',
          sentence: `There is no device "${place.device ?? 'lo'}" there.`,
        });
      return settled(nftAt(target, place, [...cleared(place), ...place.script]));
    },
    mend: async (target) => {
      const place = placeOf(target);
      // With its Pod it has gone.
      if (place === null) return ok(undefined);
      return settled(nftAt(target, place, cleared(place)));
    },
  },
  'fabric-mtu': {
    summary: 'the network between the nodes loses what is larger on its way to the node, and tells nobody',
    argument: `bytes, ${LEAST_MTU} to ${MOST_MTU}`,
    inflict: async ({ folder, node, argument }) => {
      const mtu = Number(argument);
      if (!Number.isInteger(mtu) || mtu < LEAST_MTU || mtu > MOST_MTU)
        return fail({
          kind: 'bad-argument',
          sentence: `"${argument}" is not ${LEAST_MTU} to ${MOST_MTU} bytes.`,
        });
      // tbf drops what is larger than its bucket, and of what TCP leaves to the NIC to cut asks each piece (net/sched/sch_tbf.c).
      const bucket = ['burst', String(mtu + ETHERNET_HEADER)];
      const qdisc = ['tc', 'qdisc', 'replace', 'dev', node.name, 'root', 'tbf', ...NO_LIMIT, ...bucket];
      return settled(runInFabric(folder, qdisc, {}));
    },
    mend: async ({ folder, node }) =>
      settled(runInFabric(folder, ['tc', 'qdisc', 'del', 'dev', node.name, 'root'], { accept: [2] })),
  },
};

export interface Loss {
  readonly node: string;
  /** As it was given to the fault. */
  readonly argument: string;
  /** Packets that came by and matched, as the kernel has them there: one may be many of TCP. */
  readonly seen: number;
  readonly dropped: number;
}

/** Every loss in force, by the kernel's own counters. */
export async function readLosses(
  lab: string,
): Promise<Result<readonly Loss[], RunningFailure | StateFailure>> {
  return withRunningLab(lab, async (running): Promise<Result<readonly Loss[], RunningFailure>> => {
    const losses: Loss[] = [];
    for (const { name, node: nodeName, argument = '' } of await readFaults(running.folder)) {
      if (name !== 'loss') continue;
      const node = findNode(running, nodeName);
      if (!node.ok) return node;
      const target = { ...running, node: node.value, argument };
      const place = placeOf(target);
      if (place === null) continue;
      const { stdout } = await runAt(
        target,
        place,
        ['nft', '-j', 'list', 'table', ...place.table.split(' ')],
        {},
      );
      const [seen = 0, dropped = 0] = countersOf(stdout);
      losses.push({ node: nodeName, argument, seen, dropped });
    }
    return ok(losses);
  });
}

const COUNTER = z.object({ counter: z.object({ packets: z.number() }) });
const RULE = z.object({ rule: z.object({ expr: z.array(z.unknown()) }) });

/** One a rule, in their order. */
function countersOf(listing: string): number[] {
  const entries = z.object({ nftables: z.array(z.unknown()) }).parse(parseJson(listing)).nftables;
  return entries.flatMap((entry) => {
    const expressions = RULE.safeParse(entry).data?.rule.expr ?? [];
    return expressions.flatMap((expression) => COUNTER.safeParse(expression).data?.counter.packets ?? []);
  });
}

function placeOf({ state, node, argument }: FaultTarget): LossPlace | null {
  return parseLoss(argument, node, state.plan.nodes);
}

/** Deleting what may not be there: first made, then deleted (nft(8)). */
function cleared({ table }: LossPlace): string[] {
  return [`add table ${table}`, `delete table ${table}`];
}

function nftAt(target: FaultTarget, place: LossPlace, lines: readonly string[]): Promise<CommandOutput> {
  return runAt(target, place, ['nft', '-f', '-'], { stdin: `${lines.join('\n')}\n` });
}

async function runAt(
  { folder, node }: RunningLab & Pick<FaultTarget, 'node'>,
  { network }: LossPlace,
  command: readonly string[],
  options: RunOptions,
): Promise<CommandOutput> {
  if (network === 'fabric') return runInFabric(folder, command, options);
  const args = await enterNetwork(folder, node, network, command);
  return runCommand('nsenter', args, labEnvironment(folder.path), options);
}

/** What its commands refuse is told, and nothing has been changed: nft takes a file as a whole or not at all. */
async function settled(work: Promise<CommandOutput>): Promise<Result<void, RunningFailure>> {
  try {
    await work;
    return ok(undefined);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    return fail({ kind: 'refused', sentence: cause.message });
  }
}
