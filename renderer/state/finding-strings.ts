/** Words of findings where they stand beside the things that they are about. */
export const findingStrings = {
  section: 'Findings',
  /** In the tree: read out. */
  about: (titles: readonly string[]): string => `Findings: ${titles.join('; ')}`,
};
