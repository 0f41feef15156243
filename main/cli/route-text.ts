// The explanation of a route for a person at a terminal: the answer first, then what it rests on, then who lost and why.
import { plainText } from '../../app/plain-text.ts';
import type { RouteExplanation, RouteProvenance } from '../../app/route/explanation.ts';
import { textTable } from './text-table.ts';

export function routeLines(
  explanation: Extract<RouteExplanation, { ok: true }>,
  provenance: Extract<RouteProvenance, { ok: true }> | null,
): string {
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
    parts.push('who is behind it\n', ...said.map(line));
  }
  if (losers.length > 0) {
    parts.push(
      'not taken\n',
      textTable(
        losers.map((loser) => [loser.route.text, loser.sentence]),
        '  ',
      ),
    );
    if (moreLosers > 0) parts.push(line(`and ${moreLosers} more`));
  }
  if (rules.length > 0) {
    const rows = rules.map((one) => [one.won ? '▸' : ' ', String(one.priority), one.text, one.sentence]);
    parts.push('rules\n', textTable(rows, '  '));
  }
  parts.push(...(notes.length === 0 ? [] : ['note\n']), ...notes.map(line));
  return parts.join('');
}

function line(sentence: string): string {
  return `  ${plainText(sentence)}\n`;
}
