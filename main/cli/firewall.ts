// `hopscope firewall NODE`: what a node's packet filters do, one chain's rules, or where the packets for a Service go.
import { Command } from 'commander';
import type { QuestionResponse } from '../../app/contract/questions.ts';
import type { TableKey } from '../../app/firewall/firewall-model.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { Engine } from '../engine/engine.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { chainText, firewallText, servicesText } from './firewall-text.ts';

interface FirewallOptions extends Source {
  readonly chain?: string;
  readonly service?: string;
  readonly json?: boolean;
}

export function firewallCommand(): Command {
  const command = new Command('firewall')
    .description('read the nodes once and print what a node’s packet filters do')
    .argument('<NODE>', 'the node’s name');
  return withSource(command, { paste: true })
    .option('--chain <NAME>', 'the rules of this chain, in every table that has it')
    .option('--service <NAME>', 'where packets for a Service go: namespace/name, an address, or address:port')
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (node: string, options: FirewallOptions) => {
      const wanted = {
        node,
        whole: true,
        also: ['firewall'] as const,
        interrupted: 'Interrupted before the packet filters were read.',
      };
      process.exitCode = await withFacts(options, wanted, (facts) => firewall(facts, node, options));
    });
}

async function firewall(
  { engine, unread, costs }: Facts,
  node: string,
  options: FirewallOptions,
): Promise<number> {
  const reason = unread.find((one) => one.node === node)?.reason;
  if (reason !== undefined) return complain(`${node}: ${reason}`);
  const said = await answer(engine, node, options);
  if (!said.ok) return complain(said.failure);
  const { text, document, known, sentence } = said.value;
  if (sentence !== null) complain(sentence);
  if (known)
    process.stdout.write(
      options.json === true ? `${JSON.stringify({ schema: 1, ...document, cost: await costs() })}\n` : text,
    );
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
