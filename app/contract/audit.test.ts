import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { auditMatcher, type AuditRow, auditText } from './audit.ts';

const row: AuditRow = {
  id: 1,
  node: 'k8s-worker-1',
  login: 'root',
  by: 'login',
  kind: 'command',
  what: 'discovery: links, routes',
  startedAt: 1_764_000_000_000,
  endedAt: 1_764_000_000_250,
  outcome: 'exit 0',
  sent: 10,
  received: 2_000,
  tier: 3,
  nodeStartedAt: null,
};

it('finds every word in some column', () => {
  const finds = (filter: string, entry = row): boolean => auditMatcher(filter)(entry, entry.tier);
  expect(finds('')).toBe(true);
  expect(finds(' ')).toBe(true);
  expect(finds('WORKER-1 routes')).toBe(true);
  expect(finds('tier 3 exit')).toBe(true);
  expect(finds('worker-2')).toBe(false);
  expect(finds('running', { ...row, outcome: null })).toBe(true);
});

describe('exported', () => {
  it('is a table that a spreadsheet reads and does not compute', () => {
    const odd = { ...row, what: '=cmd|"/c calc",\nx', node: 'a,b' };
    const [head, line, ...rest] = auditText([odd], 'csv').split('\r\n');
    expect(head).toBe('startedAt,nodeStartedAt,endedAt,node,login,tier,by,kind,what,outcome,sent,received');
    expect(line).toBe(
      '2025-11-24T16:00:00.000Z,,2025-11-24T16:00:00.250Z,"a,b",root,3,login,command,"\'=cmd|""/c calc"",\nx",exit 0,10,2000',
    );
    expect(rest).toEqual(['']);
  });

  it('is a JSON line a row, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (what, node) => {
        const lines = auditText([{ ...row, what, node }, row], 'jsonl')
          .trimEnd()
          .split('\n');
        expect(lines.map((line) => (JSON.parse(line) as AuditRow).what)).toEqual([what, row.what]);
      }),
      { numRuns: runs(100) },
    );
  });
});
