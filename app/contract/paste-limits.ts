// How much a paste can be. Apart from its schema: the page asks too, and what makes schemas (zod) tries eval, which its
// Content-Security-Policy forbids.

/** Characters, all texts together: ten times what 10,000 routes and 100 Pods on three nodes take. */
export const MOST_PASTED = 32 * 1024 * 1024;
export const MOST_PASTED_TEXTS = 2000;

export const TOO_MUCH_PASTED = `That is more than a paste can be (${MOST_PASTED / 1024 / 1024} MiB in ${MOST_PASTED_TEXTS} files): give the folder with the commands’ outputs alone.`;
