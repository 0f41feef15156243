import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { decoded, pcap } from '../testing/pcap.ts';
import { completions } from './completions.ts';
import { parseDisplayFilter } from './display-filter.ts';

describe('a mistake in a filter', () => {
  it.each([
    // text, the mistaken part, what to write there, a word of the sentence
    ['192.168.2.3', '192.168.2.3', 'ip.addr == 192.168.2.3', 'alone'],
    ['192.168.2.0/24', '192.168.2.0/24', 'ip.addr == 192.168.2.0/24', 'alone'],
    ['8080', '8080', '(tcp.port == 8080 || udp.port == 8080)', 'alone'],
    [':8080', ':8080', '(tcp.port == 8080 || udp.port == 8080)', 'alone'],
    ['ip && 1.2.3.4:80', '1.2.3.4:80', 'ip.addr == 1.2.3.4 && (tcp.port == 80 || udp.port == 80)', 'alone'],
    ['fd00::3', 'fd00::3', 'ipv6.addr == fd00::3', 'alone'],
    ['fd00::3/64', 'fd00::3/64', 'ipv6.addr == fd00::3/64', 'alone'],
    [
      '[fd00::3]:8080',
      '[fd00::3]:8080',
      'ipv6.addr == fd00::3 && (tcp.port == 8080 || udp.port == 8080)',
      'alone',
    ],
    ['10.0', '10.0', 'ip.addr == 10.0.0.0/16', 'alone'],
    ['TCP', 'TCP', 'tcp', 'nearest'],
    ['ip.scr == 10.0.0.1', 'ip.scr', 'ip.src', 'nearest'],
    ['dstport == 80', 'dstport', 'tcp.dstport', 'nearest'],
    ['tcp AND udp', 'AND', 'and', 'no operator'],
    ['tcp.port = 80', '=', '==', 'write =='],
    ['tcp.port is 80', 'is', '==', 'no operator'],
    ['tcp | udp', '|', '||', 'write ||'],
    ['tcp udp', 'udp', '&& udp', 'join'],
    ['tcp)', ')', '', 'nothing'],
    ['(tcp', '(', null, 'not closed'],
    ['tcp and', '', null, 'ends where'],
    ['', '', null, null],
    ['tcp.port == "80"', '"80"', '80', 'without quotes'],
    ['tcp.port == 70000', '70000', null, 'at most 65535'],
    ['tcp.port == -1', '-1', null, 'never negative'],
    ['tcp.port == 1a', '1a', null, 'no number'],
    ['tcp.port == udp', 'udp', null, 'is a protocol'],
    ['tcp.port contains 80', 'tcp.port', 'string(tcp.port)', 'a number'],
    ['ip.src matches "10"', 'ip.src', 'string(ip.src)', 'an IPv4 address'],
    ['ip.src == "10.0.0.1"', '"10.0.0.1"', '10.0.0.1', 'without quotes'],
    ['ip.src == 10.0', '10.0', '10.0.0.0/16', 'no address'],
    ['ip.src == fd00::1', 'fd00::1', null, 'other kind'],
    ['ip.src == 10.0.0.0/33', '10.0.0.0/33', null, 'no address'],
    ['ip.src == eth.src', 'eth.src', null, 'a MAC address'],
    ['eth.src == 00:11:22', '00:11:22', null, 'six bytes'],
    ['frame contains GET', 'GET', '"GET"', 'double quotes'],
    ['frame matches GET', 'GET', '"GET"', 'double quotes'],
    [String.raw`frame contains "\d"`, String.raw`\d`, String.raw`\\d`, 'no escape'],
    ['frame contains "GET', '"GET', '"GET"', 'does not end'],
    ["frame contains 'GET'", "'GET'", '"GET"', 'one character'],
    ['frame contains “GET”', '“', '"', 'write "'],
    ['eth == 00', 'eth', 'eth[0:2]', 'is a protocol'],
    ['tcp.port[0] == 1', '[0]', '', 'slices'],
    ['eth.src[0:0] == 1', '[0:0]', null, 'at least one'],
    ['eth.src[a] == 1', '[a]', null, 'A slice is'],
    ['eth.src[0:2', '[0:2', '[0:2]', 'does not end'],
    ['tcp.port in 80', '80', null, 'braces'],
    ['tcp.port in {80 443}', '', ', ', 'commas'],
    ['tcp.port in {}', '}', '', 'missing'],
    ['80 == tcp.port', '80', '(tcp.port == 80 || udp.port == 80)', 'alone'],
    ['"a" == tcp.port', '"a"', null, 'comes first'],
    ['tcp.port == 80 == 80', '==', null, 'Two comparisons'],
    ['any tcp', 'any', null, 'before a comparison'],
    ['len(tcp)', 'len(tcp)', null, 'compared'],
    ['len(tcp.port) == 2', 'tcp.port', null, 'len takes'],
    ['lower(ip.src) == "a"', 'ip.src', null, 'lower takes'],
    ['foo(tcp) == 1', 'foo', null, 'no function'],
    ['tcp.port & "a"', '"a"', null, 'no number'],
    // A value for each pair of pairs: of twenty a packet had a million.
    ['ip.addr & ip.src & ip.dst == 1.2.3.4', 'ip.dst', null, 'One & of a value'],
    ['len(string(tcp.port & udp.port)) & tcp.len == 1', 'tcp.len', null, 'One & of a value'],
    ['ip.addr & ip.dst & 255.0.0.0 == 1.0.0.0', '', null, null],
    ['frame.time_epoch > "yesterday"', '"yesterday"', null, 'is a time'],
    ['tcp.port == 80 && !', '', null, 'ends where'],
    ['zzzzzzzzzzzz == 1', 'zzzzzzzzzzzz', null, 'no field'],
    [`${'('.repeat(100)}tcp${')'.repeat(100)}`, '(', null, 'deep'],
    [Array.from({ length: 600 }, () => 'tcp').join(' || '), 'tcp', null, 'at most 512'],
  ])('%s', (text, part, suggestion, words) => {
    const parsed = parseDisplayFilter(text);
    if (words === null) {
      expect(parsed.ok).toBe(true);
      return;
    }
    if (parsed.ok) throw new Error('it was taken');
    const { at, length, sentence } = parsed.failure;
    expect(text.slice(at, at + length)).toBe(part);
    expect(parsed.failure.suggestion).toBe(suggestion);
    expect(sentence).toContain(words);
    expect(sentence).toMatch(/[.]$/u);
  });

  it('of slices of slices takes no more memory than packets have', () => {
    const all = '[0:,0:,0:,0:,0:,0:,0:,0:,0:,0:]';
    const parsed = parseDisplayFilter(`frame${all.repeat(15)} == 00`);
    if (!parsed.ok) throw new Error(parsed.failure.sentence);
    const [segment] = decoded(pcap(1, [{ bytes: new Uint8Array(60) }])).segments;
    if (segment === undefined) throw new Error('no segment');
    expect(parsed.value.scan(segment).scan(0, 1, new Uint16Array(1), 0)).toBe(0);
  });

  it('has a right suggestion: with it the filter is taken, or the next mistake is further on', () => {
    for (const text of [
      '1.2.3.4:80',
      '10.0.0.0/8 80',
      'tcp.port = 80',
      'TCP AND udp',
      'ip.src == "10.0.0.1"',
    ]) {
      let now = text;
      for (let step = 0; step < 4; step += 1) {
        const parsed = parseDisplayFilter(now);
        if (parsed.ok) break;
        const { at, length, suggestion } = parsed.failure;
        now = now.slice(0, at) + (suggestion ?? '') + now.slice(at + length);
      }
      expect(parseDisplayFilter(now).ok, now).toBe(true);
    }
  });

  it('is all that any text comes to', () => {
    const word = fc.constantFrom(
      ...[
        'tcp',
        'tcp.port',
        'ip.src',
        'eth.src[0:3]',
        '==',
        '!=',
        'in',
        '{',
        '}',
        '(',
        ')',
        '&&',
        '!',
        'not',
        '80',
        '"a"',
        '&',
        ',',
        '..',
        'len(',
        '10.0.0.0/8',
        "'a'",
        'any',
        'matches',
        '[',
        ']',
        '\\',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 20 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, fc.nat(100), (written, caret) => {
        const parsed = parseDisplayFilter(written);
        if (!parsed.ok) {
          const { at, length } = parsed.failure;
          expect(at >= 0 && length >= 0 && at + length <= written.length).toBe(true);
        }
        const { from, to } = completions(written, caret);
        expect(0 <= from && from <= to && to <= written.length).toBe(true);
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('completions', () => {
  const labels = (marked: string) => {
    const caret = marked.indexOf('|');
    const text = marked.replace('|', '');
    const { from, to, items } = completions(text, caret);
    return { replaces: text.slice(from, to), texts: items.map((item) => item.text) };
  };

  it.each([
    ['tcp.srcp|', 'tcp.srcp', ['tcp.srcport']],
    ['tcp && ip.s|', 'ip.s', ['ip.src', 'ip.src_host']],
    ['tcp.port |', '', ['==', '!=', 'in', '<']],
    ['tcp.port con|', 'con', []],
    ['frame con|', 'con', ['contains']],
    ['tcp.port == 80 |', '', ['&&', '||']],
    ['tcp.port == 80 a|', 'a', ['and']],
    ['tcp.port in {80, 81 |', '', [',', '..', '}']],
    ['tcp.port in {80} |', '', ['&&']],
    ['tcp.flags.syn == |', '', ['1', '0']],
    ['not tc|p', 'tcp', ['tcp']],
    ['len(da|', 'da', ['data']],
    ['len(data) |', '', ['==']],
    ['"unfinished |', '', []],
  ])('at | of %s', (marked, replaces, first) => {
    const found = labels(marked);
    expect(found.replaces).toBe(replaces);
    if (first.length === 0) expect(found.texts).toEqual([]);
    else for (const text of first) expect(found.texts).toContain(text);
  });

  it('of nothing written are protocols, and at most 50', () => {
    expect(labels('|').texts).toEqual(expect.arrayContaining(['ip', 'tcp', 'not']));
    expect(labels('e|').texts.length).toBeLessThanOrEqual(50);
  });

  it('tell what a field is', () => {
    const [item] = completions('ip.ttl', 6).items.filter(({ text }) => text === 'ip.ttl');
    expect(item?.detail).toBe('Time to live · a number');
  });
});
