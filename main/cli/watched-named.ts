// Whom `hopscope watch` is to watch: a Pod by its name, or NODE/INTERFACE, the end of whose cable that is.
import { fail, ok, type Result } from '../../app/result.ts';
import { podAtInterface } from '../../app/topology/lookups.ts';
import type { PodEntity, Topology } from '../../app/topology/model.ts';
import { podNamed } from './pod-named.ts';

export function watchedNamed(topology: Topology, name: string): Result<PodEntity, string> {
  const pod = podNamed(topology, name);
  if (pod.ok) return pod;
  const [, label, device] = /^(.+)\/([^/]+)$/.exec(name) ?? [];
  const node = Object.values(topology.nodes).find((one) => one.until === null && one.label === label);
  const found = Object.values(topology.interfaces).find(
    (one) => one.until === null && one.netnsId === node?.rootNetns && one.name === device,
  );
  if (found === undefined) return pod;
  const at = podAtInterface(topology, found);
  if (at !== null) return ok(at);
  return fail(`${name} is no Pod’s own: watch a Pod, and what passes there of it is told.`);
}
