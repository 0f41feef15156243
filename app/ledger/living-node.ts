import type { NodeEntity, Topology } from '../topology/model.ts';

export function livingNode(topology: Topology, label: string): NodeEntity | null {
  return Object.values(topology.nodes).find((one) => one.label === label && one.until === null) ?? null;
}
