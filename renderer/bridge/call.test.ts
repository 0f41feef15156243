import { afterEach, expect, it, vi } from 'vitest';
import { call, sentenceOf } from './call.ts';

const TURNED = 'comment \u202e"evil"\u001b[31m';
const PLAIN = 'comment \ufffd"evil"\ufffd[31m';

function answering(answer: unknown): void {
  vi.stubGlobal('window', { hopscope: { call: () => Promise.resolve(answer) } });
}
afterEach(() => {
  vi.unstubAllGlobals();
});

it('an answer holds no character that steers a terminal or turns text around, also as a key; lines stay lines', async () => {
  answering({ rows: [{ what: TURNED, outcome: 'a\n\tb' }], [TURNED]: 1 });
  expect(await call('audit.list', { filter: '', most: 1 })).toEqual({
    rows: [{ what: PLAIN, outcome: 'a\n\tb' }],
    [PLAIN]: 1,
  });
});

it('an answer without any is the same object', async () => {
  const answer = { rows: [], matching: 0 };
  answering(answer);
  expect(await call('audit.list', { filter: '', most: 1 })).toBe(answer);
});

it('what a node printed comes as it is, for it can be copied', async () => {
  answering({ output: TURNED, truncated: false });
  expect(await call('evidence.read', { id: 'x' })).toEqual({ output: TURNED, truncated: false });
});

it('a refusal is plain, too', () => {
  expect(sentenceOf(new Error(TURNED))).toBe(PLAIN);
});
