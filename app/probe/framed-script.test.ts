import { execFileSync } from 'node:child_process';
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
