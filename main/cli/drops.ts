// `hopscope drops`: for some seconds, what nodes and their Pods dropped and why, from counters alone.
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { DropsView } from '../../app/contract/drops-view.ts';
import type { Engine } from '../engine/engine.ts';
import { dropsText } from './drops-text.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { secondsUpTo } from './option-values.ts';

interface DropsOptions extends Source {
  readonly all?: boolean;
  readonly seconds: number;
  readonly json?: boolean;
}

/** ms for the last sample. */
const sampledWithinMs = 10_000;
/** ms between two looks whether it has come. */
const lookEveryMs = 50;

export function dropsCommand(): Command {
  const command = new Command('drops')
    .description('print what nodes and their Pods drop, and why, from counters alone')
    .argument('[NODE]', 'label of one node')
    .option('--all', 'every node');
  return withSource(command)
    .option('--seconds <N>', 'how long', secondsUpTo(600), 10)
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (named: string | undefined, options: DropsOptions) => {
      const node = named ?? null;
      const wanted = {
        node,
        follow: 'everything',
        interrupted: 'Interrupted before anything was counted.',
      } as const;
      process.exitCode =
        (node === null) === (options.all === true)
          ? await withFacts(options, wanted, (facts) => drops(facts, node, options))
          : complain('Name one node, or say --all.');
    });
}

async function drops(
  { engine, signal, labels: all, unread, costs }: Facts,
  label: string | null,
  options: DropsOptions,
): Promise<number> {
  const wanted = all.filter((one) => label === null || one === label);
  const lost = unread.filter(({ node }) => wanted.includes(node));
  const labels = wanted.filter((one) => !lost.some(({ node }) => node === one));
  for (const { node, reason } of lost) complain(`${node}: ${reason}`);
  const before = await asked(engine, label, options.seconds);
  if (typeof before === 'string') return complain(before);
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
  if (typeof view === 'string') return complain(view);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ schema: 1, ...view, cost: await costs() })}\n`
      : dropsText(view),
  );
  return lost.length === 0 && view.nodes.every(({ until }) => until !== null) ? 0 : 2;
}

/** The view, or the sentence of why there is none. */
async function asked(engine: Engine, label: string | null, seconds: number): Promise<DropsView | string> {
  const answer = await engine.ask('drops.view', { label, seconds });
  return answer.ok ? answer.value : answer.failure.sentence;
}
