// `hopscope trace`: which way a packet goes and its answer back, hop by hop, with the rule behind each and what stops it.
import { Command, Option } from 'commander';
import type { TraceAnswer, TraceFlow, TraceHop, TracePath, TraceRequest } from '../../app/trace/model.ts';
import type { Diagnosis } from '../../app/diagnose/finding.ts';
import type { Engine } from '../engine/engine.ts';
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
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (from: string, to: string, options: TraceOptions) => {
      const wanted = {
        ofNodes: true,
        whole: true,
        also: ['settings', 'firewall', 'inside'] as const,
        interrupted: 'Interrupted before everything was read.',
      };
      process.exitCode = await withFacts(options, wanted, (facts) => trace(facts, from, to, options));
    });
}

async function trace(
  { engine, unread }: Facts,
  from: string,
  to: string,
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
  if (json === true) process.stdout.write(`${JSON.stringify(await documentOf(answer, asked, engine))}\n`);
  else process.stdout.write(traceText(answer, full));
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

function pathDocument({ verdict, sentence, hops, stopsAt, mtu, share, endpoint }: TracePath): Document {
  return {
    verdict,
    hops: hops.map(hopDocument),
    stopsAt:
      stopsAt === null ? null : { node: stopsAt.node, interface: stopsAt.interface, reason: stopsAt.reason },
    mtu,
    sentence,
    share,
    endpoint,
  };
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

function hopDocument({
  node,
  place,
  ingress,
  egress,
  action,
  nextHop,
  route,
  because,
  evidence,
  packet,
  steps,
}: TraceHop): Document {
  return {
    node,
    namespace: place,
    ingress,
    egress,
    action,
    nextHop,
    route:
      route === null
        ? null
        : { dst: route.dst, proto: route.proto, owner: route.owner, rule: route.rule, text: route.text },
    because,
    evidence,
    packet,
    steps,
  };
}
