import { describe, expect, it } from 'vitest';
import { readBird, type BirdSocketAnswer } from './bird-reading.ts';

const SOCKET = '/var/run/calico/bird.ctl';
const running = 'visible\nbird 79 net:[4026531840] (bird)\n';
const said = (state: BirdSocketAnswer['state'], stderr: string, stdout = ''): BirdSocketAnswer => ({
  socket: SOCKET,
  state,
  stderr,
  stdout,
});
const refused = said(
  'failed',
  `Unable to connect to server control socket (${SOCKET}): Connection refused\n`,
);
const denied = said(
  'not-permitted',
  `Unable to connect to server control socket (${SOCKET}): Permission denied\n`,
);

describe('whether BIRD lives', () => {
  it.each([
    ['answers', running, [said('ok', '', 'BIRD 2.0.12 ready.\n')], 'ok', 'running'],
    ['was killed: a socket, no process', 'visible\n', [refused], 'ok', 'dead'],
    ['was killed, and we are a plain user', 'visible\n', [denied], 'ok', 'dead'],
    ['runs, but not for us', running, [denied], 'not-permitted', 'not-permitted'],
    ['was never there', 'visible\n', [], 'ok', 'absent'],
    ['cannot be seen', '', [], 'not-permitted', 'unknown'],
    ['cannot be seen, and its socket not be read', '', [denied], 'not-permitted', 'not-permitted'],
    ['hangs', running, [said('timeout', '')], 'timeout', 'unknown'],
    ['cannot be asked', running, [said('missing-tool', 'birdcl: not found')], 'missing-tool', 'unknown'],
    ['has its socket elsewhere', running, [], 'failed', 'running'],
    ['is another namespace’s', 'visible\nbird 79 net:[4026532000] (bird)\n', [], 'ok', 'absent'],
  ] as const)('%s', (_, processes, answers, state, bird) => {
    const verdict = readBird(processes, answers, 4026531840);
    expect([verdict.state, verdict.reading.state]).toEqual([state, bird]);
    expect(verdict.reading.sentence === null).toBe(
      bird === 'absent' || (bird === 'running' && state === 'ok'),
    );
  });
});
