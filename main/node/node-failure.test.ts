import { describe, expect, it } from 'vitest';
import { endFailure, printedEvidence } from './node-failure.ts';

describe('what a node printed instead', () => {
  it('keeps its lines, and cannot steer a terminal', () => {
    expect(printedEvidence('\r\nWelcome\tto\r\n\u001b[31mnode\u001b[0m\u202e\n\n')).toBe(
      'Welcome\uFFFDto\n\uFFFD[31mnode\uFFFD[0m\uFFFD',
    );
  });

  it('is quoted in the sentence without its controls', () => {
    const exit = { kind: 'exit', code: 1 } as const;
    const failure = endFailure(
      exit,
      false,
      'Last login: today\n\u001b[2Jsudo: a password is required\u009b\n',
    );
    expect(failure).toEqual({
      kind: 'no-shell',
      sentence:
        'The login did not run our command (exit status 1); the node said: \uFFFD[2Jsudo: a password is required\uFFFD',
      detail: 'Last login: today\n\uFFFD[2Jsudo: a password is required\uFFFD',
    });
  });
});
