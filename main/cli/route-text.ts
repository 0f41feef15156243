// The explanation of a route for a person at a terminal: the answer first, then what it rests on, then who lost and why.
import { plainText } from '../../app/plain-text.ts';
import type { Loser, RouteExplanation, RouteProvenance } from '../../app/route/explanation.ts';
import { textTable } from './text-table.ts';

type Explanation = Extract<RouteExplanation, { ok: true }>;

export interface AnswerOfNode {
  readonly node: string;
  readonly explanation: Explanation | null;
  readonly provenance: Extract<RouteProvenance, { ok: true }> | null;
  /** Why there is no explanation. */
  readonly sentence: string | null;
}

/** Of each node, where all are asked. */
const MOST_LOSERS = 5;

/** One node, with all that there is to say. */
export function routeLines({ explanation, provenance }: AnswerOfNode): string {
  if (explanation === null) return '';
  const { sentence, place, rule, route, hops, losers, moreLosers, rules, notes } = explanation;
  const parts = [`${plainText(sentence)}  [${plainText(place)}]\n`];
  const facts = [
    ...(rule === null ? [] : [['rule', `${rule.priority}: ${rule.text}`]]),
    ...(route === null ? [] : [['route', route.text]]),
    ...hops.map(({ dev, sentence: neighbour, trouble }) => [
      'next hop',
      trouble === null ? neighbour : `${neighbour} ${dev}: ${trouble}.`,
    ]),
  ];
  parts.push(textTable(facts, '  '));
  if (provenance !== null) {
    const { claims, bird, ipam, takeover } = provenance;
    const said = [
      ...claims.map((claim) => claim.sentence),
      bird.sentence,
      ...ipam,
      `Without it: ${takeover.sentence}`,
    ];
    parts.push('who is behind it\n', ...said.map((one) => line(one)));
  }
  if (losers.length > 0) {
    parts.push('not taken\n', losersTable(losers, '  '));
    if (moreLosers > 0) parts.push(line(`and ${moreLosers} more`));
  }
  if (rules.length > 0) {
    const rows = rules.map((one) => [one.won ? '▸' : ' ', String(one.priority), one.text, one.sentence]);
    parts.push('rules\n', textTable(rows, '  '));
  }
  parts.push(...(notes.length === 0 ? [] : ['note\n']), ...notes.map((one) => line(one)));
  return parts.join('');
}

/** Every node: what each does, then for each who lost and why. */
export function routesLines(answers: readonly AnswerOfNode[]): string {
  const told = answers.flatMap(({ node, explanation }) =>
    explanation === null ? [] : [{ node, explanation }],
  );
  const rows = told.map(({ node, explanation: { sentence, route, rule } }) => [
    node,
    sentence,
    route?.text ?? '',
    rule === null ? '' : `rule ${rule.priority}`,
  ]);
  const parts = [textTable(rows, '')];
  for (const { node, explanation } of told) {
    const { losers, moreLosers, hops, notes } = explanation;
    const troubles = hops.flatMap(({ dev, trouble }) => (trouble === null ? [] : [`${dev}: ${trouble}.`]));
    const said = [...troubles, ...notes];
    if (losers.length === 0 && said.length === 0) continue;
    parts.push(`\n${plainText(node)}\n`);
    if (losers.length > 0) parts.push(line('not taken'), losersTable(losers.slice(0, MOST_LOSERS), '    '));
    const more = moreLosers + Math.max(0, losers.length - MOST_LOSERS);
    if (more > 0) parts.push(line(`  and ${more} more: --node ${node} tells them`));
    parts.push(...said.map((one) => line(`note: ${one}`)));
  }
  return parts.join('');
}

function losersTable(losers: readonly Loser[], indent: string): string {
  return textTable(
    losers.map(({ route, sentence }) => [route.text, sentence]),
    indent,
  );
}

function line(sentence: string): string {
  return `  ${plainText(sentence)}\n`;
}
