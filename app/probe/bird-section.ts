// What became of asking a node's BGP daemons (bird-script.ts).
import { readBird } from './bird-reading.ts';
import { withGobgp } from './gobgp.ts';
import type { ReadSection } from './section-reading.ts';
import type { NodeSnapshot } from './snapshot.ts';
import { unreadSentence } from './unread.ts';

/** Null where it was not asked for. `rootInode`: of the namespace that we are logged in to; null when it is not known. */
export function birdSection(
  read: ReadonlyMap<string, ReadSection>,
  nodeLabel: string,
  rootInode: number | null,
): NodeSnapshot['bird'] {
  const processes = read.get('birds');
  if (processes === undefined) return null;
  const sockets = [...read].filter(([name]) => name.startsWith('bird:'));
  const more: ReadSection[] = [];
  const also = (name: string): ReadSection | null => {
    const section = read.get(name);
    if (section !== undefined) more.push(section);
    return section ?? null;
  };
  const answers = sockets.map(([name, { state, stdout, stderr }]) => {
    const socket = name.slice('bird:'.length);
    const status = also(`birdstatus:${socket}`);
    const routes = also(`birdroutes:${socket}`);
    return {
      socket,
      state,
      stdout,
      stderr,
      status: status?.state === 'ok' ? { stdout: status.stdout, at: status.head.at } : null,
      routes:
        routes?.state === 'ok' && routes.stdout !== ''
          ? { stdout: routes.stdout, bytes: routes.head.bytes }
          : null,
    };
  });
  const bird = readBird(processes.stdout, answers, rootInode);
  const neighbours = also('gobgp:neighbor');
  const rib = also('gobgp:rib');
  const { state, reading, unread } =
    neighbours === null ? bird : withGobgp(bird, neighbours, rib?.state === 'ok' ? rib.stdout : '');
  return {
    state,
    evidence: [...sockets.map(([, section]) => section), ...more, processes].map(({ head }) => head.id),
    at: processes.head.at,
    value: reading,
    sentence: state === 'ok' ? unreadSentence('BGP sessions', nodeLabel, unread) : reading.sentence,
  };
}
