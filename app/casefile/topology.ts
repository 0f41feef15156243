// topology.json of a case file: the topology as the engine has it, without what stands in routes.json.
import type { Topology } from '../topology/model.ts';

/** Evidence is there by its head (node, command, time, state), never by its output. */
export type CaseTopology = Omit<Topology, 'forwarding'>;

/** Field by field, so that nothing gets into a case file that was not thought of as part of it. */
export function caseTopology(topology: Topology): CaseTopology {
  const { schema, cluster, revision, nodes, netns, interfaces, pods, bgp, evidence, events, warnings } =
    topology;
  return { schema, cluster, revision, nodes, netns, interfaces, pods, bgp, evidence, events, warnings };
}
