// BGP sessions and the state of BIRD, and what is kept alive after its death: a killed BIRD leaves its routes in the
// kernel, and its peers keep theirs for as long as graceful restart lets them (RFC 4724).
import type { BgpProtocol } from '../probe/facts.ts';
import type { BgpSession, BirdState, NodeId, Route } from './model.ts';
import type { ObservedNode } from './observed.ts';

export function birdStateOf(node: ObservedNode, before: BirdState | null): BirdState {
  const { snapshot } = node;
  const routes = [...(snapshot.routes4?.value ?? []), ...(snapshot.routes6?.value ?? [])];
  const kernelRoutes = routes.filter(isBirdRoute).length;
  const reading = snapshot.bird?.value ?? null;
  if (reading === null) {
    return { state: 'unknown', version: null, kernelRoutes, sentence: snapshot.bird?.sentence ?? null };
  }
  // Gone with its socket: dead if it was there before, or if its routes still are.
  const wasThere = before !== null && (before.state === 'running' || before.state === 'dead');
  const dead = reading.state === 'dead' || (reading.state === 'absent' && (wasThere || kernelRoutes > 0));
  const state = dead ? 'dead' : reading.state;
  const version = reading.version ?? before?.version ?? null;
  const sentence = !dead
    ? reading.sentence
    : kernelRoutes > 0
      ? `BIRD dead, routes kept (${kernelRoutes})`
      : 'BIRD dead, no routes kept';
  return { state, version, kernelRoutes, sentence };
}

function isBirdRoute({ proto }: Route): boolean {
  return proto === 'bird' || proto === '12';
}

/** `peerNode`: whose address it is; null when nobody's or several nodes'. */
export function bgpSessionsOf(
  node: ObservedNode,
  bird: BirdState,
  previous: Readonly<Record<string, BgpSession>>,
  peerNode: (address: string) => { readonly id: NodeId; readonly label: string } | null,
): BgpSession[] {
  const kept = Object.values(previous).filter(({ nodeId, until }) => nodeId === node.id && until === null);
  if (bird.state === 'dead') {
    return kept.map((session) => ({
      ...session,
      protocolState: 'down',
      info: 'BIRD is dead',
      imported: null,
      exported: null,
      stale: null,
    }));
  }
  // Not answered this time: what it last said stands, and the node's `bird` says how it is.
  if (node.snapshot.bird?.state !== 'ok') return kept;
  const evidence = node.snapshot.bird.evidence;
  return (node.snapshot.bird.value?.protocols ?? []).map((protocol) => {
    const id = `bgp:${node.id.slice('node:'.length)}/${protocol.name}`;
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
