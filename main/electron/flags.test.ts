import { describe, expect, it } from 'vitest';
import { ownArguments, parseFlags } from './flags.ts';

describe('parseFlags', () => {
  it('reads our flags in both spellings and leaves Chromium its own', () => {
    const flags = parseFlags([
      '--remote-debugging-port=0',
      '--cluster',
      'a b.yaml',
      '--headless-report=out',
      '--report-watch',
      'default/a,default/b',
      '--lab-impossible',
      'no root',
      '--no-sandbox-banner',
      '--ozone-platform',
      '--user-data-dir=/x',
      '--audit',
      'audit.jsonl',
    ]);
    expect(flags).toEqual({
      ok: true,
      value: {
        clusterFile: 'a b.yaml',
        headlessReport: 'out',
        reportWatch: { from: 'default/a', to: 'default/b' },
        labImpossible: 'no root',
        noSandboxBanner: true,
        userDataDir: '/x',
        auditFile: 'audit.jsonl',
      },
    });
  });

  it('is empty for no arguments', () => {
    expect(parseFlags([])).toEqual({
      ok: true,
      value: {
        clusterFile: null,
        headlessReport: null,
        reportWatch: null,
        labImpossible: null,
        noSandboxBanner: false,
        userDataDir: null,
        auditFile: null,
      },
    });
  });

  it('takes one Pod to watch, and names what is none', () => {
    const one = parseFlags(['--headless-report=/tmp/report', '--report-watch=default/a']);
    expect(parseFlags(['--report-watch=default/a'])).toEqual({
      ok: false,
      failure: { sentence: '--report-watch says what a report watches: add --headless-report DIR.' },
    });
    expect(one.ok ? one.value.reportWatch : null).toEqual({ from: 'default/a', to: null });
    for (const wrong of ['a', 'default/a,', 'a/b,c/d,e/f', 'a/b/c', '/']) {
      expect(parseFlags([`--report-watch=${wrong}`])).toEqual({
        ok: false,
        failure: {
          sentence: `--report-watch does not understand "${wrong}": it takes NAMESPACE/POD[,NAMESPACE/POD].`,
        },
      });
    }
  });

  it.each([
    [['--cluster']],
    [['--cluster=']],
    [['--cluster', '--headless-report', 'out']],
    [['--headless-report']],
  ])('names a flag without its value: %j', (args) => {
    const flags = parseFlags(args);
    expect(flags.ok).toBe(false);
    if (!flags.ok) expect(flags.failure.sentence).toMatch(/^--(cluster|headless-report) needs a value: --/);
  });
});

describe('ownArguments', () => {
  it('drops the program, and the app path when Electron was given one', () => {
    expect(ownArguments(['electron', '--a', '/app', '--cluster', 'f'], true)).toEqual([
      '--a',
      '--cluster',
      'f',
    ]);
    expect(ownArguments(['hopscope', '--cluster', 'f'], false)).toEqual(['--cluster', 'f']);
    expect(ownArguments(['electron', '--a'], true)).toEqual(['--a']);
  });
});
