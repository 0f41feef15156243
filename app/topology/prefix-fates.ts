// What can become of a prefix that one side of a BGP session advertises. Without zod: the page reads it, too.

/**
 * Of a prefix that one side advertises, at the other: `installed` in its kernel; taken, but another route is better (`second`);
 * the best, but `not-in-kernel`; `refused` by its import filter; `missing`, and nothing tells why; `unknown`, since that side
 * was not asked or its kernel not read. `left-over`: it has it from a side that does not advertise it.
 */
export const prefixFates = [
  'missing',
  'refused',
  'left-over',
  'not-in-kernel',
  'second',
  'unknown',
  'installed',
] as const;
export type PrefixFate = (typeof prefixFates)[number];
