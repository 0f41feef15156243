// `hopscope discover`: connect, read every node once, say what is there, leave nothing behind.
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import { plainText } from '../../app/plain-text.ts';
import type { DiscoverDocument } from '../../app/contract/discover-document.ts';
import { commandAudit } from './audit-option.ts';
import { createEngine } from '../engine/create-engine.ts';
import { discoverDocument } from '../engine/discover-document.ts';
import type { Engine } from '../engine/engine.ts';
import { nodeWarnings } from '../engine/node-warnings.ts';
import { answerOnTerminal } from './ask.ts';
import { pastedDocument } from './discover-paste.ts';
import { discoverText } from './discover-text.ts';
import { pasteText } from './paste-text.ts';
import { waitUntilSettled, type Waited } from './settled.ts';

export function discoverCommand(): Command {
  return new Command('discover')
    .description('read every node once and print nodes, interfaces, routes, BGP sessions and Pods')
    .option('--cluster <FILE>', 'the cluster file')
    .option(
      '--paste <PATH...>',
      'folders or files of pasted output, instead of a cluster file: nothing is connected to',
    )
    .option('--json', 'print the document of schema 1')
    .option('--timeout <SECONDS>', 'give up on nodes that have not answered by then', seconds, 30)
    .exitOverride()
    .action(async ({ cluster, paste, json, timeout }: DiscoverOptions, command: Command) => {
      if ((cluster === undefined) === (paste === undefined))
        command.error('Give either --cluster FILE or --paste PATH: where the facts come from.', {
          exitCode: 2,
        });
      else if (paste !== undefined) process.exitCode = await discoverPasted(paste, json === true);
      else if (cluster !== undefined)
        process.exitCode = await discover(resolve(cluster), json === true, timeout * 1000);
    });
}

interface DiscoverOptions {
  readonly cluster?: string;
  readonly paste?: readonly string[];
  readonly json?: boolean;
  readonly timeout: number;
}

async function discoverPasted(paths: readonly string[], json: boolean): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  const document = await pastedDocument(paths, { signal: stop.signal });
  if (!document.ok) {
    complain(document.failure.sentence);
    return 2;
  }
  process.stdout.write(
    json ? `${JSON.stringify(document.value)}\n` : discoverText(document.value) + pasteText(document.value),
  );
  return 0;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 3600)) throw new InvalidArgumentError('It takes 1 to 3600 seconds.');
  return value;
}

async function discover(file: string, json: boolean, timeoutMs: number): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  await using engine = createEngine({
    audit: commandAudit(),
    attended: isatty(0) && isatty(2),
    follow: false,
  });
  answerOnTerminal(engine, stop.signal);
  const opened = await engine.open(file, { signal: stop.signal });
  if (!opened.ok) {
    complain(opened.failure.sentence);
    return 2;
  }
  const waited = await waitUntilSettled(engine, { signal: stop.signal, timeoutMs });
  const statuses = engine.view.nodes;
  const unread = statuses.filter((node) => node.lastFactsAt === null);
  const notHad = missing(waited, engine, unread.length, timeoutMs / 1000);
  const document = discoverDocument(engine.topology, [...nodeWarnings(statuses), ...notHad]);
  stop.abort();
  process.stdout.write(
    json ? `${JSON.stringify(document)}\n` : discoverText(document satisfies DiscoverDocument),
  );
  for (const node of unread) {
    const reason =
      node.sentence ??
      node.limits[0] ??
      (waited === 'late' ? `no answer within ${timeoutMs / 1000} s` : 'it was not read');
    complain(`${node.label}: ${reason}`);
    if (node.detail !== null) complain(`  ${node.detail}`);
  }
  for (const sentence of notHad) complain(sentence);
  return unread.length > 0 || !engine.inventoried || waited !== 'settled' ? 2 : 0;
}

/** What is not in the document, beside the nodes that say so themselves. */
function missing(waited: Waited, engine: Engine, unread: number, seconds: number): string[] {
  if (waited === 'interrupted')
    return ['Interrupted before everything was read: what is missing is unknown.'];
  if (engine.inventoried) return [];
  // A node that could not be read has told why; Kubernetes was not asked through it.
  if (waited === 'late' && unread === 0)
    return [`Kubernetes has not answered within ${seconds} s: Pods have no names.`];
  return ['Kubernetes was not read: Pods have no names.'];
}

/** What nodes said can hold escape sequences: they must not reach the operator's terminal. */
function complain(text: string): void {
  process.stderr.write(`hopscope: ${plainText(text)}\n`);
}
