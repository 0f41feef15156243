// Watching what one looks at: a traced way, a flow, an interface. Each is a Pod's, and with its other end known only what both exchange is
// captured, at every place on the way there and back.
import type { FlowView } from '../../app/contract/trails.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { podAtInterface, podWithAddress } from '../../app/topology/lookups.ts';
import type { InterfaceEntity, PodEntity, Topology } from '../../app/topology/model.ts';
import type { TraceRequest } from '../../app/trace/model.ts';
import { select } from './selection.ts';
import { startWatch } from './start-watch.ts';
import { type Traced, useTrace } from './trace.ts';

export interface WatchedWay {
  readonly pod: PodEntity;
  /** As a trace takes it; null: whomever the Pod exchanges packets with. */
  readonly to: string | null;
}

/** The failure is a sentence, as are those below. */
export function wayOfTrace(
  { pods, netns }: Pick<Topology, 'pods' | 'netns'>,
  { paths }: Pick<Traced, 'paths'>,
  { from, to }: Pick<TraceRequest, 'from' | 'to'>,
): Result<WatchedWay, string> {
  const [path] = paths;
  const podAt = (at: number): PodEntity | null => {
    const hop = path?.hops.at(at);
    const pod = hop?.isPod === true ? pods[netns[hop.netnsId]?.podId ?? ''] : undefined;
    return pod?.until === null ? pod : null;
  };
  const source = podAt(0);
  if (source !== null) return ok({ pod: source, to });
  // One that a Service leads to by chance is not the whole way.
  const target = paths.length === 1 && path?.verdict === 'delivered' ? podAt(-1) : null;
  if (target !== null) return ok({ pod: target, to: from });
  return fail(
    'Captures follow a Pod, and neither end of this way is one with a network of its own: trace from a Pod, or capture in a node’s terminal.',
  );
}

/** @param watchedId the Pod that is watched, or was last; null: none */
export function wayOfFlow(
  topology: Pick<Topology, 'pods'>,
  { source, destination }: Pick<FlowView, 'source' | 'destination'>,
  watchedId: string | null,
): Result<WatchedWay, string> {
  const ends = [
    [source.address, destination.address],
    [destination.address, source.address],
  ] as const;
  const ways = ends.flatMap(([address, to]): WatchedWay[] => {
    const pod = podWithAddress(topology, address);
    return pod === null ? [] : [{ pod, to }];
  });
  const way = ways.find(({ pod }) => pod.id === watchedId) ?? ways[0];
  if (way !== undefined) return ok(way);
  return fail(
    `Captures follow a Pod, and neither ${source.address} nor ${destination.address} is one’s that is there now: watch the Pod that replaced it, or one that talks with it.`,
  );
}

/** @param isPaste what is shown was pasted */
export function wayOfInterface(
  topology: Pick<Topology, 'pods' | 'netns'>,
  subject: InterfaceEntity,
  isPaste: boolean,
): Result<WatchedWay, string> {
  const pod = podAtInterface(topology, subject);
  if (pod !== null && isPaste)
    return fail('This was pasted: there is no connection by which anything could be captured.');
  if (pod !== null) return ok({ pod, to: null });
  const { name, role, until } = subject;
  if (until !== null || role === 'workload' || role === 'pod')
    return fail(`Whose cable ${name} is, is not known, or it is there no more: watch the Pod itself.`);
  return fail(
    `Packets of many pass ${name}: what passes it of one Pod, traced way or flow shows while that is watched; anything else, with a capture filter of your own.`,
  );
}

export function watchWay({ pod, to }: WatchedWay): void {
  // Whoever asked from what was selected has asked from that.
  const { from, answered } = useTrace.getState();
  if (from === null && answered !== null) useTrace.setState({ from: answered.from });
  startWatch(pod.id, { to });
  select({ kind: 'pod', id: pod.id });
}
