// `hopscope route`: where an address goes from a node, by which rule and route, and why every other route loses.
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError, Option } from 'commander';
import { plainText } from '../../app/plain-text.ts';
import type { RouteExplainRequest } from '../../app/route/explanation.ts';
import { commandAudit } from './audit-option.ts';
import { createEngine } from '../engine/create-engine.ts';
import { answerOnTerminal } from './ask.ts';
import { routeLines } from './route-text.ts';
import { waitUntilSettled } from './settled.ts';

const PROTOCOLS = ['tcp', 'udp', 'icmp', 'sctp'] as const;

interface RouteOptions {
  readonly cluster: string;
  readonly from?: string;
  readonly iif?: string;
  readonly mark: number;
  readonly proto?: (typeof PROTOCOLS)[number];
  readonly sport: number;
  readonly port: number;
  readonly json?: boolean;
  readonly timeout: number;
}

export function routeCommand(): Command {
  return new Command('route')
    .description(
      'say where an address goes from a node, by which rule and route, and why the others lose; exit code 1 when it goes nowhere',
    )
    .argument('<NODE>', 'the node’s label in the cluster file')
    .argument('<ADDRESS>', 'the destination')
    .requiredOption('--cluster <FILE>', 'the cluster file')
    .option('--from <ADDRESS>', 'the source')
    .option('--iif <DEVICE>', 'the device it comes in by; left out: the node sends it itself')
    .option('--mark <MARK>', 'the firewall mark, decimal or 0x…', number(0xffffffff), 0)
    .addOption(new Option('--proto <NAME>', 'the protocol, for rules that ask for it').choices(PROTOCOLS))
    .option('--sport <N>', 'the source port', number(65535), 0)
    .option('--port <N>', 'the destination port', number(65535), 0)
    .option('--json', 'print the document of schema 1')
    .option('--timeout <SECONDS>', 'give up on nodes that have not answered by then', number(3600), 30)
    .exitOverride()
    .action(async (node: string, address: string, options: RouteOptions) => {
      process.exitCode = await route(node, address, options);
    });
}

function number(most: number): (text: string) => number {
  return (text) => {
    const value = /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : NaN;
    if (!(value <= most)) throw new InvalidArgumentError(`It takes a number from 0 to ${most}.`);
    return value;
  };
}

async function route(node: string, address: string, options: RouteOptions): Promise<number> {
  const { cluster, from, iif, mark, proto, sport, port, json, timeout } = options;
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  await using engine = createEngine({
    audit: commandAudit(),
    attended: isatty(0) && isatty(2),
    follow: false,
  });
  answerOnTerminal(engine, stop.signal);
  const opened = await engine.open(resolve(cluster), { signal: stop.signal });
  if (!opened.ok) return complain(opened.failure.sentence);
  const status = engine.view.nodes.find(({ label }) => label === node);
  if (status === undefined) {
    const labels = engine.view.nodes.map(({ label }) => label).join(', ');
    return complain(`No node is called ${node} in this cluster file; there are: ${labels}.`);
  }
  await waitUntilSettled(engine, { signal: stop.signal, timeoutMs: timeout * 1000, whole: true });
  const read = engine.view.nodes.find(({ label }) => label === node);
  if (read === undefined || read.lastFactsAt === null)
    return complain(`${node}: ${read?.sentence ?? read?.limits[0] ?? `no answer within ${timeout} s`}`);
  const asked: RouteExplainRequest = {
    at: node,
    destination: address,
    source: from ?? null,
    iif: iif ?? null,
    mark,
    proto: proto ?? null,
    sport,
    dport: port,
  };
  const answer = await engine.ask('route.explain', asked);
  if (!answer.ok) return complain(answer.failure.sentence);
  if (!answer.value.ok) return complain(answer.value.sentence);
  const explanation = answer.value;
  const key = explanation.route?.key;
  const behind =
    key === undefined ? null : await engine.ask('route.provenance', { at: explanation.netnsId, route: key });
  stop.abort();
  const provenance = behind?.ok === true && behind.value.ok ? behind.value : null;
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ schema: 1, asked, explanation, provenance })}\n`
      : routeLines(explanation, provenance),
  );
  return explanation.verdict === 'forwarded' || explanation.verdict === 'local' ? 0 : 1;
}

/** What nodes said can hold escape sequences: they must not reach the operator's terminal. */
function complain(text: string): 2 {
  process.stderr.write(`hopscope: ${plainText(text)}\n`);
  return 2;
}
