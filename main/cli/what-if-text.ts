// What would be lost, for a person at a terminal: the sum first, then who, then why.
import { grouped } from '../../app/grouped.ts';
import { plainText } from '../../app/plain-text.ts';
import type { PairGroup, WhatIfAnswer } from '../../app/diagnose/what-if/model.ts';

type Answer = Extract<WhatIfAnswer, { ok: true }>;

/** Beyond, --json tells. */
const MOST_TOLD = 20;

export function whatIfText(answer: Answer): string {
  const { sentence, effects, sessions, routes, routesLeft, services, pods, podsLeft, missing } = answer;
  const lines = [
    sentence,
    ...section('what follows', [...effects, ...sessionLines(sessions)]),
    ...section(
      'routes that change',
      [
        ...routes.flatMap(({ node, was, becomes, because }) => [
          `${node}: ${was}`,
          `    then ${becomes ?? 'nothing: what is for it has no route'}. ${because}`,
        ]),
        ...(routesLeft > 0 ? [`and ${routesLeft} more`] : []),
      ],
      2 * MOST_TOLD,
    ),
    ...groups('would lose their path', answer.lost),
    ...groups('would take another path', answer.rerouted),
    ...groups('would have a path that they do not have now', answer.gained),
    ...groups('not known', answer.unsure),
    ...section(
      'Services',
      services.map(
        ({ service, endpoints, left, sentence: fate }) =>
          `${service}: ${left} of ${endpoints} ${endpoints === 1 ? 'endpoint' : 'endpoints'} left. ${fate}`,
      ),
    ),
    ...section('Pods that end with it', [...pods, ...(podsLeft > 0 ? [`and ${podsLeft} more`] : [])]),
    ...section('presumed, or not known', missing),
  ];
  return `${lines.map(plainText).join('\n')}\n`;
}

/** Those of which the same is to be said together. */
function sessionLines(sessions: Answer['sessions']): string[] {
  return [...grouped(sessions, ({ sentence }) => sentence)].map(([then, alike]) => {
    const names = alike.map(({ sides }) => sides.join(' – ')).join(', ');
    return `The BGP ${alike.length === 1 ? 'session' : 'sessions'} ${names} ${alike.length === 1 ? 'ends' : 'end'}. ${then}`;
  });
}

function section(title: string, told: readonly string[], most = MOST_TOLD): string[] {
  if (told.length === 0) return [];
  const more = told.length > most ? [`  and ${told.length - most} more (--json tells them)`] : [];
  return ['', title, ...told.slice(0, most).map((one) => `  ${one}`), ...more];
}

function groups(title: string, told: readonly PairGroup[]): string[] {
  if (told.length === 0) return [];
  const lines = told.slice(0, MOST_TOLD).flatMap((group) => {
    const { from, to, pairs, examples, sentence, before, after } = group;
    const many = `${pairs} ${pairs === 1 ? 'pair' : 'pairs'}`;
    return [
      `  ${from} → ${to}: ${many}, as ${examples.join(', ')}`,
      `    ${sentence}`,
      ...(after === '' || after === before ? [] : [`    now  ${before}`, `    then ${after}`]),
    ];
  });
  const more = told.length > MOST_TOLD ? [`  and ${told.length - MOST_TOLD} more (--json tells them)`] : [];
  return ['', title, ...lines, ...more];
}
