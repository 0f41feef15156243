// `hopscope etcd`: what etcd holds, key by key, and Calico's values; with the command that reads the same by hand.
import { Command } from 'commander';
import type { EtcdKeys } from '../../app/contract/etcd.ts';
import { plainText } from '../../app/plain-text.ts';
import type { Engine } from '../engine/engine.ts';
import { complain, withFacts, withSource, type Source } from './facts.ts';
import { wholeNumber } from './option-values.ts';

interface EtcdOptions extends Source {
  readonly node?: string;
  readonly value?: boolean;
  readonly json?: boolean;
  readonly limit: number;
}

export function etcdCommand(): Command {
  const command = new Command('etcd')
    .description('list the keys of the cluster’s etcd, read-only; with --value the JSON of one of Calico’s')
    .argument('[PREFIX]', 'keys that begin with this (with --value: the key)', '/');
  return withSource(command)
    .option('--node <NAME>', 'the node to look on (found by itself)')
    .option('--value', 'print the value of the key PREFIX')
    .option('--json', 'print a document of schema 1')
    .option('--limit <N>', 'stop after this many keys', wholeNumber(1, 1_000_000), 10_000)
    .exitOverride()
    .action(async (prefix: string, options: EtcdOptions) => {
      const wanted = { node: options.node ?? null, interrupted: 'Interrupted before etcd was asked.' };
      process.exitCode = await withFacts(options, wanted, ({ engine }) =>
        options.value === true ? value(engine, prefix, options) : keys(engine, prefix, options),
      );
    });
}

async function keys(engine: Engine, prefix: string, { node, json, limit }: FoundOptions): Promise<number> {
  const first = await engine.etcd.keys({ node: node ?? null, prefix, from: null });
  if (!first.ok) return refuse(first.sentence, first.command);
  const { count, command, typed, endpoint, foundIn, node: on } = first;
  const listed = [...first.keys];
  let { next, unread } = first;
  while (next !== null && listed.length < limit) {
    const page: EtcdKeys = await engine.etcd.keys({ node: on, prefix, from: next });
    if (!page.ok) return refuse(page.sentence, page.command);
    listed.push(...page.keys);
    unread += page.unread;
    next = page.next;
  }
  const shown = listed.slice(0, limit);
  if (json === true) {
    const document = { schema: 1, node: on, endpoint, foundIn, command, prefix, count, unread, keys: shown };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    process.stdout.write(shown.map(({ key }) => `${plainText(key)}\n`).join(''));
    note(`${shown.length} of ${count} keys, from ${endpoint} (${foundIn}); on ${on}: ${typed}`);
  }
  if (unread > 0) note(`${unread} keys are no text or too long, and not shown.`);
  return 0;
}

async function value(engine: Engine, key: string, { node, json }: FoundOptions): Promise<number> {
  // Where the keys are, the value is.
  const where = node === undefined ? await engine.etcd.keys({ node: null, prefix: key, from: null }) : null;
  if (where !== null && !where.ok) return refuse(where.sentence, where.command);
  const on = where?.node ?? node ?? '';
  const answer = await engine.etcd.value(on, key);
  if (!answer.ok) return refuse(answer.sentence, answer.command);
  if (json === true) {
    const document = {
      schema: 1,
      node: on,
      command: answer.command,
      key,
      value: JSON.parse(answer.json) as unknown,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    process.stdout.write(`${answer.json.split('\n').map(plainText).join('\n')}\n`);
    note(`on ${on}: ${answer.command}`);
  }
  return 0;
}

type FoundOptions = Pick<EtcdOptions, 'json' | 'limit'> & { readonly node?: string };

function refuse(sentence: string, command: string | null): number {
  return complain(command === null ? sentence : `${sentence} (the command was: ${command})`);
}

function note(text: string): void {
  process.stderr.write(`# ${plainText(text)}\n`);
}
