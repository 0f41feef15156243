// `ip -j -4|-6 rule show` (iproute2 ip/iprule.c print_rule) and its text form, which BusyBox prints as well
// (networking/libiproute/iprule.c). JSON is turned into the words of the text form: one reader for both.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import type { PolicyRule } from './facts.ts';
import { readRuleWords } from './rule-words.ts';
import { parseToolJson } from './tool-json.ts';
import { EntryList, type ReadEntries } from './unread.ts';

const ruleSchema = z.looseObject({ priority: z.number() });
type RuleEntry = z.infer<typeof ruleSchema>;

export function parseRulesJson(output: string, family: 4 | 6): Result<ReadEntries<PolicyRule>, string> {
  const json = parseToolJson(output);
  if (!json.ok) return json;
  if (!Array.isArray(json.value)) return fail('not a list of rules');
  const rules = new EntryList<PolicyRule>();
  for (const [at, value] of json.value.entries()) {
    const entry = ruleSchema.safeParse(value);
    if (entry.success) take(rules, entry.data.priority, ruleText(entry.data), family, `entry ${at + 1}`);
    // A deleted rule is printed as {}.
    else if (JSON.stringify(value) !== '{}') rules.notUnderstood(`entry ${at + 1}`, JSON.stringify(value));
  }
  return ok(rules);
}

export function parseRulesText(output: string, family: 4 | 6): ReadEntries<PolicyRule> {
  const rules = new EntryList<PolicyRule>();
  for (const [at, line] of output.split('\n').entries()) {
    const match = /^(\d{1,10}):[ \t]+(.*?)[ \t\r]*$/.exec(line);
    if (match) take(rules, Number(match[1]), match[2] ?? '', family, `line ${at + 1}`);
    else if (line.trim() !== '') rules.notUnderstood(`line ${at + 1}`, line);
  }
  return rules;
}

function take(
  rules: EntryList<PolicyRule>,
  priority: number,
  text: string,
  family: 4 | 6,
  where: string,
): void {
  const said = readRuleWords(text.split(/[ \t]+/).filter((word) => word !== ''));
  rules.entries.push({ priority, family, text, ...said });
  if (said.unread.length > 0) rules.notUnderstood(where, `${said.unread.join(' ')} (in “${text}”)`);
}

/** In print_rule's own order: selectors, then what is done. Keys we do not know come last. */
function ruleText(entry: RuleEntry): string {
  const rest = new Map<string, unknown>(Object.entries(entry));
  const words: string[] = [];
  const taken = (key: string): unknown => {
    const value = rest.get(key);
    rest.delete(key);
    return value;
  };
  const word = (key: string, name = key, marked?: readonly [key: string, text: string]): void => {
    if (rest.has(key)) words.push(name, scalar(taken(key)));
    if (marked !== undefined && taken(marked[0]) !== undefined) words.push(marked[1]);
  };
  const range = (name: string, from: string, to: string): void => {
    if (rest.has(from)) words.push(name, `${scalar(taken(from))}-${scalar(taken(to))}`);
  };
  taken('priority');
  taken('flags');
  if (taken('not') !== undefined) words.push('not');
  words.push('from', withSuffix(taken('src') ?? 'all', taken('srclen')));
  const to = taken('dst');
  if (to !== undefined) words.push('to', withSuffix(to, taken('dstlen')));
  word('tos');
  word('dscp');
  const mark = taken('fwmark');
  if (mark !== undefined) words.push('fwmark', withSuffix(mark, taken('fwmask')));
  word('iif', 'iif', ['iif_detached', '[detached]']);
  word('oif', 'oif', ['oif_detached', '[detached]']);
  range('uidrange', 'uid_start', 'uid_end');
  word('ipproto');
  word('sport');
  range('sport', 'sport_start', 'sport_end');
  word('dport');
  range('dport', 'dport_start', 'dport_end');
  word('tun_id');
  if (taken('l3mdev') !== undefined) words.push('lookup', '[l3mdev-table]');
  word('table', 'lookup');
  word('suppress_prefixlen', 'suppress_prefixlength');
  word('suppress_ifgroup');
  const from = taken('flow_from');
  const flow = taken('flow_to');
  if (flow !== undefined) words.push('realms', from === undefined ? scalar(flow) : withSuffix(from, flow));
  word('goto', 'goto', ['unresolved', '[unresolved]']);
  if (taken('nop') !== undefined) words.push('nop');
  const action = taken('action');
  if (action !== undefined) words.push(scalar(action));
  word('protocol', 'proto');
  for (const [key, value] of rest) words.push(key, ...(value === null ? [] : [scalar(value)]));
  return words.join(' ');
}

function withSuffix(value: unknown, suffix: unknown): string {
  return suffix === undefined ? scalar(value) : `${scalar(value)}/${scalar(suffix)}`;
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return JSON.stringify(value);
}
