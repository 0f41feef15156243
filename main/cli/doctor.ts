// `hopscope doctor`: what is wrong in the cluster, the likeliest root first, with what proves it and what to type.
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { Diagnosis } from '../../app/diagnose/finding.ts';
import type { Engine } from '../engine/engine.ts';
import { doctorText } from './doctor-text.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';

interface DoctorOptions extends Source {
  readonly json?: boolean;
}

/** ms between two samples of the counters: what drops now is seen. */
const apartMs = 1_000;
/** ms for what is still to come. */
const awaitedMs = 10_000;
/** ms between two looks whether it has come. */
const lookEveryMs = 200;

export function doctorCommand(): Command {
  const command = new Command('doctor').description(
    'find what is wrong: the likeliest cause first, what proves it, how to mend it; exit code 1 on an error',
  );
  return withSource(command, { paste: true })
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (options: DoctorOptions) => {
      const wanted = {
        whole: true,
        ofNodes: true,
        follow: options.paste === undefined,
        interrupted: 'Interrupted before everything was read.',
      };
      process.exitCode = await withFacts(options, wanted, (facts) => doctor(facts, options));
    });
}

async function doctor(
  { engine, signal, labels, unread, waited }: Facts,
  { json }: DoctorOptions,
): Promise<number> {
  const diagnosis = await settledDiagnosis(engine, labels, signal);
  if (typeof diagnosis === 'string') return complain(diagnosis);
  const { findings, checked, skipped, left } = diagnosis;
  process.stdout.write(
    json === true
      ? `${JSON.stringify({
          schema: 1,
          findings: findings.map(({ evidence, ...finding }) => ({
            ...finding,
            evidence: evidence.map(({ node, command, output, at }) => ({ node, command, output, at })),
          })),
          checked,
          skipped,
          left,
          notRead: unread,
        })}\n`
      : doctorText(diagnosis, labels.length - unread.length),
  );
  for (const { node, reason } of unread) complain(`${node}: ${reason}`);
  if (findings.some(({ severity }) => severity === 'error')) return 1;
  return unread.length > 0 || waited !== 'settled' ? 2 : 0;
}

/** Asks until no node's counters, filters or settings are still to come, or that takes too long. A sentence: why there is none. */
async function settledDiagnosis(
  engine: Engine,
  labels: readonly string[],
  signal: AbortSignal,
): Promise<Diagnosis | string> {
  const end = performance.now() + awaitedMs;
  const live = engine.view.paste === null;
  let sampled = -Infinity;
  if (live) engine.lookIntoPods(true);
  for (;;) {
    if (live && !lookedInto(engine, labels) && !signal.aborted && performance.now() < end) {
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    const answer = await engine.ask('diagnose.run', undefined);
    if (!answer.ok) return answer.failure.sentence;
    const waits = answer.value.awaits.length > 0 && live;
    if (!waits || signal.aborted || performance.now() > end) return answer.value;
    if (performance.now() - sampled > apartMs) {
      sampled = performance.now();
      // Looking at a node reads its counters at once.
      for (const label of labels) if (answer.value.awaits.includes(label)) engine.lookAt(label);
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Of nodes that were not read nothing comes. */
function lookedInto({ topology, view }: Engine, labels: readonly string[]): boolean {
  const read = new Set(
    view.nodes.filter(({ lastFactsAt }) => lastFactsAt !== null).map(({ label }) => label),
  );
  return labels.every((label) => !read.has(label) || topology.evidence[`${label}/insides`] !== undefined);
}
