// Two diagnoses laid beside each other, before and after somebody mended something: what is gone, what is new, what is still there.
import { z } from 'zod';
import type { Diagnosis } from './finding.ts';

const word = z.string().max(512);

const comparedFindingSchema = z.object({
  id: word,
  severity: z.enum(['error', 'warning']),
  confidence: z.enum(['certain', 'likely', 'possible']),
  where: z.object({ node: word.nullable(), interface: word.nullable(), pod: word.nullable() }),
  title: z.string().max(8_192),
});
export type ComparedFinding = z.infer<typeof comparedFindingSchema>;

/** What of `hopscope doctor --json` is compared. */
export const comparedDiagnosisSchema = z.object({
  schema: z.literal(1),
  findings: z.array(comparedFindingSchema).max(1_000),
  checked: z.array(word).max(1_000),
  skipped: z.array(z.object({ id: word, why: z.string().max(8_192) })).max(1_000),
  /** The one way that was asked about. */
  asked: z.object({ about: z.object({ name: z.string().max(8_192) }).nullable() }).optional(),
});
export type ComparedDiagnosis = z.infer<typeof comparedDiagnosisSchema>;

export interface DiagnosisComparison {
  readonly sentence: string;
  /** `unsure`: what it rests on was not looked at this time, or not everywhere; a sentence, else null. */
  readonly gone: readonly { readonly finding: ComparedFinding; readonly unsure: string | null }[];
  readonly appeared: readonly ComparedFinding[];
  /** `changed`: what is another with it, a few words each. */
  readonly still: readonly {
    readonly before: ComparedFinding;
    readonly after: ComparedFinding;
    readonly changed: readonly string[];
  }[];
}

/** For a diagnosis that never was a file. */
export function comparedDiagnosis({ findings, checked, skipped, asked }: Diagnosis): ComparedDiagnosis {
  return { schema: 1, findings, checked, skipped, ...(asked === undefined ? {} : { asked }) };
}

/** @param notRead nodes that were not read this time. */
export function compareDiagnoses(
  before: ComparedDiagnosis,
  after: ComparedDiagnosis,
  notRead: readonly string[] = [],
): DiagnosisComparison {
  const left = new Set(after.findings);
  const partner = new Map<ComparedFinding, ComparedFinding>();
  const pair = (alike: (a: ComparedFinding, b: ComparedFinding) => boolean): void => {
    for (const was of before.findings) {
      if (partner.has(was)) continue;
      const is = [...left].find((one) => alike(was, one));
      if (is === undefined) continue;
      partner.set(was, is);
      left.delete(is);
    }
  };
  pair((a, b) => a.id === b.id && placeOf(a) === placeOf(b) && a.title === b.title);
  pair((a, b) => a.id === b.id && placeOf(a) === placeOf(b));
  const gone = before.findings
    .filter((one) => !partner.has(one))
    .map((finding) => ({ finding, unsure: whyUnsure(finding, { before, after, notRead }) }));
  const still = [...partner].map(([was, is]) => ({ before: was, after: is, changed: changesOf(was, is) }));
  const appeared = [...left];
  return { sentence: sentenceOf(gone, appeared, still.length), gone, appeared, still };
}

function placeOf({ where: { node, interface: device, pod } }: ComparedFinding): string {
  return JSON.stringify([node, device, pod]);
}

function changesOf(was: ComparedFinding, is: ComparedFinding): string[] {
  return [
    ...(was.severity === is.severity ? [] : [`${was.severity} → ${is.severity}`]),
    ...(was.confidence === is.confidence ? [] : [`${was.confidence} → ${is.confidence}`]),
    ...(was.title === is.title ? [] : [`${was.title} → ${is.title}`]),
  ];
}

interface Both {
  readonly before: ComparedDiagnosis;
  readonly after: ComparedDiagnosis;
  readonly notRead: readonly string[];
}

function whyUnsure({ id, where }: ComparedFinding, { before, after, notRead }: Both): string | null {
  const why = after.skipped.find((one) => one.id === id)?.why;
  if (why !== undefined) return why;
  if (!after.checked.includes(id)) return 'It was not looked for this time.';
  const missing = notRead.filter((node) => where.node === null || where.node === node);
  if (missing.length > 0)
    return `${missing.join(', ')} ${missing.length === 1 ? 'was' : 'were'} not read this time.`;
  // What is as somebody wants it is told of the way that is asked about alone.
  return wayOf(before) === wayOf(after) ? null : 'Another way was asked about before.';
}

function wayOf({ asked }: ComparedDiagnosis): string | null {
  return asked?.about?.name ?? null;
}

function sentenceOf(
  gone: DiagnosisComparison['gone'],
  appeared: readonly ComparedFinding[],
  still: number,
): string {
  const sure = gone.filter(({ unsure }) => unsure === null).length;
  const unsure = gone.length - sure;
  if (gone.length === 0 && appeared.length === 0)
    return still === 0
      ? 'Nothing was wrong before, and nothing is now.'
      : still === 1
        ? 'The one finding is still there.'
        : `All ${still} findings are still there.`;
  const parts = [
    ...(sure > 0 ? [`${sure} gone`] : []),
    ...(unsure > 0 ? [`${unsure} not found again, but not looked for everywhere either`] : []),
    ...(still > 0 ? [`${still} still there`] : []),
    ...(appeared.length > 0 ? [`${appeared.length} new`] : []),
  ];
  return `Of the findings of before: ${parts.join(', ')}.`;
}
