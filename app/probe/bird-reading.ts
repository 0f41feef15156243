// Whether BIRD lives, from three signs: its process, its control socket, and what answers there.
// A socket without a process is one that a killed BIRD left behind (BIRD removes it on a clean end).
import { parseBirdProtocols } from './birdcl-protocols.ts';
import type { BgpProtocol, BirdReading, EvidenceHead } from './facts.ts';

export interface BirdSocketAnswer {
  /** Path of the control socket. */
  readonly socket: string;
  readonly state: EvidenceHead['state'];
  readonly stdout: string;
  readonly stderr: string;
}

export interface BirdVerdict {
  readonly state: EvidenceHead['state'];
  readonly reading: BirdReading;
}

/** `rootInode`: the namespace we are logged in to; a BIRD in another one is somebody else's router. */
export function readBird(
  processes: string,
  answers: readonly BirdSocketAnswer[],
  rootInode: number | null,
): BirdVerdict {
  const visible = /^visible$/m.test(processes);
  const pids = [...processes.matchAll(/^bird (\d+) (?:net:\[(\d+)\]|-) /gm)]
    .filter(([, , inode]) => inode === undefined || rootInode === null || Number(inode) === rootInode)
    .map(([, pid]) => Number(pid));
  const protocols: BgpProtocol[] = [];
  let version: string | null = null;
  let answered = false;
  for (const answer of answers) {
    if (answer.state !== 'ok') continue;
    answered = true;
    const parsed = parseBirdProtocols(answer.stdout);
    version ??= parsed.version;
    for (const protocol of parsed.protocols) protocols.push({ ...protocol, socket: answer.socket });
  }
  const verdict = (
    state: EvidenceHead['state'],
    bird: BirdReading['state'],
    sentence: string | null,
  ): BirdVerdict => ({
    state,
    reading: { state: bird, version, protocols, sockets: answers.map(socketState), sentence },
  });
  const refused = answers.filter(wasRefused);
  if (answered) {
    // The worst of them is the node's: BIRD 1.6's IPv4 daemon may be dead while its IPv6 daemon answers. The part is
    // `ok` all the same, since what the others answered is news; each session goes by its own socket.
    const [left] = refused;
    const silent = answers.find(({ state }) => state !== 'ok');
    if (left) return verdict('ok', 'dead', `BIRD’s socket ${left.socket} refuses connections.`);
    if (silent === undefined) return verdict('ok', 'running', null);
    if (silent.state === 'not-permitted')
      return verdict('ok', 'running', `This login may not read BIRD's socket ${silent.socket}.`);
    return verdict('ok', 'unknown', `The BIRD of ${silent.socket} gave no whole answer, while another does.`);
  }

  const denied = answers.find(({ state }) => state === 'not-permitted');
  const process = pids[0];
  if (process === undefined && visible && answers.length > 0) {
    return verdict(
      'ok',
      'dead',
      `No BIRD process runs, but its socket ${answers[0]?.socket ?? ''} was left behind.`,
    );
  }
  if (denied) {
    return verdict(
      'not-permitted',
      'not-permitted',
      process === undefined
        ? `This login may not read BIRD's socket ${denied.socket}, and the node hides other users' processes.`
        : `BIRD runs (process ${process}), but this login may not read its socket ${denied.socket}.`,
    );
  }
  if (answers.some(({ state }) => state === 'timeout')) {
    return verdict('timeout', 'unknown', 'BIRD accepts connections but did not answer within 3 s.');
  }
  if (answers.some(({ state }) => state === 'missing-tool')) {
    return verdict(
      'missing-tool',
      'unknown',
      'The node has no birdcl to ask BIRD with: install BIRD’s client.',
    );
  }
  if (process === undefined && refused.length > 0)
    return verdict('ok', 'dead', 'BIRD’s socket refuses connections.');
  if (process === undefined && answers.length === 0) {
    return visible
      ? verdict('ok', 'absent', null)
      : verdict(
          'not-permitted',
          'unknown',
          'The node hides other users’ processes, so that BIRD cannot be seen.',
        );
  }
  if (process !== undefined && answers.length === 0) {
    return verdict(
      'failed',
      'running',
      `BIRD runs (process ${process}), but has no control socket in a usual place.`,
    );
  }
  return verdict(
    'failed',
    'unknown',
    `BIRD could not be asked: ${answers[0]?.stderr.trim().slice(0, 200) ?? ''}`,
  );
}

function wasRefused({ state, stderr }: BirdSocketAnswer): boolean {
  return state !== 'ok' && /connection refused/i.test(stderr);
}

function socketState(answer: BirdSocketAnswer): BirdReading['sockets'][number] {
  const state = answer.state === 'ok' ? 'running' : wasRefused(answer) ? 'dead' : 'unknown';
  return { socket: answer.socket, state };
}
