// Reads what vitest and Playwright counted. A test that did not run is a failure on Linux as root,
// where all of them can run; elsewhere it is told.
import fs from 'node:fs';
import { isRoot } from './paths.mjs';

/** `{ passed, failed, words }` of vitest's JSON report; a file that could not be loaded counts as one failure. */
export function countVitest(report, everythingRuns = true) {
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const notRun = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
  const words = [];
  if (unloadable > 0) words.push(`${unloadable} test files could not be loaded`);
  if (notRun > 0) words.push(`${notRun} tests were skipped`);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable + (everythingRuns ? notRun : 0),
    words,
  };
}

/** The same of Playwright's JSON report; what passed only when repeated did not pass. */
export function countPlaywright({ stats, errors = [] }, everythingRuns = true) {
  const words = [];
  if (stats.skipped > 0) words.push(`${stats.skipped} tests did not run`);
  if (stats.flaky > 0) words.push(`${stats.flaky} tests passed only when repeated`);
  const outside = errors.length > 0 && stats.unexpected === 0 ? 1 : 0;
  if (outside > 0) words.push(errors[0].message?.split('\n')[0] ?? 'an error outside the tests');
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + (everythingRuns ? stats.skipped : 0) + outside,
    words,
  };
}

/**
 * Counts of a step's report; a missing report, or one that says all is well after exit code `code`, is a failure. So is
 * one of no tests, unless it `mayBeEmpty`: a shard may hold none.
 */
export function countReport({ kind, file, mayBeEmpty = false }, code) {
  let counted;
  try {
    const report = JSON.parse(fs.readFileSync(file, 'utf8'));
    const everythingRuns = process.platform === 'linux' && isRoot;
    counted = (kind === 'vitest' ? countVitest : countPlaywright)(report, everythingRuns);
  } catch (error) {
    return { passed: 0, failed: 1, words: [`there is no report: ${error.message}`] };
  }
  if (counted.passed + counted.failed === 0 && !(mayBeEmpty && code === 0)) {
    return { passed: 0, failed: 1, words: ['no test ran'] };
  }
  if (counted.passed + counted.failed === 0) return { ...counted, words: ['nothing to do in this shard'] };
  if (code !== 0 && counted.failed === 0) {
    return { ...counted, failed: 1, words: [`all tests passed, but it ended with exit code ${code}`] };
  }
  return counted;
}
