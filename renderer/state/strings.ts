export const stateStrings = {
  noAnswer: (minutes: number): string =>
    `No answer came within ${String(minutes)} minutes: ask again, and if none comes then either, start Hopscope again.`,
};
