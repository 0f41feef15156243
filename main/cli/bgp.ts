// `hopscope bgp`: read every node once, say how each BGP session stands from both its sides.
import { Command } from 'commander';
import { MOST_ASKED, readPrefixes } from './bgp-prefixes.ts';
import { bgpText } from './bgp-text.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';

interface BgpOptions extends Source {
  readonly json?: boolean;
  readonly prefixes?: boolean;
}

export function bgpCommand(): Command {
  const command = new Command('bgp').description(
    'read every node once and print every BGP session from both its sides; exit code 1 when one is not up',
  );
  return withSource(command, { paste: true })
    .option(
      '--prefixes',
      'also ask both sides of each session what they advertise, took, refused and installed',
    )
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (options: BgpOptions) => {
      // Whether there is to be a mesh is among what comes last.
      process.exitCode = await withFacts(options, { whole: true, ofNodes: true }, (facts) =>
        bgp(facts, options),
      );
    });
}

async function bgp(
  { engine, waited, unread, costs }: Facts,
  { json, prefixes }: BgpOptions,
): Promise<number> {
  const answer = await engine.ask('bgp.matrix', undefined);
  if (!answer.ok) return complain(answer.failure.sentence);
  const matrix = answer.value;
  const exchanges = prefixes === true ? await readPrefixes(engine, matrix.pairs) : null;
  const more = exchanges === null ? {} : { prefixes: Object.fromEntries(exchanges) };
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ schema: 1, ...matrix, ...more, notRead: unread, cost: await costs() })}\n`
      : bgpText(matrix, exchanges),
  );
  if (exchanges !== null && matrix.pairs.length > MOST_ASKED)
    complain(`Prefixes were asked of the first ${MOST_ASKED} sessions only, of ${matrix.pairs.length}.`);
  for (const { node, reason } of unread) complain(`${node}: ${reason}`);
  if (waited === 'interrupted')
    complain('Interrupted before everything was read: what is missing is unknown.');
  if (matrix.wrong > 0) return 1;
  const silent = matrix.nodes.filter(({ state }) => state === 'unknown' || state === 'not-permitted');
  // No session is nothing wrong only where somebody said that there is none.
  if (matrix.pairs.length === 0 && silent.length > 0) {
    const names = silent.map(({ label }) => label).join(', ');
    return complain(
      engine.view.paste === null
        ? `What BIRD does on ${names} is not known: whether there are sessions, nobody said.`
        : `Nothing of BGP on ${names} was pasted: paste what “calicoctl node status” or “birdcl show protocols all” prints there.`,
    );
  }
  return unread.length > 0 || waited !== 'settled' ? 2 : 0;
}
