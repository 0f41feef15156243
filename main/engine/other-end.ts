// Whom alone a Pod's packets are to be with, as a trace to it says: its addresses, before and behind what translates them, and the Pods that
// they lead to.
import { fail, ok, type Result } from '../../app/result.ts';
import type { PodEntity } from '../../app/topology/model.ts';
import type { TraceRequest } from '../../app/trace/model.ts';
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
  const asked = { from, to, port: null, size: null };
  const first = await seenAlong(engine, asked);
  if (!first.ok) return first;
  // What has addresses of both families is the same other end by either.
  const family = first.value.addresses.some((one) => one.includes(':')) ? 4 : 6;
  const second = await seenAlong(engine, { ...asked, family });
  const both = second.ok ? [first.value, second.value] : [first.value];
  return ok({
    to,
    name: first.value.name,
    addresses: [...new Set(both.flatMap(({ addresses }) => addresses))],
    podIds: [...new Set(both.flatMap(({ podIds }) => podIds))],
  });
}

async function seenAlong(
  engine: Pick<Engine, 'ask' | 'topology'>,
  asked: Omit<TraceRequest, 'proto'>,
): Promise<Result<Omit<OtherEnd, 'to'>, string>> {
  let answer = await engine.ask('trace.path', { ...asked, proto: 'tcp' });
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
    name,
    addresses,
    podIds: ends.flatMap(({ isPod, netnsId }) => (isPod ? (netns[netnsId]?.podId ?? []) : [])),
  });
}
