// BGP sessions and the state of BIRD, and what is kept alive after its death: a killed BIRD leaves its routes in the
// kernel, and its peers keep theirs for as long as graceful restart lets them (RFC 4724).
import { UNKNOWN_PROTO, type BgpProtocol, type BirdReading } from '../probe/facts.ts';
import type { BgpSession, BirdState, NodeId, Route } from './model.ts';
import type { ObservedNode } from './observed.ts';

export function birdStateOf(node: ObservedNode, before: BirdState | null): BirdState {
  const { snapshot } = node;
  const reading = snapshot.bird?.value ?? null;
  const routes = [...(snapshot.routes4?.value ?? []), ...(snapshot.routes6?.value ?? [])];
  const ofDead = deadFamily(reading);
  const kernelRoutes = routes.filter(
    (route) => isBirdRoute(route) && (ofDead === null || route.family === ofDead),
  ).length;
  if (reading === null) {
    return { state: 'unknown', version: null, kernelRoutes, sentence: snapshot.bird?.sentence ?? null };
  }
  // Gone with its socket: dead if it was there before, or if its routes still are.
  const wasThere = before !== null && (before.state === 'running' || before.state === 'dead');
  const dead = reading.state === 'dead' || (reading.state === 'absent' && (wasThere || kernelRoutes > 0));
  const state = dead ? 'dead' : reading.state;
  const version = reading.version ?? before?.version ?? null;
  if (!dead) return { state, version, kernelRoutes, sentence: reading.sentence };
  const kept = kernelRoutes > 0 ? `routes kept (${kernelRoutes})` : noneKept(node.snapshot);
  const program = version === 'GoBGP' ? 'GoBGP' : 'BIRD';
  return {
    state,
    version,
    kernelRoutes,
    sentence: `${program} dead${whichSocket(reading)}, ${kept}${howItEnded(reading, wasThere)}`,
  };
}

/** BIRD removes its socket on a clean end, after it told its peers (FIELD-NOTES §1); a killed one leaves it behind. */
function howItEnded({ state, sockets }: BirdReading, wasThere: boolean): string {
  if (state === 'absent' && wasThere) return ': it was ended in an orderly way, and told its peers';
  return sockets.length > 0 && sockets.every((one) => one.state === 'dead')
    ? ': it was killed or crashed, its socket is left behind'
    : '';
}

/** None is said where the routes were read and name their protocols. */
function noneKept({ routes4, routes6 }: ObservedNode['snapshot']): string {
  const tables = [routes4?.value, routes6?.value];
  if (tables.some((table) => table?.some(({ proto }) => proto === UNKNOWN_PROTO)))
    return 'whether its routes are kept this node’s ip does not tell';
  return 'no routes kept';
}

/** Where one daemon answers and another does not, a sentence about "BIRD" must say whose socket it means. */
function whichSocket({ sockets }: BirdReading): string {
  const left = sockets.find(({ state }) => state === 'dead');
  return left !== undefined && sockets.some(({ state }) => state === 'running') ? ` (${left.socket})` : '';
}

/** BIRD 1.6 is `bird` for IPv4 and `bird6` for IPv6: the living one's routes are not kept ones. Null: one daemon for both. */
function deadFamily(reading: BirdReading | null): 4 | 6 | null {
  const dead = (reading?.sockets ?? []).filter(({ state }) => state === 'dead');
  const living = (reading?.sockets ?? []).filter(({ state }) => state === 'running');
  const isSix = ({ socket }: { readonly socket: string }): boolean => socket.endsWith('/bird6.ctl');
  if (dead.length > 0 && dead.every(isSix)) return 6;
  return dead.length > 0 && living.length > 0 && living.every(isSix) ? 4 : null;
}

function isBirdRoute({ proto }: Route): boolean {
  return proto === 'bird' || proto === '12';
}

/**
 * `kept`: the node's living sessions of the last build. `peerNode`: whose address it is; null when nobody's or several
 * nodes'.
 */
export function bgpSessionsOf(
  node: ObservedNode,
  bird: BirdState,
  previous: Readonly<Record<string, BgpSession>>,
  kept: readonly BgpSession[],
  peerNode: (address: string) => { readonly id: NodeId; readonly label: string } | null,
): BgpSession[] {
  const sockets = node.snapshot.bird?.value?.sockets ?? [];
  const anyAnswered = sockets.some(({ state }) => state === 'running');
  if (bird.state === 'dead' && !anyAnswered) return kept.map(ofDeadBird);
  // Not answered this time: what it last said stands, and the node's `bird` says how it is.
  if (node.snapshot.bird?.state !== 'ok') return [...kept];
  const evidence = node.snapshot.bird.evidence;
  const living = new Map(kept.map(({ id }) => [id.replace(/\++$/, ''), id]));
  // A session is no longer configured only when its own daemon says so. One whose socket went has ended with it.
  const silent = kept.flatMap((session): BgpSession[] => {
    const own = sockets.find(
      ({ socket }) => living.get(bgpSessionId(node.id, session.name, socket)) === session.id,
    );
    if (own?.state === 'running') return [];
    return [own?.state === 'unknown' ? session : ofDeadBird(session)];
  });
  const told = (node.snapshot.bird.value?.protocols ?? []).map((protocol) => {
    const base = bgpSessionId(node.id, protocol.name, protocol.socket);
    // Taken out of the configuration and put back: another session, and the first one's life is kept.
    let id = living.get(base) ?? base;
    while ((previous[id]?.until ?? null) !== null) id += '+';
    const peer = protocol.neighbourAddress === null ? null : peerNode(protocol.neighbourAddress);
    const before = previous[id];
    return {
      id,
      since: before?.until === null ? before.since : node.at,
      until: null,
      evidence,
      nodeId: node.id,
      name: protocol.name,
      peerAddress: protocol.neighbourAddress,
      peerNodeId: peer?.id ?? null,
      protocolState: protocol.state,
      info: infoOf(protocol),
      changed: protocol.since,
      imported: protocol.imported,
      exported: protocol.exported,
      stale: staleSentence(protocol, peer?.label ?? null),
    };
  });
  return [...told, ...silent];
}

/** Of a session's first life; each life after it adds a `+`. */
export function bgpSessionId(nodeId: NodeId, name: string, socket: string): string {
  return `bgp:${nodeId.slice('node:'.length)}/${name}@${socket}`;
}

function ofDeadBird(session: BgpSession): BgpSession {
  return {
    ...session,
    protocolState: 'down',
    info: 'BIRD is dead',
    // The time was of its last word, not of its death.
    changed: '',
    imported: null,
    exported: null,
    stale: null,
  };
}

function infoOf({ bgpState, info }: BgpProtocol): string {
  return bgpState === null || bgpState === 'Down' ? info || (bgpState ?? '') : bgpState;
}

function staleSentence(protocol: BgpProtocol, peerLabel: string | null): string | null {
  if (!protocol.neighbourRestarting) return null;
  const peer = peerLabel ?? protocol.neighbourAddress ?? protocol.name;
  const count = protocol.imported;
  return `${peer} is gone; graceful restart keeps its ${count === null ? '' : `${count} `}stale ${count === 1 ? 'route' : 'routes'} for a while.`;
}
