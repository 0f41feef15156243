/** Words of findings where they stand beside the things that they are about. */
/** On one row of the tree. */
const MOST_READ = 5;

export const findingStrings = {
  section: 'Findings',
  more: (count: number): string => `and ${String(count)} more`,
  /** In the tree: read out. */
  about: (titles: readonly string[]): string =>
    `Findings: ${titles.slice(0, MOST_READ).join('; ')}${titles.length > MOST_READ ? `; and ${String(titles.length - MOST_READ)} more` : ''}`,
};
