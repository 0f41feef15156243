// What others tell of what happened, mostly before we connected: the node's kernel, its BGP daemon, its daemons' logs, Kubernetes.
// Each is told once, with its own time and who told it.
import { grouped } from '../grouped.ts';
import type { LogMessage } from '../probe/daemon-logs.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { bgpSessionId } from './build-bgp.ts';
import { isBefore } from './identity.ts';
import type { NodeEntity, NodeId, NodeTime, Topology, TopologyEvent } from './model.ts';

export type ToldEvent = Omit<TopologyEvent, 'id'>;

/** Of one node, the latest: older ones are in its log. */
const TOLD_OF_A_NODE = 50;

export interface PastSource {
  readonly nodeId: NodeId;
  readonly snapshot: NodeSnapshot;
  /** What was known of it in the build before; null when nothing was, or a fresh worker does not remember. */
  readonly before: NodeSnapshot | null;
}

/** `nodes`: as they are now. `kubernetes`: what it tells (event-kubernetes.ts). */
export function pastEvents(
  { events }: Topology,
  nodes: Topology['nodes'],
  sources: readonly PastSource[],
  kubernetes: readonly ToldEvent[],
): ToldEvent[] {
  const found = sources.flatMap((source) =>
    [...kernelEvents(source), ...sessionEvents(source), ...logEvents(source)]
      .sort(byTime)
      .slice(-TOLD_OF_A_NODE),
  );
  if (found.length === 0 && kubernetes.length === 0) return [];
  const tellers = events.filter(({ teller }) => teller !== undefined);
  const told = grouped(tellers, subjectOf);
  const series = new Map(
    tellers.flatMap((event) => (event.series === undefined ? [] : [[event.series, event]])),
  );
  const connected = Object.values(nodes).filter(({ until }) => until === null);
  return [...found, ...kubernetes].flatMap((event): ToldEvent[] => {
    const same = told.get(subjectOf(event)) ?? [];
    if (same.some(({ at }) => isSameMoment(at, event.at))) return [];
    const earlier = event.series === undefined ? undefined : series.get(event.series);
    // It has not gone on: its teller only remembers less of it.
    if (earlier !== undefined && !isBefore(earlier.at, event.at)) return [];
    return [
      {
        ...event,
        ...(isPast(event, connected) ? { past: true as const } : {}),
        ...(earlier === undefined ? {} : { replaces: earlier.id }),
      },
    ];
  });
}

export function byTime(a: ToldEvent, b: ToldEvent): number {
  return isBefore(a.at, b.at) ? -1 : isBefore(b.at, a.at) ? 1 : 0;
}

/** Before we first saw its node; of none, before we saw any. */
function isPast({ at, nodeLabel }: ToldEvent, connected: readonly NodeEntity[]): boolean {
  const own = connected.filter(({ label }) => label === nodeLabel);
  return (own.length > 0 ? own : connected).every(({ since }) => isBefore(at, since));
}

function subjectOf({ nodeLabel, sentence }: ToldEvent): string {
  return `${nodeLabel} ${sentence}`;
}

/** Times since boot become times of day by two clocks that are read one after the other: each time a little differently. */
function isSameMoment(a: NodeTime, b: NodeTime): boolean {
  return Math.abs(a.s - b.s + (a.ns - b.ns) / 1e9) < SAME_MOMENT_S;
}

const SAME_MOMENT_S = 0.5;

function kernelEvents({ nodeId, snapshot, before }: PastSource): ToldEvent[] {
  if (snapshot.kernelLog === before?.kernelLog) return [];
  return (snapshot.kernelLog?.value?.messages ?? []).map(({ at, text }) => ({
    at,
    nodeLabel: snapshot.nodeLabel,
    kind: 'kernel-message',
    sentence: `${snapshot.nodeLabel}: the kernel said: ${text}`,
    about: [nodeId],
    teller: 'kernel log',
  }));
}

/** What a daemon says again and again is one event, which goes on. */
function logEvents({ nodeId, snapshot, before }: PastSource): ToldEvent[] {
  if (snapshot.logs === before?.logs) return [];
  const messages = snapshot.logs?.value?.messages ?? [];
  return [...grouped(messages, ({ daemon, level, text }) => `${daemon} ${level} ${text}`)].flatMap(
    ([key, same]): ToldEvent[] => {
      const [first, last] = [same[0], same.at(-1)];
      if (first === undefined || last === undefined) return [];
      const { daemon, level, text, at } = last;
      const often = same.length === 1 ? '' : `, ${same.length} times in ${spanText(at.s - first.at.s)}`;
      return [
        {
          at,
          nodeLabel: snapshot.nodeLabel,
          kind: 'log-message',
          sentence: `${snapshot.nodeLabel}: ${daemon} ${LOGGED[level]}${often}: ${text}`,
          about: [nodeId],
          teller: 'daemon log',
          series: `${nodeId} ${key}`,
        },
      ];
    },
  );
}

export function spanText(seconds: number): string {
  return seconds < 120 ? `${Math.max(1, seconds)} s` : `${Math.round(seconds / 60)} min`;
}

const LOGGED: Readonly<Record<LogMessage['level'], string>> = {
  error: 'logged an error',
  warning: 'logged a warning',
  other: 'logged',
};

/** BIRD's Since: since when each session is as we found it. Those of a day or more are no news. */
function sessionEvents({ nodeId, snapshot, before }: PastSource): ToldEvent[] {
  if (snapshot.bird === null || (before?.bird?.value ?? null) !== null) return [];
  return (snapshot.bird.value?.protocols ?? []).flatMap(
    ({ name, socket, sinceAt, info, state, bgpState }): ToldEvent[] =>
      sinceAt === null || !isBefore(sinceAt, snapshot.at)
        ? []
        : [
            {
              at: sinceAt,
              nodeLabel: snapshot.nodeLabel,
              kind: 'bgp-changed',
              sentence: `${snapshot.nodeLabel}: BGP ${name} became ${bgpState ?? (info || state)}.`,
              about: [bgpSessionId(nodeId, name, socket), nodeId],
              teller: 'BGP daemon',
            },
          ],
  );
}
