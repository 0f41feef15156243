// What happened before we connected, as the node itself remembers it: told once, with its own time and who told it.
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { isBefore } from './identity.ts';
import type { NodeId, Topology, TopologyEvent } from './model.ts';

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
      .sort((a, b) => (isBefore(a.at, b.at) ? -1 : 1))
      .slice(-TOLD_OF_A_NODE),
  );
  if (found.length === 0) return found;
  const told = new Set(events.filter(({ past }) => past !== undefined).map(keyOf));
  return found.filter((event) => !told.has(keyOf(event)));
}

function keyOf({ at, nodeLabel, sentence }: Unnumbered): string {
  return `${nodeLabel} ${at.s} ${sentence}`;
}

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
  return (snapshot.bird.value?.protocols ?? []).flatMap(({ name, sinceAt, info, state, bgpState }) =>
    sinceAt === null || !isBefore(sinceAt, snapshot.at)
      ? []
      : [
          {
            at: sinceAt,
            nodeLabel: snapshot.nodeLabel,
            kind: 'bgp-changed' as const,
            sentence: `${snapshot.nodeLabel}: BGP ${name} became ${bgpState ?? (info || state)}.`,
            about: [nodeId],
            past: 'BGP daemon' as const,
          },
        ],
  );
}
