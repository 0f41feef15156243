import { describe, expect, it } from 'vitest';
import { readBird, type BirdSocketAnswer } from './bird-reading.ts';

const SOCKET = '/var/run/calico/bird.ctl';
const running = 'visible\nbird 79 net:[4026531840] (bird)\n';
const said = (state: BirdSocketAnswer['state'], stderr: string, stdout = ''): BirdSocketAnswer => ({
  socket: SOCKET,
  state,
  stderr,
  stdout,
  status: null,
  routes: null,
});
const refused = said(
  'failed',
  `Unable to connect to server control socket (${SOCKET}): Connection refused\n`,
);
const denied = said(
  'not-permitted',
  `Unable to connect to server control socket (${SOCKET}): Permission denied\n`,
);
const six: BirdSocketAnswer = {
  ...said('ok', '', 'BIRD 1.6.8 ready.\nMesh BGP master up 2026-11-24 Established\n'),
  socket: '/var/run/calico/bird6.ctl',
};

describe('whether BIRD lives', () => {
  it.each([
    ['answers', running, [said('ok', '', 'BIRD 2.0.12 ready.\n')], 'ok', 'running'],
    ['was killed: a socket, no process', 'visible\n', [refused], 'ok', 'dead'],
    ['was killed, and we are a plain user', 'visible\n', [denied], 'ok', 'dead'],
    ['runs, but not for us', running, [denied], 'not-permitted', 'not-permitted'],
    ['was never there', 'visible\n', [], 'ok', 'absent'],
    ['cannot be seen', '', [], 'not-permitted', 'unknown'],
    ['cannot be seen, and its socket not be read', '', [denied], 'not-permitted', 'not-permitted'],
    ['has a dead IPv4 daemon', running, [refused, six], 'ok', 'dead'],
    ['has a hung IPv4 daemon', running, [said('timeout', ''), six], 'ok', 'unknown'],
    ['hangs', running, [said('timeout', '')], 'timeout', 'unknown'],
    ['cannot be asked', running, [said('missing-tool', 'birdcl: not found')], 'missing-tool', 'unknown'],
    ['has its socket elsewhere', running, [], 'failed', 'unknown'],
    ['is another namespace’s', 'visible\nbird 79 net:[4026532000] (bird)\n', [], 'ok', 'absent'],
  ] as const)('%s', (_, processes, answers, state, bird) => {
    const verdict = readBird(processes, answers, 4026531840);
    expect([verdict.state, verdict.reading.state]).toEqual([state, bird]);
    expect(verdict.reading.sentence === null).toBe(bird === 'absent' || bird === 'running');
  });

  it('keeps protocols of one name apart by their sockets', () => {
    const { reading } = readBird(running, [{ ...six, socket: SOCKET }, six], null);
    expect(reading.protocols.map(({ name, socket }) => [name, socket])).toEqual([
      ['Mesh', SOCKET],
      ['Mesh', six.socket],
    ]);
  });
});
