// What happened before we connected, as the node itself remembers it: told once, with its own time and who told it.
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { grouped } from '../grouped.ts';
import { bgpSessionId } from './build-bgp.ts';
import { isBefore } from './identity.ts';
import type { NodeId, NodeTime, Topology, TopologyEvent } from './model.ts';

type Unnumbered = Omit<TopologyEvent, 'id'>;

/** Of one node, the latest: older ones are in its log. */
const TOLD_OF_A_NODE = 50;

export interface PastSource {
  readonly nodeId: NodeId;
  readonly snapshot: NodeSnapshot;
  /** What was known of it in the build before; null when nothing was, or a fresh worker does not remember. */
  readonly before: NodeSnapshot | null;
}

export function pastEvents({ events }: Topology, sources: readonly PastSource[]): Unnumbered[] {
  const found = sources.flatMap((source) =>
    [...kernelEvents(source), ...sessionEvents(source)]
      .sort((a, b) => (isBefore(a.at, b.at) ? -1 : isBefore(b.at, a.at) ? 1 : 0))
      .slice(-TOLD_OF_A_NODE),
  );
  if (found.length === 0) return found;
  const told = grouped(
    events.filter(({ past }) => past !== undefined),
    subjectOf,
  );
  return found.filter(
    (event) => !(told.get(subjectOf(event)) ?? []).some(({ at }) => isSameMoment(at, event.at)),
  );
}

function subjectOf({ nodeLabel, sentence }: Unnumbered): string {
  return `${nodeLabel} ${sentence}`;
}

/** Times since boot become times of day by two clocks that are read one after the other: each time a little differently. */
function isSameMoment(a: NodeTime, b: NodeTime): boolean {
  return Math.abs(a.s - b.s + (a.ns - b.ns) / 1e9) < SAME_MOMENT_S;
}

const SAME_MOMENT_S = 0.5;

function kernelEvents({ nodeId, snapshot, before }: PastSource): Unnumbered[] {
  if (snapshot.kernelLog === before?.kernelLog) return [];
  return (snapshot.kernelLog?.value?.messages ?? []).map(({ at, text }) => ({
    at,
    nodeLabel: snapshot.nodeLabel,
    kind: 'kernel-message',
    sentence: `${snapshot.nodeLabel}: the kernel said: ${text}`,
    about: [nodeId],
    past: 'kernel log',
  }));
}

/** BIRD's Since: since when each session is as we found it. Those of a day or more are no news. */
function sessionEvents({ nodeId, snapshot, before }: PastSource): Unnumbered[] {
  if (snapshot.bird === null || (before?.bird?.value ?? null) !== null) return [];
  return (snapshot.bird.value?.protocols ?? []).flatMap(({ name, socket, sinceAt, info, state, bgpState }) =>
    sinceAt === null || !isBefore(sinceAt, snapshot.at)
      ? []
      : [
          {
            at: sinceAt,
            nodeLabel: snapshot.nodeLabel,
            kind: 'bgp-changed' as const,
            sentence: `${snapshot.nodeLabel}: BGP ${name} became ${bgpState ?? (info || state)}.`,
            about: [bgpSessionId(nodeId, name, socket), nodeId],
            past: 'BGP daemon' as const,
          },
        ],
  );
}
