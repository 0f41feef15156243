// `hopscope watch`: captures wherever a Pod's packets pass, for some seconds, and says what was seen where.
import { setTimeout as sleep } from 'node:timers/promises';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { CAPS } from '../../app/watch/governor.ts';
import { ok } from '../../app/result.ts';
import { nodeWarnings } from '../engine/node-warnings.ts';
import { noLimits } from '../engine/watch-limits.ts';
import { otherEnd } from '../engine/other-end.ts';
import { watchDocument } from '../engine/watch-document.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { secondsUpTo, wholeNumber } from './option-values.ts';
import { TrailLines } from './trail-lines.ts';
import { watchText } from './watch-text.ts';
import { watchedNamed } from './watched-named.ts';

interface WatchOptions extends Source {
  readonly seconds: number;
  readonly json?: boolean;
  readonly filter?: string;
  readonly export?: string;
  readonly limitPackets?: number;
  readonly limitBytes?: number;
  readonly nodePackets?: number;
  readonly to?: string;
  readonly ndjson?: boolean;
}

/** Of a number that is a limit. */
const most = 0xffffffff;
/** ms for captures to say that they run, before the seconds count: a loaded node takes that long to start tcpdump. */
const startsWithinMs = 10_000;
/** ms for Kubernetes to list what `--to` may name. */
const listedWithinMs = 15_000;
/** ms between two pictures on a terminal. */
const drawnEveryMs = 500;

export function watchCommand(): Command {
  const command = new Command('watch')
    .description('capture wherever a Pod’s packets pass, and print what was seen at which vantage point')
    .argument('<POD>', 'name or namespace/name; or NODE/INTERFACE, the host end of its cable');
  return withSource(command)
    .option('--seconds <N>', 'how long', secondsUpTo(86_400), 10)
    .option(
      '--to <TARGET>',
      'capture only what goes between the Pod and this Pod, Service (svc/NAMESPACE/NAME) or address',
    )
    .option('--json', 'print the document of schema 1')
    .option(
      '--ndjson',
      'print each packet’s trail as a line of JSON, as soon as its fate is settled; the document is the last line',
    )
    .option('--filter <EXPR>', 'a capture filter (pcap-filter(7)) instead of the Pod’s addresses')
    .option('--limit-packets <N>', 'end by itself with so many packets', wholeNumber(1, most))
    .option('--limit-bytes <N>', 'end by itself when captures have sent so much', wholeNumber(1, most))
    .option(
      '--node-packets <N>',
      `packets a second that are captured of a node at most; beyond, less is captured, and said (default: ${CAPS.packets})`,
      wholeNumber(100, most),
    )
    .option('--export <FILE>', 'write a case file with the packets')
    .exitOverride()
    .action(async (pod: string, options: WatchOptions) => {
      const wanted = {
        follow: 'everything',
        interrupted: 'Interrupted before the Pod was watched.',
      } as const;
      process.exitCode = await withFacts(options, wanted, (facts) => watch(facts, pod, options));
    });
}

async function watch({ engine, signal }: Facts, name: string, options: WatchOptions): Promise<number> {
  const missing = engine.view.nodes.flatMap((node) => {
    if (node.lastFactsAt !== null) return [];
    const said = nodeWarnings([node]);
    return said.length > 0 ? said : [`${node.label} was not read in time.`];
  });
  const pod = watchedNamed(engine.topology, name);
  if (!pod.ok) {
    // Why the list may be short: a node was not read, Kubernetes not listed.
    const unlisted = engine.inventoried ? [] : ['Kubernetes has not said yet which Pods there are.'];
    const why = new Set([...missing, ...nodeWarnings(engine.view.nodes), ...unlisted]);
    return complain([pod.failure, ...why].join('\n'));
  }
  // A Service is known once Kubernetes has listed them.
  if (options.to !== undefined) await until(() => engine.inventoryWhole, listedWithinMs, signal);
  const { to } = options;
  const lookFor = to === undefined ? null : () => otherEnd(engine, pod.value, to);
  const target = lookFor === null ? ok(null) : await lookFor();
  if (!target.ok) return complain(target.failure);
  const started = await engine.watch.start(pod.value.id, {
    expression: options.filter ?? null,
    only: lookFor,
    limits: {
      ...noLimits,
      ...(options.limitPackets === undefined ? {} : { packets: options.limitPackets }),
      ...(options.limitBytes === undefined ? {} : { bytes: options.limitBytes }),
    },
    caps: options.nodePackets === undefined ? {} : { packets: options.nodePackets },
  });
  if (!started.ok) return complain(started.failure.sentence);

  const began = (): boolean => engine.watch.view.captures.every(({ state }) => state !== 'starting');
  await until(began, startsWithinMs, signal);
  const since = performance.now();
  const elapsed = (): number => Math.round((performance.now() - since) / 100) / 10;
  const warnings = [...missing];
  const document = (exported: string | null) => {
    const { view, counts } = engine.watch;
    const { topology } = engine;
    return watchDocument({
      ...{ view, counts, topology, seconds: elapsed(), exported, warnings },
      ...{ trails: engine.watch.trailsView, to: target.value?.name ?? null },
    });
  };
  const drawing = options.json !== true && options.ndjson !== true && isatty(1);
  const lines = options.ndjson === true ? new TrailLines(engine.watch) : null;
  let drawn = 0;
  const draw = (): void => {
    const text = watchText(document(null));
    process.stdout.write(`${drawn === 0 ? '' : `\u001b[${drawn}A\u001b[0J`}${text}`);
    drawn = linesOf(text, process.stdout.columns);
  };
  const timer = drawing ? setInterval(draw, drawnEveryMs) : undefined;
  const over = (): boolean => elapsed() >= options.seconds || engine.watch.view.state === 'ended';
  const streamed = lines?.follow(over, signal);
  await until(over, options.seconds * 1000, signal);
  clearInterval(timer);
  await streamed;

  let exported: string | null = null;
  if (options.export !== undefined) {
    const file = resolve(options.export);
    // Ctrl-C ends the watch, not the saving of what there is.
    const wrote = await engine.exportCase(file, { payload: false, signal: new AbortController().signal });
    if (wrote.ok) exported = file;
    else warnings.push(wrote.failure.sentence);
  }
  // While the captures are as they were; what waits for its fate is settled by their end.
  const { captures } = document(exported);
  await engine.watch.stop();
  await lines?.write();
  const result = { ...document(exported), captures };
  if (drawing && drawn > 0) process.stdout.write(`\u001b[${drawn}A\u001b[0J`);
  const isJson = options.json === true || options.ndjson === true;
  process.stdout.write(isJson ? `${JSON.stringify(result)}\n` : watchText(result));
  const whole = result.captures.length > 0 && result.captures.every(({ ran }) => ran);
  const saved = options.export === undefined || exported !== null;
  return whole && saved && missing.length === 0 ? 0 : 2;
}

async function until(holds: () => boolean, withinMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds() && performance.now() < end && !signal.aborted)
    await sleep(50, undefined, { signal }).catch(() => undefined);
}

/** Rows that the text takes on the terminal, long lines wrapped. */
function linesOf(text: string, columns: number): number {
  return text
    .split('\n')
    .slice(0, -1)
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / (columns || 80))), 0);
}
