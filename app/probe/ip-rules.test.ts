import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseRulesJson, parseRulesText } from './ip-rules.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

it('reads the same rules from JSON and from text', () => {
  const json = parseRulesJson(fixture('ip-j-rule-4.txt'), 4);
  expect(json.ok && json.value).toEqual(parseRulesText(fixture('ip-rule-4.txt'), 4));
  expect(json.ok && json.value.slice(1, 3)).toEqual([
    { priority: 100, family: 4, text: 'from 10.1.0.0/16 fwmark 0x10/0xff lookup 100', table: '100' },
    { priority: 101, family: 4, text: 'not from 10.2.0.0/16 to 10.3.0.1 iif ens192 prohibit', table: null },
  ]);
});
