// `hopscope probe`: packets sent on purpose, after what they are was shown and agreed to; what became of them, and where they were lost.
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { Command, Option } from 'commander';
import type { ActivePlan, ProbeRequest } from '../../app/trace/probe-model.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { wholeNumber } from './option-values.ts';
import { planText, probeText } from './probe-text.ts';

interface ProbeOptions extends Source {
  readonly proto?: ProbeRequest['proto'];
  readonly port?: number;
  readonly size?: number;
  readonly sizes?: boolean;
  readonly rules?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function probeCommand(): Command {
  const command = new Command('probe')
    .description(
      'send a few packets and say what became of them and where they were lost; shows what it would run and asks first (--yes agrees); exit code 1 when they do not arrive',
    )
    .argument('<FROM>', 'a Pod (NAMESPACE/NAME or NAME) or a node: they are sent from its network')
    .argument('<TO>', 'a Pod, a node, a Service (svc/NAMESPACE/NAME), an address');
  return withSource(command)
    .addOption(
      new Option('--proto <NAME>', 'left out: tcp with a port, else icmp').choices(['tcp', 'udp', 'icmp']),
    )
    .option('--port <N>', 'the destination port', wholeNumber(1, 65535))
    .option('--size <BYTES>', 'of the IP packet, which then must not be fragmented', wholeNumber(28, 65535))
    .option('--sizes', 'also find out by a few sizes which is the largest that passes')
    .option(
      '--rules',
      'also trace the rules that it meets: puts a rule into nf_tables of the nodes on its way for some seconds',
    )
    .option('--yes', 'agree to what is run; without it, it is shown and asked')
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (from: string, to: string, options: ProbeOptions) => {
      process.exitCode = await withFacts(options, PROBE_WANTED, (facts) => probe(facts, from, to, options));
    });
}

export const PROBE_WANTED = {
  ofNodes: true,
  whole: true,
  also: ['settings', 'firewall', 'inside'] as const,
  interrupted: 'Interrupted before everything was read: nothing was sent.',
};

async function probe(
  { engine, signal }: Facts,
  from: string,
  to: string,
  { proto, port, size, sizes = false, rules = false, yes = false, json }: ProbeOptions,
): Promise<number> {
  const request = {
    from,
    to,
    proto: proto ?? (port === undefined ? ('icmp' as const) : ('tcp' as const)),
    port: port ?? null,
    size: size ?? null,
    sizes,
    rules,
  };
  const shown = await engine.probe({ ...request, consent: null });
  if (!shown.ok) return complain(shown.sentence);
  const print = (document: unknown, text: string): void => {
    process.stdout.write(json === true ? `${JSON.stringify(document)}\n` : text);
  };
  if (!yes && !(await agreed(shown.plan, json !== true, signal))) {
    if (json === true)
      print({ schema: 1, from: shown.from, to: shown.to, plan: shown.plan, outcome: null }, '');
    return complain('Nothing was sent: --yes agrees to what is shown.');
  }
  const ran = await engine.probe({ ...request, consent: shown.plan.id });
  if (!ran.ok) return complain(ran.sentence);
  const { outcome, plan } = ran;
  if (outcome === null) return complain(`${plan.sentence} Ask again.`);
  print({ schema: 1, from: ran.from, to: ran.to, plan, outcome }, probeText(ran.from, ran.to, outcome));
  return outcome.verdict === 'arrives' ? 0 : outcome.verdict === 'unknown' ? 2 : 1;
}

/** Shows the plan, and asks where somebody can answer. */
export async function agreed(plan: ActivePlan, show: boolean, signal: AbortSignal): Promise<boolean> {
  if (show) process.stdout.write(planText(plan));
  if (!show || !isatty(0) || !isatty(1)) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline keeps Ctrl-C for itself, and closes at Ctrl-D without an answer.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([terminal.question('Run it? [yes/NO] ', { signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    terminal.close();
  }
}
