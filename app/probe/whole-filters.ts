// Whether something may be concluded from a rule that is not there: only where all that are there were read.
import type { FirewallReading } from './firewall-facts.ts';
import type { Section } from './section.ts';

/** Null: they were not read, or some may be missing. */
export function wholeFilters(section: Section<FirewallReading> | null | undefined): FirewallReading | null {
  const reading = section?.value ?? null;
  return reading?.rulesMissing === undefined ? reading : null;
}
