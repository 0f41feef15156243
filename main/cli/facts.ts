// Where a command's facts come from (DESIGN §8), and the session that answers from them: opened, waited for, closed.
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import type { Command } from 'commander';
import type { NodeStatus } from '../../app/contract/session.ts';
import { TOPOLOGY_PARTS, type DiscoveryPart } from '../../app/probe/discovery-script.ts';
import type { NodeCost } from '../../app/contract/node-cost.ts';
import { plainText } from '../../app/plain-text.ts';
import type { Result } from '../../app/result.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine } from '../engine/engine.ts';
import type { Following } from '../engine/following.ts';
import type { Refusal } from '../engine/refusal.ts';
import { answerOnTerminal } from './ask.ts';
import { commandAudit } from './audit-option.ts';
import { costsText, cpuOfNodes, nodeCosts, type CpuOfNodes } from './node-costs.ts';
import { secondsUpTo } from './option-values.ts';
import { openPasted } from './paste-input.ts';
import { waitUntilSettled, type Waited } from './settled.ts';

/** What `withSource` adds to a command's options. */
export interface Source {
  readonly cluster?: string;
  readonly paste?: readonly string[];
  /** Seconds. */
  readonly timeout: number;
  readonly cost?: boolean;
}

/** `--cluster`, `--timeout`, and `--paste` where pasted output can answer. */
export function withSource(command: Command, { paste = false }: { readonly paste?: boolean } = {}): Command {
  if (!paste) command.requiredOption('--cluster <FILE>', 'the cluster file');
  else
    command
      .option('--cluster <FILE>', 'the cluster file')
      .option(
        '--paste <PATH...>',
        'folders or files of pasted output, instead of a cluster file: nothing is connected to',
      )
      .hook('preAction', (_, asked) => {
        const source = asked.opts<Source>();
        if ((source.cluster === undefined) === (source.paste === undefined))
          asked.error('Give either --cluster FILE or --paste PATH: where the facts come from.', {
            exitCode: 2,
          });
      });
  return command
    .option('--timeout <SECONDS>', 'give up on nodes that have not answered by then', secondsUpTo(3600), 30)
    .option('--cost', 'say at the end, on stderr, what reading cost each node');
}

export interface Wanted {
  /** Asked about: there has to be such a node. */
  readonly node?: string | null;
  /** The answer is about nodes: without any there is none. */
  readonly ofNodes?: boolean;
  /** Also until Services, pools and the like are known. */
  readonly whole?: boolean;
  /** What is followed while the command runs. Default: nothing. */
  readonly follow?: Following;
  /** Read of each node beside what the topology is made of: a node is not made to read what the command does not tell. */
  readonly also?: readonly DiscoveryPart[];
  /** What is said to Ctrl-C before everything was read; left out: the command answers from what there is by then. */
  readonly interrupted?: string;
}

export interface Facts {
  readonly engine: Engine;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  readonly waited: Waited;
  /** Of the nodes, in the order of the file; of a paste, by name. */
  readonly labels: readonly string[];
  /** Nodes that were not read, each with why. */
  readonly unread: readonly { readonly node: string; readonly reason: string }[];
  /** What reading has cost each node so far; none of a paste. */
  readonly costs: () => Promise<readonly NodeCost[]>;
}

/** @returns the exit code: that of `use`, or 2 where there are no facts, and then it was said why. */
export async function withFacts(
  source: Source,
  wanted: Wanted,
  use: (facts: Facts) => Promise<number>,
): Promise<number> {
  let cpu: CpuOfNodes = new Map();
  const code = await withOpened(source, wanted, async (facts) => {
    const used = await use(facts);
    if (source.cost === true) cpu = await cpuOfNodes(facts.engine, facts.labels);
    return used;
  });
  // Now all that was run has ended, and its bytes are known.
  if (source.cost === true)
    process.stderr.write(costsText(nodeCosts(commandAudit().entries, cpu, Date.now())));
  return code;
}

async function withOpened(
  source: Source,
  wanted: Wanted,
  use: (facts: Facts) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await opened(source, wanted, use, stop.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

async function opened(
  source: Source,
  { node = null, ofNodes = false, whole = false, follow = 'nothing', also = [], interrupted }: Wanted,
  use: (facts: Facts) => Promise<number>,
  signal: AbortSignal,
): Promise<number> {
  const { cluster, paste, timeout } = source;
  await using engine = createEngine({
    audit: commandAudit(),
    attended: paste === undefined && isatty(0) && isatty(2),
    follow,
    once: [...TOPOLOGY_PARTS, ...also],
  });
  const answering = new AbortController();
  answerOnTerminal(engine, AbortSignal.any([signal, answering.signal]));
  const outcome: Result<void, Refusal> =
    paste === undefined
      ? await engine.open(resolve(cluster ?? ''), { signal })
      : await openPasted(engine, paste, { signal });
  if (!outcome.ok) return complain(outcome.failure.sentence);
  const labels = paste === undefined ? engine.view.nodes.map(({ label }) => label) : pastedLabels(engine);
  if (ofNodes && node === null && labels.length === 0)
    return complain('Nothing of any node was pasted: paste what “ip addr” and “ip route” print there.');
  if (node !== null && !labels.includes(node))
    return complain(`No node is called ${node}; there are: ${labels.join(', ') || 'none'}.`);
  const waited =
    paste === undefined
      ? await waitUntilSettled(engine, { signal, timeoutMs: timeout * 1000, whole })
      : 'settled';
  answering.abort();
  if (waited === 'interrupted' && interrupted !== undefined) return complain(interrupted);
  const unread = engine.view.nodes
    .filter(({ lastFactsAt }) => lastFactsAt === null)
    .map((status) => ({ node: status.label, reason: whyUnread(status, waited, timeout) }));
  const costs = async (): Promise<readonly NodeCost[]> => {
    const cpu = await cpuOfNodes(engine, paste === undefined ? labels : []);
    return nodeCosts(commandAudit().entries, cpu, Date.now());
  };
  return await use({ engine, signal, waited, labels, unread, costs });
}

function pastedLabels({ topology }: Engine): string[] {
  return Object.values(topology.nodes)
    .flatMap(({ label, until }) => (until === null ? [label] : []))
    .sort();
}

function whyUnread({ sentence, limits }: NodeStatus, waited: Waited, timeout: number): string {
  return sentence ?? limits[0] ?? (waited === 'late' ? `no answer within ${timeout} s` : 'it was not read');
}

/** What nodes said can hold escape sequences: they must not reach the operator's terminal. */
export function complain(text: string): 2 {
  for (const line of text.split('\n')) process.stderr.write(`hopscope: ${plainText(line)}\n`);
  return 2;
}
