// `hopscope etcd`: what etcd holds, key by key, and Calico's values; with the command that reads the same by hand.
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import type { EtcdKeys } from '../../app/contract/etcd.ts';
import { plainText } from '../../app/plain-text.ts';
import { commandAudit } from './audit-option.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { answerOnTerminal } from './ask.ts';
import { waitUntilSettled } from './settled.ts';

interface EtcdOptions {
  readonly cluster: string;
  readonly node?: string;
  readonly value?: boolean;
  readonly json?: boolean;
  readonly limit: number;
  readonly timeout: number;
}

export function etcdCommand(): Command {
  return new Command('etcd')
    .description('list the keys of the cluster’s etcd, read-only; with --value the JSON of one of Calico’s')
    .argument('[PREFIX]', 'keys that begin with this (with --value: the key)', '/')
    .requiredOption('--cluster <FILE>', 'the cluster file')
    .option('--node <NAME>', 'the node to look on (found by itself)')
    .option('--value', 'print the value of the key PREFIX')
    .option('--json', 'print a document of schema 1')
    .option('--limit <N>', 'stop after this many keys', wholeNumber(1_000_000), 10_000)
    .option('--timeout <SECONDS>', 'give up on nodes that have not answered by then', wholeNumber(3600), 30)
    .exitOverride()
    .action(async (prefix: string, options: EtcdOptions) => {
      process.exitCode = await etcd(prefix, options);
    });
}

function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new InvalidArgumentError(`It takes 1 to ${most}.`);
    return value;
  };
}

async function etcd(prefix: string, options: EtcdOptions): Promise<number> {
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
  if (!opened.ok) {
    complain(opened.failure.sentence);
    return 2;
  }
  await waitUntilSettled(engine, { signal: stop.signal, timeoutMs: options.timeout * 1000 });
  const code =
    options.value === true ? await value(engine, prefix, options) : await keys(engine, prefix, options);
  stop.abort();
  return code;
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
  complain(command === null ? sentence : `${sentence} (the command was: ${command})`);
  return 2;
}

function note(text: string): void {
  process.stderr.write(`# ${plainText(text)}\n`);
}

/** What nodes said can hold escape sequences: they must not reach the operator's terminal. */
function complain(text: string): void {
  process.stderr.write(`hopscope: ${plainText(text)}\n`);
}
