// `hopscope trace`: which way a packet goes and its answer back, hop by hop, with the rule behind each and what stops it.
import { Command, Option } from 'commander';
import { compareTraces } from '../../app/trace/compare.ts';
import {
  comparedTrace,
  comparedTraceSchema,
  pathDocument,
  type ComparedTrace,
} from '../../app/trace/document.ts';
import type { TraceAnswer, TraceFlow, TracePath, TraceRequest } from '../../app/trace/model.ts';
import type { Diagnosis } from '../../app/diagnose/finding.ts';
import type { Engine } from '../engine/engine.ts';
import { traceComparisonText } from './comparison-text.ts';
import { earlierDocument } from './earlier-document.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { wholeNumber } from './option-values.ts';
import { traceText } from './trace-text.ts';

const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;

interface TraceOptions extends Source {
  readonly proto: (typeof PROTOCOLS)[number];
  readonly port?: number;
  readonly size?: number;
  readonly sport?: number;
  readonly full?: boolean;
  readonly compare?: string;
  readonly json?: boolean;
}

export function traceCommand(): Command {
  const command = new Command('trace')
    .description(
      'say which way a packet goes and its answer back, hop by hop, and why; exit code 1 when it does not arrive both ways',
    )
    .argument('<FROM>', 'a Pod (NAMESPACE/NAME or NAME), a node, an address')
    .argument('<TO>', 'a Pod, a node, a Service (svc/NAMESPACE/NAME), an address');
  return withSource(command, { paste: true })
    .addOption(new Option('--proto <NAME>', 'the protocol').choices(PROTOCOLS).default('tcp'))
    .option('--port <N>', 'the destination port; left out: of a Service its first', wholeNumber(1, 65535))
    .option(
      '--sport <N>',
      'the source port: of connections that conntrack has, only the one from there',
      wholeNumber(1, 65535),
    )
    .option('--size <BYTES>', 'of the IP packet; left out: a small one', wholeNumber(28, 65535))
    .option('--full', 'tell every rule that it met, and the command that shows each step by hand')
    .option('--compare <FILE>', 'say what is another than in FILE, which --json has written before')
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (from: string, to: string, options: TraceOptions) => {
      const wanted = {
        ofNodes: true,
        whole: true,
        also: ['settings', 'firewall', 'inside'] as const,
        interrupted: 'Interrupted before everything was read.',
      };
      const earlier =
        options.compare === undefined
          ? null
          : await earlierDocument(options.compare, comparedTraceSchema, 'hopscope trace');
      process.exitCode =
        earlier?.ok === false
          ? complain(earlier.failure)
          : await withFacts(options, wanted, (facts) =>
              trace(facts, { from, to, earlier: earlier?.value ?? null }, options),
            );
    });
}

interface Question {
  readonly from: string;
  readonly to: string;
  /** Null: nothing to compare with. */
  readonly earlier: ComparedTrace | null;
}

async function trace(
  { engine, unread }: Facts,
  { from, to, earlier }: Question,
  { proto, port, size, sport, full = false, json }: TraceOptions,
): Promise<number> {
  const asked: TraceRequest = {
    from,
    to,
    proto,
    port: port ?? null,
    size: size ?? null,
    sport: sport ?? null,
  };
  const answer = await engine.trace(asked);
  if (!answer.ok) {
    for (const { node, reason } of unread) complain(`${node}: ${reason}`);
    return complain(answer.sentence);
  }
  const comparison = earlier === null ? null : compareTraces(earlier, comparedTrace(answer));
  if (json === true) {
    const document = await documentOf(answer, asked, engine);
    process.stdout.write(`${JSON.stringify(comparison === null ? document : { ...document, comparison })}\n`);
  } else
    process.stdout.write(comparison === null ? traceText(answer, full) : traceComparisonText(comparison));
  for (const { node, reason } of unread) complain(`${node}: ${reason}`);
  const forth = [...answer.paths, ...answer.flows.map(({ path }) => path)].every(arrives);
  return forth && answer.reverse?.verdict === 'delivered' ? 0 : 1;
}

function arrives({ verdict }: TracePath): boolean {
  return verdict === 'delivered';
}

type Document = Record<string, unknown>;

async function documentOf(
  answer: Extract<TraceAnswer, { ok: true }>,
  asked: TraceRequest,
  engine: Engine,
): Promise<Document> {
  const { from, to, paths, reverse, kernel, flows, missing } = answer;
  const diagnosis = await engine.ask('diagnose.run', { asked });
  return {
    schema: 1,
    from,
    to,
    predicted: paths.slice(0, 1).map(pathDocument)[0] ?? null,
    reverse: reverse === null ? null : pathDocument(reverse),
    kernelAgrees: kernel.agrees,
    findings: diagnosis.ok ? findingsOn(diagnosis.value, paths, reverse) : [],
    paths: paths.map(pathDocument),
    kernel,
    /** Connections that conntrack has. */
    flows: flows.map(flowDocument),
    missing,
  };
}

/** Of the nodes that the packet and its answer pass, and of the whole cluster. */
function findingsOn(
  { findings }: Diagnosis,
  paths: readonly TracePath[],
  reverse: TracePath | null,
): Diagnosis['findings'] {
  const all = [...paths, ...(reverse === null ? [] : [reverse])];
  const nodes = new Set(all.flatMap(({ hops }) => hops.map(({ node }) => node)));
  return findings.filter(({ where }) => where.node === null || nodes.has(where.node));
}

function flowDocument({ packet, count, differs, sentence, path, reverse }: TraceFlow): Document {
  return {
    packet,
    count,
    differs,
    sentence,
    predicted: pathDocument(path),
    reverse: reverse === null ? null : pathDocument(reverse),
    entries: path.hops.flatMap(({ node, place, steps }) =>
      steps.flatMap(({ quote, command }) =>
        quote === null ? [] : [{ node, namespace: place, command, output: quote }],
      ),
    ),
  };
}
