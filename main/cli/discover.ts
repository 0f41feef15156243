// `hopscope discover`: connect, read every node once, say what is there, leave nothing behind.
import { Command } from 'commander';
import type { DiscoverDocument } from '../../app/contract/discover-document.ts';
import { discoverDocument } from '../engine/discover-document.ts';
import type { Engine } from '../engine/engine.ts';
import { nodeWarnings } from '../engine/node-warnings.ts';
import { pastedDocument } from './discover-paste.ts';
import { discoverText } from './discover-text.ts';
import { inventoryText } from './inventory-text.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { costSummary } from './node-costs.ts';
import { pasteText } from './paste-text.ts';

interface DiscoverOptions extends Source {
  readonly json?: boolean;
  readonly inventory?: boolean;
}

export function discoverCommand(): Command {
  const command = new Command('discover').description(
    'read every node once and print nodes, interfaces, routes, BGP sessions and Pods',
  );
  return withSource(command, { paste: true })
    .option(
      '--inventory',
      'wait until all that Kubernetes is asked for is listed, and print how each list stands',
    )
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (options: DiscoverOptions) => {
      process.exitCode = await withFacts(options, { whole: options.inventory === true }, (facts) =>
        options.paste === undefined ? discover(facts, options) : discoverPasted(facts, options),
      );
    });
}

async function discoverPasted({ engine }: Facts, { json }: DiscoverOptions): Promise<number> {
  const document = { ...pastedDocument(engine), ...(await inventoryOf(engine)) };
  process.stdout.write(
    json === true
      ? `${JSON.stringify(document)}\n`
      : discoverText(document) + pastedInventory(document) + pasteText(document),
  );
  return 0;
}

/** Nothing where the session has ended meanwhile. */
async function inventoryOf(engine: Engine): Promise<Pick<DiscoverDocument, 'inventory'>> {
  const view = await engine.ask('inventory.view', undefined);
  return view.ok ? { inventory: view.value } : {};
}

/** What nobody pasted is no trouble, and every kind that was is told. */
function pastedInventory({ inventory }: DiscoverDocument): string {
  const kinds = inventory?.kinds.filter(({ state }) => state !== 'unread') ?? [];
  return kinds.length === 0 ? '' : inventoryText({ sentence: null, kinds }, true);
}

async function discover(facts: Facts, { json, timeout, inventory }: DiscoverOptions): Promise<number> {
  const { engine, waited, unread, costs } = facts;
  const statuses = engine.view.nodes;
  const notHad = missing(facts, timeout);
  const told = await inventoryOf(engine);
  const cost = [...(await costs())];
  const document = {
    ...discoverDocument(engine.topology, [...nodeWarnings(statuses), ...notHad]),
    ...told,
    cost,
  };
  process.stdout.write(
    json === true
      ? `${JSON.stringify(document)}\n`
      : discoverText(document) +
          (document.inventory === undefined ? '' : inventoryText(document.inventory, inventory === true)) +
          costSummary(cost),
  );
  for (const { node, reason } of unread) {
    complain(`${node}: ${reason}`);
    const detail = statuses.find(({ label }) => label === node)?.detail ?? null;
    if (detail !== null) complain(`  ${detail}`);
  }
  for (const sentence of notHad) complain(sentence);
  return unread.length > 0 || !engine.inventoried || waited !== 'settled' ? 2 : 0;
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
