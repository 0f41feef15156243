// What is said of a line that does not simply arrive. Pure.
import { verdictWords } from '../../state/verdict-words.ts';
import type { Column, Placed } from './columns.ts';
import { ladderStrings } from './strings.ts';

export function endSentence({ trail, points }: Placed, columns: readonly Column[]): string | null {
  const { verdict, because } = trail;
  const last = columns[points.at(-1)?.column ?? -1];
  const where = last === undefined ? null : `${last.interfaceName} on ${last.nodeLabel}`;
  const why = because === null ? '' : `: ${because}`;
  switch (verdict) {
    case 'delivered':
    case 'inFlight':
      return because;
    case 'dropped':
      return (where === null ? verdictWords.dropped : ladderStrings.after(where)) + why;
    case 'rejected':
      return because ?? verdictWords.rejected;
    case 'notCaptured':
      return (where === null ? verdictWords.notCaptured : ladderStrings.beyond(where)) + why;
    case 'ambiguous':
      return verdictWords.ambiguous + why;
  }
}
