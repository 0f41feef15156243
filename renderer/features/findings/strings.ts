import type { Finding } from '../../../app/diagnose/finding.ts';

export const findingsStrings = {
  label: 'What is wrong, the likeliest root first',
  waiting: 'Looking for what is wrong…',
  none: 'Nothing is wrong that Hopscope can see.',
  checked: (count: number): string => `${String(count)} conditions checked`,
  skipped: (count: number): string => `${String(count)} could not be checked everywhere`,
  awaits: (nodes: readonly string[]): string =>
    `Counters, filters or settings of ${nodes.join(', ')} are still awaited: more may be known in a moment.`,
  left: (count: number): string => `and ${String(count)} more that found no place`,
  severities: { error: 'error', warning: 'warning' } satisfies Record<Finding['severity'], string>,
  confidences: {
    certain: 'certain',
    likely: 'likely',
    possible: 'possible',
  } satisfies Record<Finding['confidence'], string>,
  confidenceTitles: {
    certain: 'The kernel, or both ends, say so',
    likely: 'Nothing known speaks against it',
    possible: 'Something else may be behind it',
  } satisfies Record<Finding['confidence'], string>,
  surer: 'What would make it surer:',
  whole: 'the whole cluster',
  evidence: 'Evidence',
  mend: 'What to do',
  mendNote: 'Hopscope runs none of it.',
  consequences: (count: number): string =>
    count === 1 ? 'One consequence' : `${String(count)} consequences`,
  show: (what: string): string => `Show ${what}`,
} as const;
