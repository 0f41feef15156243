// Ages move with the clock, the picture does not: they are laid over what is drawn, once a second.
import { ageText } from '../../state/text.ts';
import type { GraphAge } from './picture.ts';
import type { Text } from './shapes.ts';

/** "stale since 12 s". */
export function agedText(text: string, age: GraphAge, now: number): string {
  return `${text} ${ageText(now - age.since)}${age.after}`;
}

/** What texts with an age say now, by id. */
export function textsNow(texts: readonly Text[], now: number): ReadonlyMap<string, string> {
  return new Map(
    texts.flatMap((text) => (text.age === null ? [] : [[text.id, agedText(text.text, text.age, now)]])),
  );
}
