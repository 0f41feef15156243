// A full mesh over any number of nodes, with one session of each kind that is not well. Development only.
import type { BgpSession, Topology } from '../../app/topology/model.ts';

export function meshed(topology: Topology): Topology {
  const nodes = Object.values(topology.nodes);
  const bgp: Record<string, BgpSession> = {};
  nodes.forEach((node, row) => {
    nodes.forEach((peer, column) => {
      const [address] = peer.addresses;
      if (peer === node || address === undefined || isGap(row, column)) return;
      const name = `Mesh_${address.replaceAll('.', '_')}`;
      const id = `bgp:${node.label}/${name}@/var/run/calico/bird.ctl`;
      bgp[id] = {
        id,
        nodeId: node.id,
        name,
        peerAddress: address,
        peerNodeId: peer.id,
        protocolState: 'up',
        info: 'Established',
        changed: '10:24:51.338',
        imported: 1,
        exported: 1,
        stale: null,
        since: node.since,
        until: null,
        evidence: node.evidence,
        ...oddity(row, column),
      };
    });
  });
  return { ...topology, bgp };
}

function isGap(row: number, column: number): boolean {
  return (row === 2 && column === 11) || (row === 11 && column === 2);
}

function oddity(row: number, column: number): Partial<BgpSession> {
  if (row === 0 && column === 2)
    return { protocolState: 'start', info: 'Active Socket: No route to host', imported: 0, exported: 0 };
  if (row === 3 && column === 1) return { protocolState: 'down', info: '', imported: null, exported: null };
  if (row === 1 && column === 3)
    return {
      protocolState: 'start',
      info: 'Active Received: Administrative shutdown',
      imported: 0,
      exported: 0,
    };
  return {};
}
