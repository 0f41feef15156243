// A draft in few words: an error that is certain unless it says otherwise.
import type { Draft } from './detector.ts';

interface DraftWords extends Partial<
  Pick<Draft, 'severity' | 'confidence' | 'surer' | 'proofs' | 'breaks' | 'touches' | 'family'>
> {
  readonly title: string;
  readonly because: string;
  /** A node's label. */
  readonly node?: string | null;
  readonly device?: string | null;
  /** `namespace/name`. */
  readonly pod?: string | null;
  /** What to do, and the commands for it. */
  readonly mend: readonly [sentence: string, ...commands: string[]];
}

export function draft({ node, device, pod, mend, title, because, ...more }: DraftWords): Draft {
  const [sentence, ...commands] = mend;
  return {
    severity: more.severity ?? 'error',
    confidence: more.confidence ?? 'certain',
    surer: more.surer ?? null,
    where: { node: node ?? null, interface: device ?? null, pod: pod ?? null },
    title,
    because,
    suggestion: { sentence, commands },
    proofs: more.proofs ?? [],
    breaks: more.breaks ?? [],
    touches: more.touches ?? [],
    ...(more.family === undefined ? {} : { family: more.family }),
  };
}
