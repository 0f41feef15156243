// `hopscope discover`: connect, read every node once, say what is there, leave nothing behind.
import { Command } from 'commander';
import { discoverDocument } from '../engine/discover-document.ts';
import { nodeWarnings } from '../engine/node-warnings.ts';
import { pastedDocument } from './discover-paste.ts';
import { discoverText } from './discover-text.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { pasteText } from './paste-text.ts';

interface DiscoverOptions extends Source {
  readonly json?: boolean;
}

export function discoverCommand(): Command {
  const command = new Command('discover').description(
    'read every node once and print nodes, interfaces, routes, BGP sessions and Pods',
  );
  return withSource(command, { paste: true })
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (options: DiscoverOptions) => {
      process.exitCode = await withFacts(options, {}, (facts) =>
        options.paste === undefined ? discover(facts, options) : discoverPasted(facts, options),
      );
    });
}

async function discoverPasted({ engine }: Facts, { json }: DiscoverOptions): Promise<number> {
  const document = pastedDocument(engine);
  process.stdout.write(
    json === true ? `${JSON.stringify(document)}\n` : discoverText(document) + pasteText(document),
  );
  return Promise.resolve(0);
}

async function discover(facts: Facts, { json, timeout }: DiscoverOptions): Promise<number> {
  const { engine, waited, unread } = facts;
  const statuses = engine.view.nodes;
  const notHad = missing(facts, timeout);
  const document = discoverDocument(engine.topology, [...nodeWarnings(statuses), ...notHad]);
  process.stdout.write(json === true ? `${JSON.stringify(document)}\n` : discoverText(document));
  for (const { node, reason } of unread) {
    complain(`${node}: ${reason}`);
    const detail = statuses.find(({ label }) => label === node)?.detail ?? null;
    if (detail !== null) complain(`  ${detail}`);
  }
  for (const sentence of notHad) complain(sentence);
  return Promise.resolve(unread.length > 0 || !engine.inventoried || waited !== 'settled' ? 2 : 0);
}

/** What is not in the document, beside the nodes that say so themselves. */
function missing({ waited, engine, unread }: Facts, timeout: number): string[] {
  if (waited === 'interrupted')
    return ['Interrupted before everything was read: what is missing is unknown.'];
  if (engine.inventoried) return [];
  // A node that could not be read has told why; Kubernetes was not asked through it.
  if (waited === 'late' && unread.length === 0)
    return [`Kubernetes has not answered within ${timeout} s: Pods have no names.`];
  return ['Kubernetes was not read: Pods have no names.'];
}
