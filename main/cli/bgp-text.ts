// The BGP matrix for a person at a terminal: what is wrong first, then every session with both its sides.
import { plainText } from '../../app/plain-text.ts';
import type { BgpExchange } from '../../app/topology/bgp-exchange-model.ts';
import type { BgpMatrix, BgpMatrixEnd, BgpMatrixPair } from '../../app/topology/bgp-matrix-model.ts';
import { prefixesText } from './bgp-prefixes.ts';
import { textTable } from './text-table.ts';

/** `exchanges`: what was asked of each session's prefixes, by its id; null when nobody asked. */
export function bgpText(matrix: BgpMatrix, exchanges: ReadonlyMap<string, BgpExchange> | null): string {
  const { nodes, pairs, gaps, mesh } = matrix;
  const lines: string[] = [];
  lines.push(
    textTable(
      nodes.map((node) => [
        node.label,
        node.address ?? '',
        node.as === null ? '' : `AS ${node.as}`,
        node.daemon ?? node.state,
        node.reflector ? `route reflector ${node.clusterIds.join(' ')}` : '',
        node.sentence ?? '',
      ]),
      '',
    ),
  );
  for (const { label, disagreement } of nodes)
    for (const sentence of disagreement) lines.push(`${plainText(`${label}: ${sentence}`)}\n`);
  lines.push(`${plainText(mesh.sentence)}\n\n`);
  for (const pair of pairs) {
    const exchange = exchanges?.get(pair.id);
    lines.push(pairText(pair), exchange === undefined ? '' : prefixesText(exchange));
  }
  for (const { sentence } of gaps) lines.push(`gap  ${plainText(sentence)}\n`);
  if (pairs.length + gaps.length === 0) return lines.join('');
  lines.push(
    matrix.wrong === 0
      ? `${pairs.length} ${pairs.length === 1 ? 'session' : 'sessions'}, none that should be up is down.\n`
      : `${matrix.wrong} of ${pairs.length + gaps.length} sessions that should be up ${matrix.wrong === 1 ? 'is' : 'are'} not, or not well.\n`,
  );
  return lines.join('');
}

function pairText({ sides, ends, verdict, family, sentences }: BgpMatrixPair): string {
  const title = `${verdict}  ${sides[0].name} – ${sides[1].name}${family === 6 ? ' (IPv6)' : ''}`;
  const rows = ends.flatMap((end) => (end === null ? [] : [endCells(end)]));
  const said = sentences.map((sentence) => `  ${plainText(sentence)}\n`).join('');
  return `${plainText(title)}\n${textTable(rows, '  ')}${said}`;
}

function endCells(end: BgpMatrixEnd): string[] {
  const { nodeLabel, name, state, since, localAs, neighbourAs, imported, exported, holdLeft, holdTime } = end;
  return [
    nodeLabel,
    name,
    state,
    since === '' ? '' : `since ${since}`,
    localAs === null && neighbourAs === null ? '' : `AS ${localAs ?? '?'} → ${neighbourAs ?? '?'}`,
    imported === null ? '' : `in ${imported}`,
    exported === null ? '' : `out ${exported}`,
    holdLeft === null ? '' : `hold ${Math.round(holdLeft)}/${holdTime ?? '?'} s`,
  ];
}
