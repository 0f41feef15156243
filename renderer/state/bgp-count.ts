// What there is to say of all BGP sessions together, and of the nodes that say nothing of theirs.
import type { NodeStatus } from '../../app/contract/session.ts';
import type { NodeEntity, Topology } from '../../app/topology/model.ts';
import { bgpHealth } from './bgp-health.ts';
import { staleStanding } from './standing.ts';
import { countText } from './text.ts';
import { indexOf } from './topology-index.ts';

/** "4 of 6 ends established · 2 not current". */
export function bgpCountText(topology: Topology, standings: readonly NodeStatus[]): string {
  const { nodes, bgpOf } = indexOf(topology);
  let ends = 0;
  let established = 0;
  let old = 0;
  for (const node of nodes) {
    const sessions = bgpOf.get(node.id) ?? [];
    ends += sessions.length;
    if (staleStanding(standings, node.label) !== null) old += sessions.length;
    else established += sessions.filter((session) => bgpHealth(session) === 'established').length;
  }
  const silent = nodesSilentOnBgp(topology).length;
  const parts = [
    ends === 0
      ? silent === 0
        ? 'no session'
        : ''
      : `${String(established)} of ${countText(ends, 'end', 'ends')} established`,
    old === 0 ? '' : `${String(old)} not current`,
    silent === 0 ? '' : `not known on ${countText(silent, 'node', 'nodes')}`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** Living nodes whose BIRD was not read: that they show no session does not mean that they have none. */
export function nodesSilentOnBgp(topology: Topology): readonly NodeEntity[] {
  return indexOf(topology).nodes.filter(
    ({ bird }) => bird.state === 'not-permitted' || bird.state === 'unknown',
  );
}
