import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { framedScript } from './framed-script.ts';
import { readSections } from './section-reading.ts';

const nonce = 'abcdefghijklmnop';

it.each(['dash', 'bash', 'busybox ash'])(
  'a command behind a filter keeps its own status in %s; that the filter had enough is none',
  (shell) => {
    const [command = '', ...words] = shell.split(' ');
    const script = framedScript(
      'upper() { tr a-z A-Z; }',
      `section failed through 'head -c 9' sh -c 'echo some; exit 7'
      section late through upper within 2 sh -c 'echo half; exit 124'
      section enough through 'head -c 3' yes
      section none through 'head -c 3' no-such-tool`,
    );
    const stdout = execFileSync(command, [...words, '-s'], { input: `nonce=${nonce}\n${script}` });
    const { sections } = readSections(stdout, { nonce, nodeLabel: 'n', seenAt: 0 });
    expect([...sections].map(([name, { state, stdout: text }]) => [name, state, text])).toEqual([
      ['failed', 'failed', 'some\n'],
      ['late', 'timeout', 'HALF\n'],
      ['enough', 'ok', 'y\ny'],
      ['none', 'missing-tool', ''],
    ]);
  },
);

/** BusyBox' timeout(1) before 1.30: without -t the first word is the program. */
const old = `#!/bin/sh\n[ "$1" = -t ] || exec "$1"\nn=$2; shift 2\nexec ${which('timeout')} "$n" "$@"\n`;

function which(name: string): string {
  return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
}

it.each(['dash', 'bash', 'busybox ash'])(
  'a command ends by itself in %s, by the timeout(1) of every age',
  (shell) => {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-within-'));
    try {
      const [command = '', ...words] = shell.split(' ');
      const shellPath = which(command);
      const script = framedScript('', `section late within 0.1 sleep 9\n section done within 9 echo done`);
      const run = (): unknown => {
        const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
        const stdout = execFileSync(shellPath, [...words, '-s'], { input: `nonce=${nonce}\n${script}`, env });
        const { sections } = readSections(stdout, { nonce, nodeLabel: 'n', seenAt: 0 });
        return [...sections.values()].map(({ state, stdout: text }) => [state, text]);
      };
      const expected = [
        ['timeout', ''],
        ['ok', 'done\n'],
      ];
      expect(run()).toEqual(expected);
      writeFileSync(join(folder, 'busybox'), old, { mode: 0o755 });
      symlinkSync('busybox', join(folder, 'timeout'));
      expect(run()).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
