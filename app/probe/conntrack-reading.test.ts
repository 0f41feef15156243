import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseConntrackAnswers } from './conntrack-reading.ts';
import {
  CONNTRACK_BYTES,
  conntrackCommand,
  conntrackScript,
  type ConntrackQuestion,
} from './conntrack-script.ts';

const nonce = 'a1b2c3d4e5f6a7b8';
const question: ConntrackQuestion = {
  pid: null,
  inode: 0,
  family: 4,
  protocol: 17,
  source: '10.0.0.2',
  destination: '10.96.0.10',
};
const LINE =
  'udp 17 29 src=10.0.0.2 dst=10.96.0.10 sport=4001 dport=53 [UNREPLIED] src=10.0.0.9 dst=10.0.0.2 sport=53 dport=4001 mark=0 use=2\n';

/** As a node prints it. */
function printed(stdout: string, stderr: string, status: number): Uint8Array {
  return new TextEncoder().encode(
    `\n#${nonce} clock 1700000000.5 1.00\n\n#${nonce} begin c0 1.00 conntrack -L\n${stdout}\n#${nonce} end c0 ${String(status)} 1.00\n\n#${nonce} stderr c0\n${stderr}\n#${nonce} done 1.00\n`,
  );
}

const read = (stdout: string, stderr = '', status = 0, count = 1) => {
  const parsed = parseConntrackAnswers(printed(stdout, stderr, status), count, {
    nonce,
    nodeLabel: 'a',
    seenAt: 0,
  });
  return parsed.ok ? parsed.value : parsed.failure;
};

const sentencesOf = (answers: ReturnType<typeof read>): string =>
  typeof answers === 'string' ? answers : answers.flatMap(({ sentence }) => sentence ?? []).join(' ');

describe('connections between addresses', () => {
  it('are asked for by one address at least, in the namespace that is meant', () => {
    expect(conntrackCommand({ ...question, pid: 42, source: null })).toBe(
      'nsenter -t 42 -n conntrack -L -f ipv4 -p 17 --orig-dst 10.96.0.10',
    );
    const script = conntrackScript(nonce, [
      question,
      { ...question, pid: 42, inode: 4026531840, family: 6, source: null, destination: 'fd00::9' },
    ]);
    expect(script.ok && script.value).toContain(
      'section c0 tracked - - ipv4 17 10.0.0.2 10.0.0.2 10.96.0.10 10.96.0.10',
    );
    expect(script.ok && script.value).toContain(
      'section c1 tracked 42 4026531840 ipv6 17 - - fd00::9 fd00:0000:0000:0000:0000:0000:0000:0009',
    );
    expect(conntrackScript(nonce, [{ ...question, source: null, destination: null }]).ok).toBe(false);
    expect(conntrackScript(nonce, [{ ...question, source: '$(id)' }]).ok).toBe(false);
  });

  it('none are an answer, too; why there is none is said', () => {
    expect(read('')).toEqual([{ entries: [], sentence: null }]);
    expect(read(LINE)).toMatchObject([{ entries: [{ protocol: 17 }], sentence: null }]);
    const sentences = [
      ['', 127, 'conntrack(8) is not installed there'],
      ['conntrack v1.4.7 (conntrack-tools): Operation failed: Operation not permitted', 1, 'only root may'],
      ['', 124, 'more than 5 s'],
      ['conntrack: something else', 1, '“conntrack: something else”'],
    ] as const;
    for (const [stderr, status, told] of sentences)
      expect(sentencesOf(read('', stderr, status))).toContain(told);
    expect(sentencesOf(read(LINE, '', 0, 2))).toContain('did not come to it');
  });

  it('of another process’s network, whose number it has become, nothing is said', () => {
    const own = Number(readlinkSync('/proc/self/ns/net').replace(/\D/g, ''));
    const asked = (inode: number): string => {
      const script = conntrackScript(nonce, [{ ...question, pid: process.pid, inode }]);
      if (!script.ok) throw new Error(script.failure);
      const stdout = execFileSync('sh', ['-c', script.value], { stdio: ['ignore', 'pipe', 'ignore'] });
      const parsed = parseConntrackAnswers(stdout, 1, { nonce, nodeLabel: 'a', seenAt: 0 });
      return parsed.ok ? sentencesOf(parsed.value) : parsed.failure;
    };
    expect(asked(own + 1)).toContain(`process ${String(process.pid)} is in another network by now`);
    expect(asked(own)).not.toContain('another network');
  });

  it('more than fit are cut, and said', () => {
    const many = LINE.repeat(Math.ceil(CONNTRACK_BYTES / LINE.length)).slice(0, CONNTRACK_BYTES);
    expect(sentencesOf(read(many))).toContain('only the first 1 were read');
  });

  it('any answer is read, and no more than was asked', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(255), (stdout, stderr, status) => {
        const answers = read(stdout, stderr, status);
        expect(Array.isArray(answers) ? answers.length : 1).toBe(1);
      }),
      { numRuns: runs(100) },
    );
  });
});
