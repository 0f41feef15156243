import type { PodsLookedInto } from '../../../app/contract/diagnosed.ts';
import type { PlainHint } from '../../state/findings.ts';
import type { Finding } from '../../../app/diagnose/finding.ts';

export const findingsStrings = {
  label: 'What is wrong, the likeliest root first',
  waiting: 'Looking for what is wrong…',
  none: 'Nothing is wrong that Hopscope can see.',
  wrong: (errors: number, warnings: number): string =>
    [
      ...(errors === 0 ? [] : [errors === 1 ? '1 error' : `${String(errors)} errors`]),
      ...(warnings === 0 ? [] : [warnings === 1 ? '1 warning' : `${String(warnings)} warnings`]),
    ].join(', '),
  notLooked: (pods: number): string =>
    pods === 0
      ? 'No Pod is known that could be looked into.'
      : `Nobody has looked into the Pods: ${pods === 1 ? 'one' : pods.toLocaleString('en')}, some 40 ms of a node’s CPU each.`,
  look: 'Look into the Pods',
  lookAgain: 'Look again',
  leave: 'Look no more',
  leaveTitle: 'Pods are looked into again and again, the more seldom the more they are. This ends it.',
  stop: 'Stop',
  looking: (pods: number, answered: number, nodes: number): string =>
    `Looking into ${pods === 1 ? 'one Pod' : `${pods.toLocaleString('en')} Pods`}: ${String(answered)} of ${
      nodes === 1 ? 'one node' : `${String(nodes)} nodes`
    } answered…`,
  looked: ({ pods, nodes, cpuMs, tookMs }: PodsLookedInto): string =>
    `Looked into ${pods === 1 ? 'one Pod' : `${pods.toLocaleString('en')} Pods`} on ${
      nodes.length === 1 ? 'one node' : `${String(nodes.length)} nodes`
    } in ${(tookMs / 1000).toFixed(1)} s${
      cpuMs === null ? '' : `: ${cpuMs.toLocaleString('en')} ms of the nodes’ CPU`
    }.`,
  notAll: ({ left, silent }: PodsLookedInto): string[] => [
    ...(left === 0
      ? []
      : [`${left.toLocaleString('en')} more were not: they are beyond what one reading of a node takes.`]),
    ...(silent.length === 0 ? [] : [`${silent.join(', ')} did not answer in time.`]),
  ],
  checked: (count: number): string => `${String(count)} conditions checked`,
  skipped: (count: number): string => `${String(count)} could not be checked everywhere`,
  awaits: (nodes: readonly string[]): string =>
    `Counters, filters or settings of ${nodes.join(', ')} are still awaited: more may be known in a moment.`,
  notPasted: (nodes: readonly string[]): string =>
    `Counters, filters or settings of ${nodes.join(', ')} were not pasted: what only they show is not known.`,
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
  affected: 'Who is affected:',
  pairs: (count: number): string => (count === 1 ? 'one pair' : `${count.toLocaleString('en')} pairs`),
  pairsLeft: (count: number): string => `and ${String(count)} more pairs of nodes`,
  services: 'Services:',
  pods: 'Pods:',
  hints: 'What you know:',
  hintWords: {
    'tcp-only': 'ping works, TCP does not',
    'udp-only': 'only UDP fails',
    'service-only': 'Service fails, its Pod’s address works',
    'large-only': 'only large packets are lost',
  } satisfies Record<PlainHint, string>,
  again: 'looking again…',
  asOf: (clock: string, changed: boolean): string =>
    `as of ${clock} UTC${changed ? '; something has changed since, looking again…' : ''}`,
  fromNode: 'only from node…',
  fromAny: 'from any node',
  onlyFrom: (node: string): string => `only from ${node}`,
  since: 'since',
  utc: 'UTC',
  sinceHint: 'HH:MM',
  sinceTitle: 'When it began, in UTC: what changed about then comes first. Enter takes it.',
  sinceWrong: 'Write a time of day, such as 14:05',
  about: (from: string, to: string): string => `${from} → ${to}`,
  aboutTitle:
    'What is wrong on the way that was traced comes first; what stops it is told even where somebody wants that',
  elsewhere: 'elsewhere',
  elsewhereTitle: 'It does not touch the way that was traced',
  gone: 'Gone since this window looked',
  goneAt: (clock: string): string => `gone at ${clock} UTC`,
  show: (what: string): string => `Show ${what}`,
} as const;
