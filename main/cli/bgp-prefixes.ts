// Prefixes of BGP sessions for a person at a terminal: what became of them at the other side, the odd ones by name.
import { plainText } from '../../app/plain-text.ts';
import type { BgpExchange } from '../../app/topology/bgp-exchange-model.ts';
import { prefixFates } from '../../app/topology/prefix-fates.ts';
import type { BgpMatrixPair } from '../../app/topology/bgp-matrix-model.ts';
import type { Engine } from '../engine/engine.ts';

/** Each asks two nodes: a mesh of a hundred would be five thousand of them. */
export const MOST_ASKED = 50;
/** So many prefixes of one fate are named. */
const NAMED = 8;

/** By the session's id in the matrix; one after another, those that should be up and are not first, as the matrix has them. */
export async function readPrefixes(
  engine: Pick<Engine, 'bgpExchange'>,
  pairs: readonly BgpMatrixPair[],
): Promise<ReadonlyMap<string, BgpExchange>> {
  const read = new Map<string, BgpExchange>();
  for (const { id, ends } of pairs.slice(0, MOST_ASKED)) {
    const [one, other] = ends;
    read.set(id, await engine.bgpExchange({ ends: [one?.sessionId ?? null, other?.sessionId ?? null] }));
  }
  return read;
}

export function prefixesText(exchange: BgpExchange): string {
  if (!exchange.ok) return `  ${plainText(exchange.sentence)}\n`;
  return exchange.directions
    .map(({ from, to, counts, rows, sentences }) => {
      const told = prefixFates.filter((fate) => counts[fate] > 0).map((fate) => `${counts[fate]} ${fate}`);
      const named = prefixFates.flatMap((fate) => {
        const some = fate === 'installed' ? [] : rows.filter((row) => row.fate === fate);
        if (some.length === 0) return [];
        const more = counts[fate] > NAMED ? ', …' : '';
        const list = some.slice(0, NAMED).map(({ prefix }) => prefix);
        return [`    ${fate}: ${list.join(', ')}${more}`];
      });
      const lines = [`  ${from} → ${to}: ${told.join(', ') || 'nothing advertised'}`, ...named];
      return [...lines, ...sentences.map((sentence) => `    ${sentence}`)]
        .map((line) => `${plainText(line)}\n`)
        .join('');
    })
    .join('');
}
