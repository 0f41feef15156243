// Which Pod a person means by NAME or NAMESPACE/NAME.
import { fewOf } from '../../app/few-of.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { PodEntity, Topology } from '../../app/topology/model.ts';

/** Candidates said one by one. */
const mostNamed = 12;

export function podNamed(topology: Topology, name: string): Result<PodEntity, string> {
  const living = Object.values(topology.pods).filter(({ until }) => until === null);
  const found = living.filter((pod) => pod.name === name || fullName(pod) === name);
  const [only, second] = found;
  if (only !== undefined && second === undefined) return ok(only);
  const among = second === undefined ? living : found;
  const names = among.map(fullName).sort();
  const list = fewOf(names, mostNamed);
  if (second !== undefined) return fail(`${name} is the name of several Pods: say which of ${list}.`);
  return fail(
    names.length === 0
      ? `There is no Pod ${name}, nor any other that could be watched.`
      : `There is no Pod ${name}; there are ${list}.`,
  );
}

function fullName({ namespace, name }: PodEntity): string {
  return namespace === null ? name : `${namespace}/${name}`;
}
