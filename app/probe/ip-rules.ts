// `ip -j -4|-6 rule show` (iproute2 ip/iprule.c print_rule) and its text form.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import type { PolicyRule } from './facts.ts';
import { parseToolJson } from './tool-json.ts';

const ruleSchema = z.looseObject({
  priority: z.number(),
  table: z.union([z.string(), z.number()]).optional(),
});

export function parseRulesJson(output: string, family: 4 | 6): Result<PolicyRule[], string> {
  const json = parseToolJson(output);
  if (!json.ok) return json;
  const entries = z.array(z.union([ruleSchema, z.strictObject({})])).safeParse(json.value);
  if (!entries.success) return fail(z.prettifyError(entries.error).slice(0, 300));
  return ok(
    entries.data
      .filter((entry) => 'priority' in entry)
      .map((entry) => ({
        priority: entry.priority,
        family,
        text: ruleText(entry),
        table: entry.table === undefined ? null : String(entry.table),
      })),
  );
}

/** As the text form says it: `from 10.0.0.0/8 fwmark 0x1 lookup main`. Keys we do not know are kept, in order. */
function ruleText(entry: Readonly<Record<string, unknown>>): string {
  const words: string[] = [];
  if (entry['not'] !== undefined) words.push('not');
  words.push('from', withLength(entry['src'], entry['srclen']));
  if (entry['dst'] !== undefined) words.push('to', withLength(entry['dst'], entry['dstlen']));
  const action: string[] = [];
  for (const [key, value] of Object.entries(entry)) {
    if (['priority', 'src', 'srclen', 'dst', 'dstlen', 'not', 'flags', 'fwmask'].includes(key)) continue;
    if (key === 'table') action.push('lookup', scalar(value));
    else if (key === 'action') action.push(scalar(value));
    else if (key === 'fwmark' && entry['fwmask'] !== undefined)
      words.push('fwmark', `${scalar(value)}/${scalar(entry['fwmask'])}`);
    else words.push(key, scalar(value));
  }
  return [...words, ...action].join(' ');
}

function withLength(address: unknown, length: unknown): string {
  const text = address === undefined ? 'all' : scalar(address);
  return length === undefined ? text : `${text}/${scalar(length)}`;
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return JSON.stringify(value) || '';
}

export function parseRulesText(output: string, family: 4 | 6): PolicyRule[] {
  return output.split('\n').flatMap((line) => {
    const match = /^(\d+):\s+(.*?)\s*$/.exec(line);
    if (!match) return [];
    const text = match[2] ?? '';
    return [{ priority: Number(match[1]), family, text, table: /\blookup (\S+)/.exec(text)?.[1] ?? null }];
  });
}
