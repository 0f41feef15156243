// `hopscope doctor`: what is wrong in the cluster, the likeliest root first, with what proves it and what to type; or on one way alone.
import { Command, Option } from 'commander';
import {
  compareDiagnoses,
  comparedDiagnosis,
  comparedDiagnosisSchema,
  type ComparedDiagnosis,
} from '../../app/diagnose/compare.ts';
import type { Diagnosis } from '../../app/diagnose/finding.ts';
import type { DiagnoseRequest, Hint } from '../../app/diagnose/hint.ts';
import { diagnosisComparisonText } from './comparison-text.ts';
import { doctorText } from './doctor-text.ts';
import { earlierDocument } from './earlier-document.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { hintOption, HINT_HELP } from './hint-option.ts';
import { wholeNumber } from './option-values.ts';

const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;

interface DoctorOptions extends Source {
  readonly proto: (typeof PROTOCOLS)[number];
  readonly port?: number;
  readonly hint?: readonly Hint[];
  readonly compare?: string;
  readonly json?: boolean;
}

const INTERRUPTED = 'Interrupted before everything was read.';

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'find what is wrong: the likeliest cause first, what proves it, how to mend it; exit code 1 on an error',
    )
    .argument('[FROM]', 'only what touches this way comes first: a Pod or a node')
    .argument('[TO]', 'a Pod, a node, a Service (svc/NAMESPACE/NAME), an address');
  return withSource(command, { paste: true })
    .addOption(new Option('--proto <NAME>', 'the protocol of that way').choices(PROTOCOLS).default('tcp'))
    .option('--port <N>', 'the destination port of that way', wholeNumber(1, 65535))
    .option(
      '--hint <HINT>',
      `what you know already, as often as you like: ${HINT_HELP}`,
      hintOption(Date.now),
    )
    .option('--compare <FILE>', 'say which findings of FILE, which --json has written before, are gone')
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (from: string | undefined, to: string | undefined, options: DoctorOptions) => {
      if (from !== undefined && to === undefined)
        command.error('Say where the packets go, too: hopscope doctor FROM TO.', { exitCode: 2 });
      const earlier =
        options.compare === undefined
          ? null
          : await earlierDocument(options.compare, comparedDiagnosisSchema, 'hopscope doctor');
      if (earlier?.ok === false) {
        process.exitCode = complain(earlier.failure);
        return;
      }
      // Kubernetes' lists are waited for by the diagnosis, which reads nodes meanwhile.
      const follow = options.paste === undefined ? 'nodes' : 'nothing';
      const wanted = { ofNodes: true, follow, interrupted: INTERRUPTED } as const;
      const request = requestOf(from, to, options);
      const began = performance.now();
      process.exitCode = await withFacts(options, wanted, (facts) =>
        doctor(facts, { request, earlier: earlier?.value ?? null, began }, options),
      );
    });
}

function requestOf(
  from: string | undefined,
  to: string | undefined,
  { proto, port, hint = [] }: DoctorOptions,
): DiagnoseRequest {
  const asked =
    from === undefined || to === undefined
      ? {}
      : { asked: { from, to, proto, port: port ?? null, size: null } };
  return { ...asked, hints: [...hint] };
}

interface Question {
  readonly request: DiagnoseRequest;
  /** Null: nothing to compare with. */
  readonly earlier: ComparedDiagnosis | null;
  /** ms of performance.now(), when the command began. */
  readonly began: number;
}

async function doctor(
  { engine, signal, labels, unread, waited }: Facts,
  { request, earlier, began }: Question,
  { json, timeout }: DoctorOptions,
): Promise<number> {
  const sinceMs = performance.now() - began;
  const listsMs = timeout * 1000 - sinceMs;
  // What the command has read itself is fresh.
  const answer = await engine.diagnose({ signal, request, listsMs, freshMs: sinceMs });
  if (!answer.ok) return complain(answer.failure.sentence);
  if (signal.aborted && !engine.inventoryWhole) return complain(INTERRUPTED);
  const { diagnosis, looked } = answer.value;
  if (diagnosis.asked !== undefined && diagnosis.asked.failure !== null)
    return complain(diagnosis.asked.failure);
  const { findings } = diagnosis;
  const comparison =
    earlier === null
      ? null
      : compareDiagnoses(
          earlier,
          comparedDiagnosis(diagnosis),
          unread.map(({ node }) => node),
        );
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ ...documentOf(diagnosis), notRead: unread, looked, ...(comparison === null ? {} : { comparison }) })}\n`
      : comparison === null
        ? doctorText(diagnosis, labels.length - unread.length, looked)
        : diagnosisComparisonText(comparison),
  );
  for (const { node, reason } of unread) complain(`${node}: ${reason}`);
  // Asked about one way, what is wrong elsewhere is no answer.
  if (findings.some(({ severity, onPath }) => severity === 'error' && onPath !== false)) return 1;
  return unread.length > 0 || waited !== 'settled' || !engine.inventoryWhole ? 2 : 0;
}

function documentOf({ findings, checked, skipped, left, asked }: Diagnosis): Record<string, unknown> {
  return {
    schema: 1,
    findings: findings.map(({ evidence, ...finding }) => ({
      ...finding,
      evidence: evidence.map(({ node, command, output, at }) => ({ node, command, output, at })),
    })),
    checked,
    skipped,
    left,
    ...(asked === undefined ? {} : { asked }),
  };
}
