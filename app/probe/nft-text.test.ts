// The same rules as nft 1.0.6 listed them for people and as JSON.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNftJson } from './nft-json.ts';
import { nftTextAsJson } from './nft-text.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const printed = fixture('nft-ruleset.txt');
const tablesOf = (json: string) =>
  parseNftJson(json.replaceAll('\n', ' '), 'x').entries.map(({ sets, ...table }) => ({
    ...table,
    // What is beside an element's value: when it goes, its comment. The device of netdev's chains is in none of this version's JSON.
    sets: sets.map((set) => ({ ...set, timeout: null, elements: set.elements.map(valueOf) })),
  }));
const valueOf = (element: unknown): unknown =>
  (element as { elem?: { val: unknown } } | null)?.elem?.val ?? element;

describe('what nft prints for people', () => {
  it.each(
    tablesOf(fixture('nft-ruleset-j.txt')).map((table) => [`${table.family} ${table.name}`, table] as const),
  )('is what its JSON says: table %s', (name, table) => {
    const own = tablesOf(nftTextAsJson(printed)).find((one) => `${one.family} ${one.name}` === name);
    const withoutTimes = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll(/\{"elem":\{"val":(.*?),"timeout":\d+\}\}/g, '$1'));
    for (const [at, chain] of table.chains.entries()) {
      const [hook, ownHook] = [chain.hook, own?.chains[at]?.hook ?? null];
      expect(ownHook).toEqual(hook === null ? null : { ...hook, device: ownHook?.device ?? null });
      for (const [number, rule] of chain.rules.entries())
        expect(own?.chains[at]?.rules[number], `${chain.name} ${number + 1}`).toEqual(withoutTimes(rule));
      expect(own?.chains[at]?.rules).toHaveLength(chain.rules.length);
    }
    expect(own?.sets).toEqual(table.sets);
  });

  it('tells of which device a chain is, in each way in which it is written', () => {
    const devices = (told: string): unknown => {
      const text = `table netdev t {\n\tchain c {\n\t\ttype filter hook ingress ${told} priority filter + 5; policy drop;\n\t}\n}\n`;
      return parseNftJson(nftTextAsJson(text), 'x').entries[0]?.chains[0]?.hook;
    };
    const hook = { hook: 'ingress', priority: 5, type: 'filter', policy: 'drop' };
    expect(devices('device "ens3"')).toEqual({ ...hook, device: 'ens3' });
    expect(devices('devices = { ens3, "ens4" }')).toEqual({ ...hook, device: 'ens3, ens4' });
  });

  it('of a table that is dormant the kernel calls no chain', () => {
    const text = (flags: string): string =>
      `table ip t {\n\tflags ${flags}\n\n\tchain c {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n`;
    const hookOf = (json: string): unknown => parseNftJson(json, 'x').entries[0]?.chains[0]?.hook;
    expect(hookOf(nftTextAsJson(text('dormant')))).toBeNull();
    expect(hookOf(nftTextAsJson(text('owner')))).toMatchObject({ hook: 'input' });
    const json = (flags: unknown): string => {
      const chain = { family: 'ip', table: 't', name: 'c', type: 'filter', hook: 'input', prio: 0 };
      return JSON.stringify({ nftables: [{ table: { family: 'ip', name: 't', flags } }, { chain }] });
    };
    expect(hookOf(json(['owner', 'dormant']))).toBeNull();
    expect(hookOf(json('owner'))).toMatchObject({ hook: 'input' });
    // As nft 1.0.6 prints it of table t.
    expect(hookOf(json('t'))).toBeNull();
    expect(parseNftJson(json('t'), 'x').unreadCount).toBe(1);
  });

  const lines = ['table ip t {', '\tchain a {', '\t\tip ttl 1 drop', '\t}', '', '\tchain b {', '\t}', '}'];
  const read = (text: string) => parseNftJson(nftTextAsJson(text), 'x');

  it.each([
    [3, 'ip ttl 1 drop', 2],
    [4, '}', 1],
    [6, 'chain b {', 1],
    [7, '}', 1],
  ])('of which only %d lines are there is told as cut after “%s”', (count, last, ofA) => {
    const cut = lines.slice(0, count).join('\n');
    for (const text of [cut, `${cut}\ntable ip u {\n}\n`]) {
      const { entries, unread, unreadCount } = read(text);
      expect(unread).toEqual([{ where: 'is not whole: rules are missing after', text: last }]);
      expect(unreadCount).toBe(1);
      const chains = entries[0]?.chains ?? [];
      expect(chains[0]?.rules).toHaveLength(ofA);
      // What comes after its last line, nobody knows.
      if (count !== 4 && count !== 7)
        expect(chains.at(-1)?.rules.at(-1)).toMatchObject({ expr: [{ 'lines-that-are-missing': null }] });
    }
    expect(read(`${lines.join('\n')}\n`).unread).toEqual([]);
    expect(read(printed).unread).toEqual([]);
  });

  it('of a set that is cut no element is known to be the last', () => {
    const set = 'table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = { 1.2.3.4,\n';
    expect(read(set)).toMatchObject({ entries: [{ sets: [] }], unreadCount: 1 });
    expect(read(`${set}\t\t\t     1.2.3.5 }\n\t}\n}\n`).entries[0]?.sets[0]?.size).toBe(2);
  });

  it.each([
    'osf name "Linux" drop',
    'dnat ip addr . port to ip saddr map { 1.2.3.4 : 10.0.0.1 . 80 }',
    'snat ip prefix to ip saddr map { 10.1.0.0/16 : 10.2.0.0/16 }',
    'dnat to 10.2.0.0/16',
    'add @s { ip saddr wonder } drop',
    'ip saddr',
    'jump',
    'meta mark set',
    'frag id 5 accept',
  ])('does not claim to know what “%s” does', (rule) => {
    const text = `table ip t {\n\tchain c {\n\t\tip ttl 1 ${rule}\n\t}\n}\n`;
    const [table] = parseNftJson(nftTextAsJson(text), 'x').entries;
    const [read] = table?.chains[0]?.rules ?? [];
    const [first, ...others] = read?.backend === 'nft' ? read.expr : [];
    expect(first).toMatchObject({ match: { right: 1 } });
    expect(others).toEqual([{ [rule]: null }]);
  });

  it('of a set of very many elements all are read, soon', () => {
    const count = 50_000;
    const elements = Array.from(
      { length: count },
      (_, at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
    );
    const text = `table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = { ${elements.join(',\n\t\t\t     ')} }\n\t}\n}\n`;
    expect(parseNftJson(nftTextAsJson(text), 'x').entries[0]?.sets[0]?.size).toBe(count);
  });

  it('does not nest without end', () => {
    const rule = `meta mark ${'& 1 '.repeat(40_000)} 1 drop`;
    const { entries } = read(`table ip t {\n\tchain c {\n\t\t${rule}\n\t}\n}\n`);
    expect(entries[0]?.chains[0]?.rules).toMatchObject([{ expr: [{ [rule.replace('  ', ' ')]: null }] }]);
  });

  it('is read whatever is lost of it', () => {
    const lines = printed.split('\n');
    const words = printed.split(/\s+/);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...lines), fc.constantFrom(...words), fc.string()), {
          maxLength: 12,
        }),
        fc.boolean(),
        (parts, inLines) => {
          const text = `table ip t {\n\tchain c {\n${parts.join(inLines ? '\n' : ' ')}\n\t}\n}\n`;
          expect(() => parseNftJson(nftTextAsJson(text), 'x')).not.toThrow();
        },
      ),
    );
  });
});
