// The rules that a kernel took a packet through, in the words of our readings, beside those that our trace says it meets.
import { ruleText } from '../probe/filter-rule.ts';
import type { FirewallReading, FirewallTable } from '../probe/firewall-facts.ts';
import type { FlowTrace, MetHandle } from '../probe/flow-trace.ts';
import type { TraceHop, TraceRule } from './model.ts';
import type { MetRule, NodeRules } from './probe-model.ts';

/** Between what carries a packet and the packet (hop.ts, `packetLine`). */
const CARRIED = ' · ';

const ENDS: ReadonlySet<string> = new Set(['drop', 'reject', 'stolen']);

/** @param hops of the predicted way, those on this node. @param reading its packet filters; null: not read. */
export function nodeRules(
  node: string,
  { packets, unread }: FlowTrace,
  hops: readonly TraceHop[],
  reading: FirewallReading | null,
  /** Nothing was listened to any more when the last packet had been sent. */
  late = false,
): NodeRules {
  const [first] = packets;
  if (first === undefined)
    return {
      node,
      sentence: `No packet of the probe came to ${node} while its rules were traced.${late ? ` That was over before all had been sent: where ${node} allows one session at a time (MaxSessions of its sshd), or is slow, packets come when nobody listens any more.` : ''}`,
      met: [],
      agrees: null,
      difference: null,
    };
  const met = first.filter(isTold).map((one) => metRule(one, reading));
  const last = met.at(-1);
  const ended = last !== undefined && endsIt(last);
  const sentence =
    last === undefined
      ? `The packet came by and met no rule of nf_tables on ${node}.`
      : ended
        ? `${nameOf(last)} ended it (${last.verdict}).`
        : `It passed ${String(met.length)} ${met.length === 1 ? 'rule' : 'rules'} and policies of ${node}.`;
  const [odd] = unread;
  // What was not understood may be the very rule that seems not to be met.
  const difference = odd === undefined ? firstDifference(met, ended, hops) : null;
  const comparable = hops.length > 0 && odd === undefined;
  const seen = `${sentence}${hasOlder(reading) ? ` Rules of iptables-legacy, of which ${node} has some, are not among them: the kernel traces those to its log alone.` : ''}`;
  const told =
    odd === undefined
      ? seen
      : `${seen} Line ${String(odd.line)} of nft’s trace was not understood: ${odd.text}`;
  return { node, sentence: told, met, agrees: comparable ? difference === null : null, difference };
}

function hasOlder(reading: FirewallReading | null): boolean {
  return (reading?.tables ?? []).some(
    ({ backend, chains }) => backend === 'legacy' && chains.some(({ rules }) => rules.length > 0),
  );
}

/** That a chain went back to its caller is no rule. */
function isTold({ number, text, verdict }: MetHandle): boolean {
  return number !== null || text !== '' || ENDS.has(verdict);
}

function metRule(
  { family, table, chain, number, text, verdict }: MetHandle,
  reading: FirewallReading | null,
): MetRule {
  const found = number === null || number === 0 ? null : ruleAt(reading, family, table, chain, number);
  return {
    family,
    table,
    chain,
    number,
    text: number === 0 ? `policy ${verdict}` : (found ?? text),
    verdict,
  };
}

/** As its own tool prints it: iptables’ rules as iptables does. */
function ruleAt(
  reading: FirewallReading | null,
  family: string,
  table: string,
  chain: string,
  number: number,
): string | null {
  const isIt = (one: FirewallTable): boolean =>
    one.backend !== 'legacy' && one.family === family && one.name === table;
  const rule = reading?.tables.find(isIt)?.chains.find(({ name }) => name === chain)?.rules[number - 1];
  return rule === undefined ? null : ruleText(rule);
}

/** A rule of iptables that rejects is an extension, of which nft tells no more than that it ended there. */
function endsIt({ verdict, text, number }: MetRule): boolean {
  return ENDS.has(verdict) || (number !== null && number > 0 && /(-j REJECT|\breject\b)/.test(text));
}

function nameOf({ table, chain, number }: Pick<MetRule, 'table' | 'chain' | 'number'>): string {
  return `${table} ${chain}${number === null ? '' : number === 0 ? '’s policy' : ` rule ${String(number)}`}`;
}

/** Null: all that our trace names was met, and it ended where our trace says. */
function firstDifference(met: readonly MetRule[], ended: boolean, hops: readonly TraceHop[]): string | null {
  // Of a packet in a tunnel the rules of what carries it are met by another packet, which is not marked.
  const steps = hops.filter(({ packet }) => !packet.includes(CARRIED)).flatMap((hop) => hop.steps);
  // The older iptables is not seen by this trace.
  const expected = steps.flatMap(({ rules }) => rules).filter(({ backend }) => backend !== 'legacy');
  const seen = new Set(met.map(({ family, table, chain, number }) => key(family, table, chain, number)));
  const last = met.at(-1);
  const missed = expected.find(
    ({ family, table, chain, number }) => !seen.has(key(family, table, chain, number)),
  );
  const stop = steps.find(({ outcome, rules }) => outcome === 'stops' && rules.length > 0)?.rules.at(-1);
  const came =
    last === undefined ? 'it met none' : `the last that it met is ${nameOf(last)} (${last.verdict})`;
  if (ended && stop === undefined)
    return `${last === undefined ? 'A rule' : nameOf(last)} ended it (${last?.text ?? ''}); our trace lets it pass ${hops[0]?.node ?? 'here'}.`;
  if (missed !== undefined)
    return `Our trace says that it meets ${ruleName(missed)} (${missed.text}); ${came}.`;
  if (stop !== undefined && stop.backend !== 'legacy' && !ended)
    return `Our trace says that ${ruleName(stop)} ends it; ${came}.`;
  return null;
}

function key(family: string, table: string, chain: string, number: number | null): string {
  return [family, table, chain, number ?? ''].join(' ');
}

function ruleName({ table, chain, number }: TraceRule): string {
  return nameOf({ table, chain, number });
}
