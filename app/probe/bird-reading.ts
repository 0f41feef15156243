// Whether BIRD lives, from three signs: its process, its control socket, and what answers there.
// A socket without a process is one that a killed BIRD left behind (BIRD removes it on a clean end).
import { parseBirdProtocols } from './birdcl-protocols.ts';
import { parseBirdRoutes } from './birdcl-routes.ts';
import { birdClock, birdTime, parseBirdStatus } from './birdcl-status.ts';
import type {
  BgpDaemon,
  BgpProtocol,
  BgpRoute,
  BirdReading,
  EvidenceHead,
  NodeTime,
  UnreadLine,
} from './facts.ts';
import type { ReadEntries } from './unread.ts';

/** What one socket answered to `show protocols all`. */
export interface BirdSocketAnswer {
  /** Path of the control socket. */
  readonly socket: string;
  readonly state: EvidenceHead['state'];
  readonly stdout: string;
  readonly stderr: string;
  /** What it answered to `show status`, and when that was asked; null when it was not asked. */
  readonly status: { readonly stdout: string; readonly at: NodeTime | null } | null;
  /** What it answered to `show route all`: at most `BIRD_ROUTE_BYTES` of it. */
  readonly routes: { readonly stdout: string; readonly bytes: number } | null;
}

/**
 * More routes than this tells (about 1,200) are not read with every poll, so that they cost neither node nor wire.
 * The last one of a cut output is left out: some of it is missing.
 */
export const BIRD_ROUTE_BYTES = 262_144;

export interface BirdVerdict {
  readonly state: EvidenceHead['state'];
  readonly reading: BirdReading;
  /** Of what the daemons said. */
  readonly unread: Pick<ReadEntries<unknown>, 'unread' | 'unreadCount'>;
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
  const told = answers.filter(({ state }) => state === 'ok').map(readSocket);
  const answered = told.length > 0;
  const daemons = told.map(({ daemon }) => daemon);
  const protocols = told.flatMap((one) => one.protocols);
  const version = daemons.find((daemon) => daemon.version !== null)?.version ?? null;
  const withRoutes = told.flatMap(({ routes }) => (routes === null ? [] : [routes]));
  const routes =
    withRoutes.length === 0
      ? null
      : {
          routes: withRoutes.flatMap((one) => one.routes),
          cut: withRoutes.some(({ cut }) => cut),
          unread: withRoutes.flatMap(({ unread }) => unread),
        };
  const unread = {
    unread: told.flatMap((one) => one.unread.unread),
    unreadCount: told.reduce((count, one) => count + one.unread.unreadCount, 0),
  };
  const verdict = (
    state: EvidenceHead['state'],
    bird: BirdReading['state'],
    sentence: string | null,
  ): BirdVerdict => ({
    state,
    reading: {
      state: bird,
      version,
      protocols,
      daemons,
      routes,
      sockets: answers.map(socketState),
      sentence,
    },
    unread,
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
      'unknown',
      `BIRD runs (process ${process}), but has no control socket in a usual place.`,
    );
  }
  return verdict(
    'failed',
    'unknown',
    `BIRD could not be asked: ${answers[0]?.stderr.trim().slice(0, 200) ?? ''}`,
  );
}

interface SocketReading {
  readonly daemon: BgpDaemon;
  readonly protocols: readonly BgpProtocol[];
  readonly unread: BirdVerdict['unread'];
  readonly routes: {
    readonly routes: readonly BgpRoute[];
    readonly cut: boolean;
    readonly unread: readonly UnreadLine[];
  } | null;
}

function readSocket({ socket, stdout, status, routes }: BirdSocketAnswer): SocketReading {
  const parsed = parseBirdProtocols(stdout);
  const said = parseBirdStatus(status?.stdout ?? '');
  const clock = birdClock(said, status?.at ?? null);
  const dated = <T extends { readonly since: string }>(one: T) => ({
    ...one,
    socket,
    sinceAt: birdTime(one.since, clock),
  });
  const cut = (routes?.bytes ?? 0) >= BIRD_ROUTE_BYTES;
  const read = routes === null ? null : parseBirdRoutes(routes.stdout);
  return {
    daemon: {
      socket,
      program: 'bird',
      version: parsed.version ?? said.version,
      routerId: said.routerId,
      as: null,
      lastReboot: said.lastReboot,
      lastReconfiguration: said.lastReconfiguration,
      zone: clock?.zone ?? null,
    },
    protocols: parsed.protocols.map(dated),
    unread: parsed.unread,
    routes:
      read === null
        ? null
        : {
            routes: (cut ? read.routes.slice(0, -1) : read.routes).map(dated),
            cut,
            unread: cut ? [] : read.unread,
          },
  };
}

function wasRefused({ state, stderr }: BirdSocketAnswer): boolean {
  return state !== 'ok' && /connection refused/i.test(stderr);
}

function socketState(answer: BirdSocketAnswer): BirdReading['sockets'][number] {
  const state = answer.state === 'ok' ? 'running' : wasRefused(answer) ? 'dead' : 'unknown';
  return { socket: answer.socket, state };
}
