// `hopscope what-if`: whose packets would lose their way, or take another, if a link, a BGP session or a node failed. Nothing is touched.
import { Command, InvalidArgumentError } from 'commander';
import type { Failure } from '../../app/diagnose/what-if/model.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { whatIfText } from './what-if-text.ts';

interface NamedPart {
  readonly node: string;
  readonly part: string;
}

interface WhatIfOptions extends Source {
  readonly link?: NamedPart;
  readonly session?: NamedPart;
  readonly node?: string;
  readonly json?: boolean;
}

export function whatIfCommand(): Command {
  const command = new Command('what-if').description(
    'say which Pods would lose their path if something failed, in the model alone; exit code 1 when any would',
  );
  return withSource(command, { paste: true })
    .option('--link <NODE:DEV>', 'an interface of a node goes down', partOf('NODE:DEV'))
    .option('--session <NODE:PEER>', 'a BGP session ends; PEER: a node or an address', partOf('NODE:PEER'))
    .option('--node <NODE>', 'a node is gone')
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .hook('preAction', (_, asked) => {
      const { link, session, node } = asked.opts<WhatIfOptions>();
      if ([link, session, node].filter((one) => one !== undefined).length !== 1)
        asked.error('Say one thing that fails: --link NODE:DEV, --session NODE:PEER or --node NODE.', {
          exitCode: 2,
        });
    })
    .action(async (options: WhatIfOptions) => {
      const wanted = {
        ofNodes: true,
        whole: true,
        also: ['settings', 'firewall'] as const,
        interrupted: 'Interrupted before everything was read.',
      };
      process.exitCode = await withFacts(options, wanted, (facts) => whatIf(facts, options));
    });
}

/** The first colon parts them: addresses of IPv6 and names of devices have some, nodes none. */
function partOf(shape: string): (text: string) => NamedPart {
  return (text) => {
    const [, node, part] = /^([^:]{1,255}):(.{1,512})$/s.exec(text) ?? [];
    if (node === undefined || part === undefined) throw new InvalidArgumentError(`It takes ${shape}.`);
    return { node, part };
  };
}

function failureOf({ link, session, node = '' }: WhatIfOptions): Failure {
  if (link !== undefined) return { kind: 'link', node: link.node, device: link.part };
  if (session !== undefined) return { kind: 'session', node: session.node, peer: session.part };
  return { kind: 'node', node };
}

async function whatIf({ engine, unread }: Facts, options: WhatIfOptions): Promise<number> {
  const asked = await engine.ask('whatIf.run', { fails: failureOf(options) });
  for (const { node, reason } of unread) complain(`${node}: ${reason}`);
  if (!asked.ok) return complain(asked.failure.sentence);
  const answer = asked.value;
  if (!answer.ok) return complain(answer.sentence);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ schema: 1, ...answer, ok: undefined })}\n`
      : whatIfText(answer),
  );
  return answer.lost.length > 0 ? 1 : 0;
}
