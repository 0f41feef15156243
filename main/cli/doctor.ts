// `hopscope doctor`: what is wrong in the cluster, the likeliest root first, with what proves it and what to type.
import { Command } from 'commander';
import { doctorText } from './doctor-text.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';

interface DoctorOptions extends Source {
  readonly json?: boolean;
}

export function doctorCommand(): Command {
  const command = new Command('doctor').description(
    'find what is wrong: the likeliest cause first, what proves it, how to mend it; exit code 1 on an error',
  );
  return withSource(command, { paste: true })
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (options: DoctorOptions) => {
      const wanted = {
        whole: true,
        ofNodes: true,
        follow: options.paste === undefined,
        interrupted: 'Interrupted before everything was read.',
      };
      process.exitCode = await withFacts(options, wanted, (facts) => doctor(facts, options));
    });
}

async function doctor(
  { engine, signal, labels, unread, waited }: Facts,
  { json }: DoctorOptions,
): Promise<number> {
  const answer = await engine.diagnose({ signal });
  if (!answer.ok) return complain(answer.failure.sentence);
  const { diagnosis } = answer.value;
  const { findings, checked, skipped, left } = diagnosis;
  process.stdout.write(
    json === true
      ? `${JSON.stringify({
          schema: 1,
          findings: findings.map(({ evidence, ...finding }) => ({
            ...finding,
            evidence: evidence.map(({ node, command, output, at }) => ({ node, command, output, at })),
          })),
          checked,
          skipped,
          left,
          notRead: unread,
        })}\n`
      : doctorText(diagnosis, labels.length - unread.length),
  );
  for (const { node, reason } of unread) complain(`${node}: ${reason}`);
  if (findings.some(({ severity }) => severity === 'error')) return 1;
  return unread.length > 0 || waited !== 'settled' ? 2 : 0;
}
