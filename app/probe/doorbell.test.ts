import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doorbellCommand, parseDoorbellLine, type DoorbellRing } from './doorbell.ts';

const rings = (name: string): (DoorbellRing & { line: string })[] =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const ring = parseDoorbellLine(line);
      return ring === null ? [] : [{ ...ring, line }];
    });

describe('ip monitor', () => {
  it('knows every line that a recreated Pod and a downed NIC made, with and without labels', () => {
    for (const name of ['ip-monitor.txt', 'ip-monitor-labels.txt']) {
      const all = rings(name);
      expect(all.length).toBeGreaterThan(10);
      expect(all.filter(({ topic }) => topic === 'unknown')).toEqual([]);
      expect(all.every(({ at }) => at !== null)).toBe(true);
    }
  });

  it('tells which device was deleted, when, and in which namespace', () => {
    const deleted = rings('ip-monitor.txt').filter(({ topic, deleted: gone }) => topic === 'link' && gone);
    expect(deleted.map(({ nsid, ifindex, at }) => ({ nsid, ifindex, at }))).toEqual([
      { nsid: null, ifindex: 4, at: { s: Date.UTC(2026, 10, 24, 3, 12, 34) / 1000, ns: 86_540_000 } },
      { nsid: 1, ifindex: 3, at: { s: Date.UTC(2026, 10, 24, 3, 12, 34) / 1000, ns: 86_550_000 } },
    ]);
  });

  it('guesses what labels would say', () => {
    for (const { line, topic } of rings('ip-monitor-labels.txt')) {
      const bare = parseDoorbellLine(line.replace(/\[(LINK|ADDR|ROUTE|RULE|NSID)\]/, ''));
      expect([line, bare?.topic]).toEqual([line, topic]);
    }
  });

  it('hears an overrun and a refusal', () => {
    expect(parseDoorbellLine('netlink receive error No buffer space available (105)')?.topic).toBe('overrun');
    expect(parseDoorbellLine('NETLINK_LISTEN_ALL_NSID: Operation not permitted')?.topic).toBe(
      'not-permitted',
    );
    expect(parseDoorbellLine('')).toBeNull();
  });

  it('asks for all namespaces only where that is allowed', () => {
    expect(doorbellCommand({ allNamespaces: true })).toContain(' all-nsid ');
    expect(doorbellCommand({ allNamespaces: false })).not.toContain('all-nsid');
  });

  it('never throws', () => {
    const start = fc.constantFrom(
      '',
      '[2026-11-24T03:12:34.086540] ',
      '[2026-99-99T99:99:99.000000] [nsid 4][LINK]Deleted ',
    );
    fc.assert(
      fc.property(start, fc.string({ unit: 'binary-ascii' }), (prefix, rest) => {
        const ring = parseDoorbellLine(prefix + rest);
        expect(ring === null || typeof ring.topic === 'string').toBe(true);
      }),
    );
  });
});
