// Why the other routes to an address are not taken, one reason each.
import type { PolicyRule, Route } from '../probe/facts.ts';
import type { Loser } from './explanation.ts';
import type { Fib, RuleStep } from './fib.ts';
import type { Flow } from './flow.ts';
import { mismatchSentence } from './rule-sentence.ts';
import type { Candidate } from './route-table.ts';
import { shownRoute } from './route-text.ts';
import { tableName } from './rule-match.ts';

/** A route reflector with many tables has no more than this to show at a time. */
const MOST_LOSERS = 100;

export interface Losers {
  readonly losers: Loser[];
  readonly more: number;
}

/** @param winner what was taken; null when nothing was. */
export function losersOf(fib: Fib, flow: Flow, steps: readonly RuleStep[], winner: Route | null): Losers {
  const losers: Loser[] = [];
  let more = 0;
  const length = winner === null ? -1 : prefixLength(winner);
  for (const table of new Set(fib.tables.values())) {
    const candidates = [...table.candidates(flow)];
    const holdsWinner = winner !== null && candidates.some(({ route }) => route === winner);
    for (const candidate of candidates) {
      if (candidate.route === winner) continue;
      if (losers.length === MOST_LOSERS) more += 1;
      else
        losers.push({
          route: shownRoute(candidate.route),
          ...(holdsWinner ? besides(candidate, winner, length) : elsewhere(fib, candidate, steps)),
        });
    }
  }
  return { losers, more };
}

type Reason = Pick<Loser, 'reason' | 'sentence'>;

/** Both in one table. */
function besides({ route, length, unusable }: Candidate, winner: Route, winning: number): Reason {
  if (unusable !== null && length >= winning)
    return {
      reason: unusable.startsWith('only for tos') ? 'tos' : 'unusable',
      sentence: `It does not count: ${unusable}.`,
    };
  if (length < winning)
    return { reason: 'shorter-prefix', sentence: `Its prefix is shorter: /${length} against /${winning}.` };
  // Where local and main are one trie, local's come first.
  if (tableName(route.table) !== tableName(winner.table))
    return { reason: 'order', sentence: `Table ${winner.table} comes before table ${route.table}.` };
  if ((winner.tos ?? 0) !== (route.tos ?? 0))
    return {
      reason: 'tos',
      sentence: `The winner is for this packet’s TOS (0x${(winner.tos ?? 0).toString(16)}).`,
    };
  if (route.metric > winner.metric)
    return {
      reason: 'higher-metric',
      sentence: `Its metric is higher: ${route.metric} against ${winner.metric}.`,
    };
  if (route.preference !== winner.preference)
    return {
      reason: 'preference',
      sentence: `Its router preference is ${route.preference ?? 'medium'}, the winner’s ${winner.preference ?? 'medium'}.`,
    };
  return { reason: 'order', sentence: 'It is as good, and stands after the winner in the table.' };
}

/** In a table that did not give the answer. */
function elsewhere(fib: Fib, { route, unusable }: Candidate, steps: readonly RuleStep[]): Reason {
  const name = tableName(route.table);
  const leading = fib.rules.filter((compiled) => fib.leadsTo(compiled, name));
  if (leading.length === 0) return { reason: 'no-rule', sentence: `No rule leads to table ${route.table}.` };
  for (const { rule } of leading) {
    const step = steps.find((one) => one.rule === rule && (!rule.l3mdev || one.table === name));
    if (step === undefined) continue;
    const { outcome } = step;
    if (outcome.kind === 'throw')
      return outcome.route === route
        ? { reason: 'thrown', sentence: 'It says to go on with the next rule (throw).' }
        : {
            reason: 'thrown',
            sentence: `In table ${route.table} ${outcome.route.dst} says to go on with the next rule (throw).`,
          };
    if (outcome.kind === 'suppressed')
      return {
        reason: 'suppressed',
        sentence: `Rule ${rule.priority} does not take it: ${suppressor(rule)}.`,
      };
    if (outcome.kind === 'no-route')
      return { reason: 'unusable', sentence: `It does not count: ${unusable ?? 'it is not usable'}.` };
  }
  const looked = leading.flatMap(({ rule }) => steps.find((one) => one.rule === rule) ?? []);
  const [mismatched] = looked;
  if (mismatched?.rule.l3mdev === true && mismatched.table !== name && mismatched.table !== null)
    return { reason: 'rule-mismatch', sentence: `Table ${route.table} is another VRF’s.` };
  if (mismatched?.outcome.kind === 'no-match')
    return {
      reason: 'rule-mismatch',
      sentence: `Rule ${mismatched.rule.priority} leads to table ${route.table}, but is not for this packet: ${mismatchSentence(mismatched.rule, mismatched.outcome.mismatch)}.`,
    };
  const won = steps.find(({ outcome }) => outcome.kind === 'won');
  const [first] = leading;
  const answered = won === undefined ? 'an earlier one' : `rule ${won.rule.priority}`;
  return {
    reason: 'later-rule',
    sentence: `Rule ${first?.rule.priority ?? '?'} leads to table ${route.table}, but ${answered} has answered before it.`,
  };
}

function suppressor({ suppressPrefixLength, suppressIfgroup }: PolicyRule): string {
  return suppressPrefixLength === null
    ? `its device is of group ${suppressIfgroup ?? ''}`
    : `it suppresses prefixes of /${suppressPrefixLength} and shorter`;
}

function prefixLength({ dst }: Route): number {
  return Number(dst.slice(dst.indexOf('/') + 1));
}
