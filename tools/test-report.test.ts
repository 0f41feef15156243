import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { countPlaywright, countReport, countVitest } from './test-report.mjs';

const vitest = (counts: object) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...counts,
});
const playwright = (counts: object) => ({
  stats: { expected: 2, unexpected: 0, flaky: 0, skipped: 0, ...counts },
});

function reportFile(text: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-report-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'report.json');
  fs.writeFileSync(file, text);
  return file;
}

describe('vitest', () => {
  it('counts what passed and failed', () => {
    expect(countVitest(vitest({ numFailedTests: 2 }))).toMatchObject({ passed: 3, failed: 2 });
  });
  it('counts a skipped test, one to do, and a file that cannot be loaded as failures', () => {
    expect(countVitest(vitest({ numPendingTests: 1, numTodoTests: 1 })).failed).toBe(2);
    expect(countVitest(vitest({ numPendingTests: 1, numTodoTests: 1 }), false).failed).toBe(0);
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{}] },
    ];
    expect(countVitest(vitest({ testResults })).failed).toBe(1);
  });
});

describe('Playwright', () => {
  it('counts what passed only when repeated, and what did not run, as failures', () => {
    expect(countPlaywright(playwright({ unexpected: 1, flaky: 1, skipped: 1 }))).toMatchObject({
      passed: 2,
      failed: 3,
    });
  });
  it('counts an error outside of the tests', () => {
    expect(countPlaywright({ ...playwright({}), errors: [{ message: 'no config' }] }).failed).toBe(1);
  });
});

describe('a report', () => {
  it('that is missing or broken is a failure', () => {
    expect(countReport({ kind: 'vitest', file: '/nowhere/report.json' }, 0).failed).toBe(1);
    expect(countReport({ kind: 'vitest', file: reportFile('{') }, 0).failed).toBe(1);
  });
  it('of no tests is a failure, but for a shard that has none', () => {
    const file = reportFile(JSON.stringify(playwright({ expected: 0 })));
    expect(countReport({ kind: 'playwright', file }, 0).failed).toBe(1);
    expect(countReport({ kind: 'playwright', file, mayBeEmpty: true }, 1).failed).toBe(1);
    expect(countReport({ kind: 'playwright', file, mayBeEmpty: true }, 0)).toEqual({
      passed: 0,
      failed: 0,
      words: ['nothing to do in this shard'],
    });
  });
  it('that is all well does not hide a bad exit code', () => {
    const file = reportFile(JSON.stringify(vitest({})));
    expect(countReport({ kind: 'vitest', file }, 0)).toMatchObject({ passed: 3, failed: 0 });
    expect(countReport({ kind: 'vitest', file }, 1)).toMatchObject({ passed: 3, failed: 1 });
  });
});
