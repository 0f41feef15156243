// `hopscope bgp`: connect, read every node once, say how each BGP session stands from both its sides.
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import { plainText } from '../../app/plain-text.ts';
import { commandAudit } from './audit-option.ts';
import { createEngine } from '../engine/create-engine.ts';
import { answerOnTerminal } from './ask.ts';
import { bgpText } from './bgp-text.ts';
import { waitUntilSettled } from './settled.ts';

interface BgpOptions {
  readonly cluster: string;
  readonly json?: boolean;
  readonly timeout: number;
}

export function bgpCommand(): Command {
  return new Command('bgp')
    .description(
      'read every node once and print every BGP session from both its sides; exit code 1 when one is not up',
    )
    .requiredOption('--cluster <FILE>', 'the cluster file')
    .option('--json', 'print the document of schema 1')
    .option('--timeout <SECONDS>', 'give up on nodes that have not answered by then', seconds, 30)
    .exitOverride()
    .action(async (options: BgpOptions) => {
      process.exitCode = await bgp(options);
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 3600)) throw new InvalidArgumentError('It takes 1 to 3600 seconds.');
  return value;
}

async function bgp({ cluster, json, timeout }: BgpOptions): Promise<number> {
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
  if (!opened.ok) {
    complain(opened.failure.sentence);
    return 2;
  }
  const waited = await waitUntilSettled(engine, { signal: stop.signal, timeoutMs: timeout * 1000 });
  const unread = engine.view.nodes.filter((node) => node.lastFactsAt === null);
  const answer = await engine.ask('bgp.matrix', undefined);
  stop.abort();
  if (!answer.ok) {
    complain(answer.failure.sentence);
    return 2;
  }
  const matrix = answer.value;
  const notRead = unread.map(({ label, sentence, limits }) => ({
    node: label,
    reason:
      sentence ?? limits[0] ?? (waited === 'late' ? `no answer within ${timeout} s` : 'it was not read'),
  }));
  process.stdout.write(
    json === true ? `${JSON.stringify({ schema: 1, ...matrix, notRead })}\n` : bgpText(matrix),
  );
  for (const { node, reason } of notRead) complain(`${node}: ${reason}`);
  if (waited === 'interrupted')
    complain('Interrupted before everything was read: what is missing is unknown.');
  if (matrix.wrong > 0) return 1;
  return unread.length > 0 || waited !== 'settled' ? 2 : 0;
}

/** What nodes said can hold escape sequences: they must not reach the operator's terminal. */
function complain(text: string): void {
  process.stderr.write(`hopscope: ${plainText(text)}\n`);
}
