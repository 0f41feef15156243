// Fixtures: `…-every` and `busybox-…` are what iproute2 6.1.0 and BusyBox 1.35 printed in a namespace with a rule of
// each kind (Debian 12, kernel 6.18); the others came from a node of the lab.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import type { PolicyRule } from './facts.ts';
import { parseRulesJson, parseRulesText } from './ip-rules.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

function rulesOf(name: string): readonly PolicyRule[] {
  const json = parseRulesJson(fixture(name), 4);
  if (!json.ok) throw new Error(json.failure);
  expect(json.value.unread).toEqual([]);
  return json.value.entries;
}

describe('ip rule', () => {
  it.each(['', '-every'])('reads the same rules from JSON and from text%s', (variant) => {
    const text = parseRulesText(fixture(`ip-rule-4${variant}.txt`), 4);
    expect(text.unread).toEqual([]);
    expect(rulesOf(`ip-j-rule-4${variant}.txt`)).toEqual(text.entries);
  });

  it('knows what each part of a rule says', () => {
    const rules = rulesOf('ip-j-rule-4-every.txt');
    const at = (priority: number): PolicyRule | undefined => rules.find((rule) => rule.priority === priority);
    expect(at(10)).toEqual({
      priority: 10,
      family: 4,
      text: 'from 10.0.0.0/8 to 10.2.3.4 tos 0x10 fwmark 0x10/0xff iif v0 lookup 100',
      not: false,
      from: '10.0.0.0/8',
      to: '10.2.3.4',
      iif: 'v0',
      oif: null,
      fwmark: { mark: 0x10, mask: 0xff },
      tos: 0x10,
      dscp: null,
      ipproto: null,
      sport: null,
      dport: null,
      uidrange: null,
      tunId: null,
      l3mdev: false,
      table: '100',
      action: 'lookup',
      goto: null,
      suppressPrefixLength: null,
      suppressIfgroup: null,
      protocol: null,
      unread: [],
    });
    expect(at(11)).toMatchObject({ not: true, fwmark: { mark: 0xca6c, mask: 0xffffffff }, table: '51820' });
    expect(at(12)).toMatchObject({
      ipproto: 6,
      sport: { from: 1000, to: 1000 },
      dport: { from: 80, to: 90 },
      table: 'main',
      suppressPrefixLength: 0,
    });
    expect(at(13)).toMatchObject({ oif: 'v0', uidrange: { from: 1000, to: 2000 }, suppressIfgroup: '5' });
    expect(at(14)).toMatchObject({ action: 'goto', goto: 20, table: null });
    expect(at(15)).toMatchObject({ action: 'nop' });
    expect(at(16)).toMatchObject({ action: 'blackhole', from: null });
    expect(at(17)).toMatchObject({ action: 'unreachable', from: '0.0.0.0/1' });
    expect(at(18)).toMatchObject({ action: 'prohibit', iif: 'gone0' });
    expect(at(19)).toMatchObject({ action: 'goto', goto: 9999 });
    expect(at(20)).toMatchObject({ l3mdev: true, table: null, protocol: '80' });
    expect(at(21)).toMatchObject({ table: 'main' });
    expect(at(22)).toMatchObject({ tunId: '5' });
    expect(at(24)).toMatchObject({ ipproto: 132 });
    expect(at(25)).toMatchObject({ ipproto: 58, tos: 0x1c });
  });

  it('reads what BusyBox prints, which tells less', () => {
    const { entries, unread } = parseRulesText(fixture('busybox-ip-rule.txt'), 4);
    expect(entries.find(({ priority }) => priority === 10)).toMatchObject({
      tos: 16,
      iif: 'v0',
      table: '100',
    });
    expect(entries.find(({ priority }) => priority === 16)).toMatchObject({
      action: 'blackhole',
      table: null,
    });
    // It prints a goto as the route type of that number: nobody knows where to.
    expect(unread.map(({ where }) => where)).toContain('line 6');
    expect(entries.find(({ priority }) => priority === 14)?.unread).not.toEqual([]);
  });

  it('keeps what it does not know, and says where', () => {
    const json = parseRulesJson(
      '[{"priority":7,"src":"all","flowlabel":"0x5","table":"main"},{},{"src":"all"}]',
      4,
    );
    expect(json.ok && json.value).toMatchObject({
      entries: [{ priority: 7, text: 'from all lookup main flowlabel 0x5', unread: ['flowlabel', '0x5'] }],
      unread: [{ where: 'entry 1' }, { where: 'entry 3', text: '{"src":"all"}' }],
      unreadCount: 2,
    });
    expect(parseRulesText('0:\tfrom all lookup local\nwhat?\n9:\tfrom 1.2.3.4/x', 4)).toMatchObject({
      entries: [{ priority: 0 }, { priority: 9, unread: ['from 1.2.3.4/x'] }],
      unread: [{ where: 'line 2', text: 'what?' }, { where: 'line 3' }],
    });
  });

  it('takes any text without throwing, and counts each line it did not understand', () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...'from to not all 10.0.0.0/8 lookup main fwmark 0x1/0xff iif goto 5 nop suppress_prefixlength uidrange 1-2'.split(
          ' ',
        ),
      ),
      fc.string(),
    );
    const line = fc
      .tuple(fc.nat(), fc.array(word, { maxLength: 12 }))
      .map(([priority, words]) => `${priority}:\t${words.join(' ')}`);
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 40 }), (lines) => {
        const { entries, unread, unreadCount } = parseRulesText(lines.join('\n'), 4);
        expect(unread.length).toBe(Math.min(unreadCount, 20));
        expect(entries.filter((rule) => rule.unread.length > 0).length).toBeLessThanOrEqual(unreadCount);
        for (const { where } of unread) expect(where).toMatch(/^line [1-9]\d*$/);
        const split = lines.join('\n').split('\n');
        const read = split.filter((text) => /^\d{1,10}:[ \t]/.test(text)).length;
        expect(entries.length).toBe(read);
      }),
      { numRuns: runs(200) },
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        parseRulesJson(text, 6);
      }),
      { numRuns: runs(200) },
    );
  });
});
