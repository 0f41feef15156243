/**
 * Flows of one path that a watch looks for: each hop has at most two, and most hops the same. Apart from the schemas, for the page
 * needs it, too.
 */
export const MOST_SOUGHT = 100;
/** Interfaces that one path passes: each hop has at most two. */
export const MOST_PASSED = 500;
