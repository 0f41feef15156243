// `hopscope firewall NODE`: connect, read the nodes once, say what a node's packet filters do, one chain's rules, or where the
// packets for a Service go.
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command } from 'commander';
import type { QuestionResponse } from '../../app/contract/questions.ts';
import type { TableKey } from '../../app/firewall/firewall-model.ts';
import { plainText } from '../../app/plain-text.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { commandAudit } from './audit-option.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { answerOnTerminal } from './ask.ts';
import { chainText, firewallText, servicesText } from './firewall-text.ts';
import { waitUntilSettled } from './settled.ts';

interface FirewallOptions {
  readonly cluster: string;
  readonly chain?: string;
  readonly service?: string;
  readonly json?: boolean;
}

/** Nodes that have not answered by then are given up, ms. */
const TIMEOUT_MS = 30_000;

export function firewallCommand(): Command {
  return new Command('firewall')
    .description('read the nodes once and print what a node’s packet filters do')
    .argument('<NODE>', 'the node’s label in the cluster file')
    .requiredOption('--cluster <FILE>', 'the cluster file')
    .option('--chain <NAME>', 'the rules of this chain, in every table that has it')
    .option('--service <NAME>', 'where packets for a Service go: namespace/name, an address, or address:port')
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (node: string, options: FirewallOptions) => {
      process.exitCode = await firewall(node, options);
    });
}

async function firewall(node: string, options: FirewallOptions): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  await using engine = createEngine({
    audit: commandAudit(),
    attended: isatty(0) && isatty(2),
    follow: false,
  });
  answerOnTerminal(engine, stop.signal);
  const opened = await engine.open(resolve(options.cluster), { signal: stop.signal });
  if (!opened.ok) return complain(opened.failure.sentence);
  const labels = engine.view.nodes.map(({ label }) => label);
  if (!labels.includes(node))
    return complain(`There is no node "${node}": the cluster file has ${labels.join(', ')}.`);
  await waitUntilSettled(engine, { signal: stop.signal, timeoutMs: TIMEOUT_MS, whole: true });
  const said = await answer(engine, node, options);
  stop.abort();
  if (!said.ok) return complain(said.failure);
  const { text, document, known, sentence } = said.value;
  if (sentence !== null) complain(sentence);
  if (known)
    process.stdout.write(options.json === true ? `${JSON.stringify({ schema: 1, ...document })}\n` : text);
  return known ? 0 : 2;
}

interface Said {
  readonly text: string;
  readonly document: object;
  readonly known: boolean;
  readonly sentence: string | null;
}

async function answer(
  engine: Engine,
  node: string,
  { chain, service }: FirewallOptions,
): Promise<Result<Said, string>> {
  if (service !== undefined) {
    const asked = await engine.ask('firewall.service', { node, service });
    if (!asked.ok) return fail(asked.failure.sentence);
    const [services] = asked.value;
    if (services === undefined) return fail(`${node} was not read.`);
    return ok({ ...services, text: servicesText(services), document: services });
  }
  const view = await engine.ask('firewall.view', { node, search: chain ?? '' });
  if (!view.ok) return fail(view.failure.sentence);
  if (chain === undefined || !view.value.known)
    return ok({ ...view.value, text: firewallText(view.value), document: view.value });
  const tables = view.value.tables
    .filter(({ chains }) => chains.some(({ name }) => name === chain))
    .map(({ key }) => key);
  if (tables.length === 0) return fail(`No table of ${node} has a chain "${chain}".`);
  const found = await Promise.all(tables.map((table) => oneChain(engine, node, table, chain)));
  return ok({
    known: true,
    sentence: view.value.sentence,
    text: found.map((one) => (one === null ? '' : chainText(one))).join('\n'),
    document: { node, chains: found.filter((one) => one !== null) },
  });
}

async function oneChain(
  engine: Engine,
  node: string,
  table: TableKey,
  chain: string,
): Promise<QuestionResponse<'firewall.chain'> | null> {
  const asked = await engine.ask('firewall.chain', { node, table, chain, search: '', from: 0 });
  return asked.ok ? asked.value : null;
}

/** What nodes said can hold escape sequences: they must not reach the operator's terminal. */
function complain(text: string): 2 {
  process.stderr.write(`hopscope: ${plainText(text)}\n`);
  return 2;
}
