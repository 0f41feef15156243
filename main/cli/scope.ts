// `hopscope scope`: before any theory, which is it: one Pod, one node, one pair, one direction, one port, one size? By traces; with
// --yes by a few packets as well.
import { Command } from 'commander';
import { plainText } from '../../app/plain-text.ts';
import type { ScopeAnswer } from '../../app/trace/probe-model.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { wholeNumber } from './option-values.ts';
import { agreed, PROBE_WANTED } from './probe.ts';
import { textTable } from './text-table.ts';

interface ScopeOptions extends Source {
  readonly port?: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function scopeCommand(): Command {
  const command = new Command('scope')
    .description(
      'say which it is: one Pod, one node, one pair, one direction, one port, one size; by traces, and by a few packets once you agree to them (--yes); exit code 1 when something fails',
    )
    .argument('<FROM>', 'a Pod (NAMESPACE/NAME or NAME) or a node')
    .argument('<TO>', 'a Pod or a node');
  return withSource(command)
    .option('--port <N>', 'a TCP port of TO that is to be reached', wholeNumber(1, 65535))
    .option('--yes', 'agree to what is sent; without it, it is shown and asked, and traces alone answer')
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (from: string, to: string, options: ScopeOptions) => {
      process.exitCode = await withFacts(options, PROBE_WANTED, (facts) => scope(facts, from, to, options));
    });
}

async function scope(
  { engine, signal, unread }: Facts,
  from: string,
  to: string,
  { port, yes = false, json = false }: ScopeOptions,
): Promise<number> {
  const request = { from, to, port: port ?? null };
  const traced = await engine.scope({ ...request, consent: null });
  if (!traced.ok) return complain(traced.sentence);
  const print = (answer: Scope): void => {
    const document = { schema: 1, ...answer, ok: undefined };
    process.stdout.write(json ? `${JSON.stringify(document)}\n` : scopeText(answer));
  };
  if (!yes) print(traced);
  const agrees = yes || (!json && (await agreed(traced.plan, true, signal)));
  const answer = agrees ? await engine.scope({ ...request, consent: traced.plan.id }) : traced;
  if (!answer.ok) return complain(answer.sentence);
  if (agrees) print(answer);
  else complain('Nothing was sent, this is what traces say: --yes agrees to what is shown.');
  for (const { node, reason } of unread) complain(`${node}: ${reason}`);
  if (agrees && answer.by === 'model') return complain(answer.plan.sentence);
  return scopeCode(answer);
}

type Scope = Extract<ScopeAnswer, { ok: true }>;

/** That nothing is known is no failure of the network. */
export function scopeCode(answer: Pick<Scope, 'healthy' | 'by' | 'cells'>): 0 | 1 | 2 {
  if (answer.healthy) return 0;
  return troubled(answer).length > 0 ? 1 : 2;
}

function troubled({ by, cells }: Pick<Scope, 'by' | 'cells'>): Scope['cells'] {
  return cells.filter(({ predicted, probed }) =>
    by === 'probes' ? probed === 'fails' : predicted === 'dropped' || predicted === 'rejected',
  );
}

function scopeText(answer: Scope): string {
  const { from, to, sentence, by, cells, plan, ms } = answer;
  const failing = troubled(answer);
  const rows = cells.map(({ direction, fromName, toName, proto, port, size, bytes, predicted, probed }) => [
    direction === 'forth' ? '→' : '←',
    fromName,
    toName,
    port === null ? proto : `${proto} ${String(port)}`,
    size === 'large' ? `${String(bytes)} B` : '',
    predicted,
    probed ?? '',
  ]);
  const lines = [
    `${from} → ${to}`,
    '',
    sentence,
    '',
    ...textTable([['', 'from', 'to', '', '', 'our trace', by === 'probes' ? 'packets' : ''], ...rows], '  ')
      .split('\n')
      .slice(0, -1),
    ...(failing.length === 0 ? [] : ['']),
    ...new Set(
      failing
        .slice(0, 6)
        .map(
          ({ fromName, toName, probedWhy, predictedWhy }) =>
            `${fromName} → ${toName}: ${probedWhy ?? predictedWhy}`,
        ),
    ),
    ...(plan.lacks.length === 0 ? [] : ['', ...plan.lacks]),
    '',
    `It took ${(ms / 1000).toFixed(1)} s.`,
    '',
  ];
  return `${lines.map(plainText).join('\n')}\n`;
}
