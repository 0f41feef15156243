// Whom alone a Pod's packets are to be with, as a trace to it says: its addresses, before and behind what translates them, and the Pods that
// they lead to.
import { fail, ok, type Result } from '../../app/result.ts';
import type { PodEntity } from '../../app/topology/model.ts';
import type { Engine } from './engine.ts';
import type { OtherEnd } from './watch.ts';

/** @param to a Pod, a Service, a node or an address. The failure is a sentence. */
export async function otherEnd(
  engine: Pick<Engine, 'ask' | 'topology'>,
  pod: PodEntity,
  to: string,
): Promise<Result<OtherEnd, string>> {
  // Of a nameless one the address says which it is.
  const from = pod.namespace === null ? (pod.ips[0] ?? pod.name) : `pod/${pod.namespace}/${pod.name}`;
  const asked = { from, to, proto: 'tcp', port: null, size: null } as const;
  let answer = await engine.ask('trace.path', asked);
  // A Service of UDP alone.
  if (answer.ok && !answer.value.ok) answer = await engine.ask('trace.path', { ...asked, proto: 'udp' });
  if (!answer.ok) return fail(answer.failure.sentence);
  if (!answer.value.ok) return fail(answer.value.sentence);
  const { paths, to: name, lookups } = answer.value;
  const hops = paths.flatMap((path) => path.hops);
  const { netns } = engine.topology;
  const ends = paths.flatMap((path) => path.hops.slice(-1));
  const seen = hops.flatMap(({ came, left }) => [came, left].flatMap((as) => as?.dst ?? []));
  // What does not even leave the Pod was to go somewhere all the same.
  const addresses =
    seen.length > 0 ? seen : lookups.slice(0, 1).map(({ asked: { destination } }) => destination);
  return ok({
    to,
    name,
    addresses: [...new Set(addresses)],
    podIds: [...new Set(ends.flatMap(({ isPod, netnsId }) => (isPod ? (netns[netnsId]?.podId ?? []) : [])))],
  });
}
