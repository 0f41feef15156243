// `hopscope drops`: for some seconds, what nodes and their Pods dropped and why, from counters alone.
import { setTimeout as sleep } from 'node:timers/promises';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import { plainText } from '../../app/plain-text.ts';
import type { DropsView } from '../../app/contract/drops-view.ts';
import { commandAudit } from './audit-option.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { answerOnTerminal } from './ask.ts';
import { dropsText } from './drops-text.ts';
import { waitUntilSettled } from './settled.ts';

interface DropsOptions {
  readonly cluster: string;
  readonly all?: boolean;
  readonly seconds: number;
  readonly json?: boolean;
}

/** ms for the nodes to be connected and read. */
const settlesWithinMs = 30_000;
/** ms for the last sample. */
const sampledWithinMs = 10_000;
/** ms between two looks whether it has come. */
const lookEveryMs = 50;

export function dropsCommand(): Command {
  return new Command('drops')
    .description('print what nodes and their Pods drop, and why, from counters alone')
    .argument('[NODE]', 'label of one node')
    .option('--all', 'every node')
    .requiredOption('--cluster <FILE>', 'the cluster file')
    .option('--seconds <N>', 'how long', secondsOf, 10)
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (node: string | undefined, options: DropsOptions) => {
      process.exitCode = await drops(node ?? null, options);
    });
}

function secondsOf(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 600)) throw new InvalidArgumentError('It takes 1 to 600 seconds.');
  return value;
}

async function drops(label: string | null, options: DropsOptions): Promise<number> {
  if ((label === null) !== (options.all === true)) return refuse('Name one node, or say --all.');
  const stop = new AbortController();
  const { signal } = stop;
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  await using engine = createEngine({ audit: commandAudit(), attended: isatty(0) && isatty(2) });
  const answering = new AbortController();
  answerOnTerminal(engine, AbortSignal.any([signal, answering.signal]));
  const opened = await engine.open(resolve(options.cluster), { signal });
  if (!opened.ok) return refuse(opened.failure.sentence);
  const waited = await waitUntilSettled(engine, { signal, timeoutMs: settlesWithinMs });
  answering.abort();
  if (waited === 'interrupted') return refuse('Interrupted before anything was counted.');
  const statuses = engine.view.nodes.filter((node) => label === null || node.label === label);
  if (statuses.length === 0) {
    const known = engine.view.nodes.map((node) => node.label).join(', ');
    return refuse(`No node of the cluster file is called ${label ?? ''}; there are: ${known}.`);
  }
  const labels = statuses.filter((node) => node.lastFactsAt !== null).map((node) => node.label);
  for (const node of statuses)
    if (node.lastFactsAt === null)
      refuse(`${node.label}: ${node.sentence ?? node.limits[0] ?? 'it was not read in time'}`);
  const before = await asked(engine, label, options.seconds);
  if (typeof before === 'string') return refuse(before);
  await sleep(options.seconds * 1000, undefined, { signal }).catch(() => undefined);
  // Looking at a node reads its counters at once.
  for (const one of labels) engine.lookAt(one);
  const end = performance.now() + sampledWithinMs;
  const newer = (view: DropsView): boolean =>
    view.nodes.every(({ label: one, until }) => {
      const old = before.nodes.find((node) => node.label === one)?.until ?? null;
      return (
        until === null || old === null || until.s - old.s + (until.ns - old.ns) / 1e9 >= options.seconds - 0.1
      );
    });
  let view = await asked(engine, label, options.seconds + sampledWithinMs / 1000);
  while (typeof view !== 'string' && !newer(view) && performance.now() < end && !signal.aborted) {
    await sleep(lookEveryMs);
    view = await asked(engine, label, options.seconds + sampledWithinMs / 1000);
  }
  if (typeof view === 'string') return refuse(view);
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ schema: 1, ...view })}\n` : dropsText(view),
  );
  return labels.length === statuses.length && view.nodes.every(({ until }) => until !== null) ? 0 : 2;
}

/** The view, or the sentence of why there is none. */
async function asked(engine: Engine, label: string | null, seconds: number): Promise<DropsView | string> {
  const answer = await engine.ask('drops.view', { label, seconds });
  return answer.ok ? answer.value : answer.failure.sentence;
}

/** What nodes said can hold escape sequences: they must not reach the operator's terminal. */
function refuse(sentence: string): number {
  process.stderr.write(`hopscope: ${plainText(sentence)}\n`);
  return 2;
}
