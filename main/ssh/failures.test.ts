import { describe, expect, it } from 'vitest';
import { Authentication } from './authentication.ts';
import { forwardRefused, lost, noCommonAlgorithm, notSsh, unreachable } from './failures.ts';
import { nobody } from './testing/client-side.ts';

/** As a DISCONNECT or CHANNEL_OPEN_FAILURE may carry it. */
const hostile = new Error('\u001b]0;owned\u0007\u009b2J\u202ebye\nToo many');
const authentication = new Authentication(
  { user: 'me', identityFiles: [], defaultIdentityFiles: [], identitiesOnly: true, agent: null },
  nobody,
  new Map(),
  new AbortController().signal,
);

describe('what a server says', () => {
  it.each([
    ['as it hangs up', lost('node', hostile.message, 'login')],
    ['as it refuses every key', authentication.failure('node', hostile.message)],
    ['as it does not forward', forwardRefused('jump', 'node', hostile, 1)],
    ['as it cannot forward', forwardRefused('jump', 'node', hostile, 2)],
    ['as it agrees on nothing', noCommonAlgorithm('node', hostile)],
    ['as it cannot be reached', unreachable('node', hostile)],
    ['as it is no SSH server', notSsh('node', Buffer.from(hostile.message))],
  ])('cannot steer a terminal: %s', (_when, failure) => {
    expect(failure.detail).toContain('bye');
    expect(`${failure.sentence}${failure.detail ?? ''}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
