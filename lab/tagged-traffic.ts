import { randomBytes } from 'node:crypto';
import { fail, ok, type Result } from '../app/result.ts';
import { CommandError, labEnvironment, runCommand } from './command.ts';
import { enterNetwork, NODE_LIBRARY } from './node-namespace.ts';
import { parseJson } from './parse-json.ts';
import { badName, isInstanceName } from './plan.ts';
import type { RunningFailure } from './running.ts';
import { runFolder } from './run-folder.ts';
import { readState, type StateFailure } from './state.ts';
import { startTalker, type Talker } from './talker.ts';
import {
  type AskedTraffic,
  commonArguments,
  DEFAULT_ORDER,
  senderArguments,
  whatIsWrong,
} from './traffic-order.ts';
import { findDestination, findPlace, type Hearer } from './traffic-places.ts';
import { HEARD, reportOf, SENT, type TrafficReport } from './traffic-report.ts';

const SECOND = 1_000;
/** What starting and ending may take on a slow machine, beyond the traffic itself. */
const SPARE_MS = 20_000;

/**
 * Traffic of which every packet is known: sends it, waits until it is over, and says which were sent, which came, and so which were
 * lost. Takes no lock: faults may come and go meanwhile. @throws CommandError when a program of it fails.
 */
export async function sendTraffic(
  lab: string,
  asked: AskedTraffic,
  signal?: AbortSignal,
): Promise<Result<TrafficReport, RunningFailure | StateFailure>> {
  if (!isInstanceName(lab)) return fail(badName(lab));
  const order = { ...DEFAULT_ORDER, ...asked };
  const wrong = whatIsWrong(order);
  if (wrong !== null) return fail({ kind: 'bad-argument', sentence: wrong });
  const folder = runFolder(lab);
  const state = await readState(folder);
  if (!state.ok) return state;
  const { plan } = state.value;
  const from = findPlace(plan, order.from);
  if (!from.ok) return from;
  const to = findDestination(plan, from.value, order.to, order.protocol, order.ipv6);
  if (!to.ok) return to;

  const { address, port, hearers } = to.value;
  const family = address.includes(':') ? 6 : 4;
  const run = randomBytes(8).toString('hex');
  const common = commonArguments(order, run);
  const environment = labEnvironment(folder.path);
  const listening: (readonly [Hearer, Talker])[] = [];
  try {
    for (const hearer of order.unheard ? [] : hearers) {
      const program = [
        'perl',
        `${NODE_LIBRARY}/hear.pl`,
        ...common,
        `family=${family}`,
        `port=${hearer.port}`,
      ];
      const args = await enterNetwork(folder, hearer.node, hearer.pod, program);
      listening.push([
        hearer,
        await startTalker(
          `${hearer.pod?.name ?? hearer.node.name} does not hear at port ${hearer.port}`,
          'nsenter',
          args,
          environment,
          signal,
        ),
      ]);
    }
    const program = [
      'perl',
      `${NODE_LIBRARY}/send.pl`,
      ...common,
      ...senderArguments(order, { address, port }),
    ];
    const sender = await runCommand(
      'nsenter',
      await enterNetwork(folder, from.value.node, from.value.pod, program),
      environment,
      { signal, timeoutMs: (order.seconds + order.linger) * SECOND + SPARE_MS },
    );
    const heard = await Promise.all(
      listening.map(async ([hearer, talker]) => {
        const said = await talker.finish(order.linger * SECOND + SPARE_MS);
        return [hearer, HEARD.parse(parseJson(said))] as const;
      }),
    );
    return ok(reportOf(order, run, { address, port }, SENT.parse(parseJson(sender.stdout)), heard));
  } catch (cause) {
    if (!(cause instanceof CommandError) || signal?.aborted === true) throw cause;
    return fail({ kind: 'refused', sentence: cause.message });
  } finally {
    for (const [, talker] of listening) talker.kill();
  }
}
