import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { inPrefix, parseAddress, parsePrefix, type Address, type Prefix } from './address.ts';
import { PrefixTable } from './prefix-table.ts';

const few = fc.oneof(fc.constantFrom(0, 1, 128, 192, 255), fc.nat(255));
const ipv4 = fc.tuple(few, few, few, few).map((octets) => octets.join('.'));
const ipv6 = fc
  .array(fc.oneof(fc.constantFrom(0, 1, 0x8000, 0xffff), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));

describe('longest prefix', () => {
  it.each([
    [4, ipv4, 32],
    [6, ipv6, 128],
  ] as const)(
    'IPv%i: finds what looking at every prefix finds, and then all others, longest first',
    (_, text, most) => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(text, fc.nat(most)), { maxLength: 60 }),
          fc.array(text, { maxLength: 20 }),
          (prefixes, addresses) => {
            const unique = new Map(
              prefixes.map(([address, length]) => {
                const prefix = prefixOf(`${address}/${length}`);
                return [`${prefix.words.join('.')}/${prefix.length}`, prefix];
              }),
            );
            const list = [...unique.values()];
            let order: readonly number[] = [];
            const table = new PrefixTable(list, (sorted) => {
              order = [...sorted];
            });
            for (const each of [...addresses, ...prefixes.map(([address]) => address)]) {
              const address = addressOf(each);
              const found: (Prefix | undefined)[] = [];
              for (let at = table.longest(address.words); at >= 0; at = table.shorter(at))
                found.push(list[order[at] ?? -1]);
              const expected = list
                .filter((prefix) => inPrefix(address, prefix))
                .toSorted((a, b) => b.length - a.length);
              expect(found).toEqual(expected);
            }
          },
        ),
        { numRuns: runs(100) },
      );
    },
  );
});

describe('addresses', () => {
  it.each([
    ['0.0.0.0', [0]],
    ['255.255.255.255', [0xffffffff]],
    ['10.1.2.3', [0x0a010203]],
    ['::', [0, 0, 0, 0]],
    ['fd00:1::a', [0xfd000001, 0, 0, 0xa]],
    ['::ffff:1.2.3.4', [0, 0, 0xffff, 0x01020304]],
    ['1:2:3:4:5:6:7:8', [0x10002, 0x30004, 0x50006, 0x70008]],
  ] as const)('%s', (text, words) => {
    expect([...(parseAddress(text)?.words ?? [])]).toEqual(words);
  });

  it.each(
    '|1.2.3|1.2.3.4.5|256.1.1.1|1..2.3|1.2.3.4/8|a.b.c.d|1:2|::1::2|1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7::8:9|fe80::1%eth0|g::|12345::| 1.2.3.4|:'.split(
      '|',
    ),
  )('“%s” is none', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it('take any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
        parsePrefix(text);
        if (/^[\d.]+$/.test(text) && text.split('.').length === 4) return;
        expect(parseAddress(text) === null || text.includes(':')).toBe(true);
      }),
      { numRuns: runs(300) },
    );
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(parseAddress(text)?.words.length).toBe(4);
      }),
      { numRuns: runs(100) },
    );
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', 'fd00::/129', '/8'])('“%s” is no prefix', (text) => {
    expect(parsePrefix(text)).toBeNull();
  });
});

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === null) throw new Error(text);
  return prefix;
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new Error(text);
  return address;
}
