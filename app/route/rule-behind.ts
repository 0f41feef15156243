// The policy rule by which a route was found, as one would read it in the list.
import type { PolicyRule, Route } from '../probe/facts.ts';
import type { Fib } from './fib.ts';
import { tableName } from './rule-match.ts';

/** Where local and main are one trie, the rule that would lead to the route's own table. */
export function ruleBehind(fib: Fib, rule: PolicyRule | null, route: Route | null): PolicyRule | null {
  if (fib.merged === null || route === null) return rule;
  return fib.rules.find(({ table }) => table === tableName(route.table))?.rule ?? rule;
}
