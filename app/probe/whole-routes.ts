// Whether something may be concluded from a route that is not there: only where all that are there were read, and lately. A reading that was
// cut or failed leaves the list that was known before; of a paste a part may be all that there is.
import type { Route } from './facts.ts';
import type { Section } from './section.ts';

/** Null: they were not read, or some may be missing. */
export function wholeRoutes(section: Section<readonly Route[]> | null | undefined): readonly Route[] | null {
  return section?.state === 'ok' ? section.value : null;
}
