// What `kill -9` of BIRD leaves, as app/topology tells it: the node's own sessions are down and without counts, its
// peers' wait in graceful restart with the routes they had. Development only.
import type { BgpSession, Topology } from '../../app/topology/model.ts';

export function killBird(topology: Topology, label: string): Topology {
  const node = Object.values(topology.nodes).find((each) => each.label === label && each.until === null);
  if (node === undefined) throw new Error(`there is no ${label}`);
  const { kernelRoutes } = node.bird;
  const bird = {
    state: 'dead',
    version: node.bird.version,
    kernelRoutes,
    sentence: `BIRD dead, routes kept (${String(kernelRoutes)})`,
  } as const;
  const after = (session: BgpSession): BgpSession => {
    if (session.nodeId === node.id) {
      const gone = {
        protocolState: 'down',
        info: 'BIRD is dead',
        changed: '',
        imported: null,
        exported: null,
      };
      return { ...session, ...gone };
    }
    if (session.peerNodeId !== node.id) return session;
    const kept = session.imported === 1 ? '1 stale route' : `${String(session.imported)} stale routes`;
    return {
      ...session,
      protocolState: 'start',
      info: 'Active',
      stale: `${label} is gone; graceful restart keeps its ${kept} for a while.`,
    };
  };
  return {
    ...topology,
    nodes: { ...topology.nodes, [node.id]: { ...node, bird } },
    bgp: Object.fromEntries(Object.entries(topology.bgp).map(([id, session]) => [id, after(session)])),
  };
}
