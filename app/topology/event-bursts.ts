// Many changes of one kind at once are one event with a number and examples, also where they are seen over several
// readings: a thousand routes in a second are no thousand lines, and nothing that draws them has a thousand things to do.
import type { EventBurst, TopologyEvent } from './model.ts';

type Unnumbered = Omit<TopologyEvent, 'id'>;
/** An event as it is told, and what it is about, as a burst's examples name it. */
interface Told {
  readonly event: Unnumbered;
  readonly subject: string;
}

/** More changes of one node and kind in one reading are told as a number. */
const TOLD_ONE_BY_ONE = 8;
/** A burst goes on as long as no more than this lies between its readings, seconds. */
const GOES_ON_S = 2;
const EXAMPLES = 3;
/** Ids of the things that a burst is about: who looks at one of them finds it. */
const ABOUT_KEPT = 1_000;

/** `before`: the events so far, of which the latest may be bursts that go on. */
export function coalesced(told: readonly Told[], before: readonly TopologyEvent[]): Unnumbered[] {
  const groups = new Map<string, Told[]>();
  for (const one of told) {
    const key = `${one.event.nodeLabel} ${one.event.kind}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap((group): Unnumbered[] => {
    const events = group.map(({ event }) => event);
    const [first] = events;
    if (first === undefined) return [];
    const going = burstThatGoesOn(first, before);
    if (going === null && group.length <= TOLD_ONE_BY_ONE) return events;
    const burst: EventBurst = {
      count: (going?.burst?.count ?? 0) + group.length,
      since: going?.burst?.since ?? first.at,
      examples: going?.burst?.examples ?? group.slice(0, EXAMPLES).map(({ subject }) => subject),
    };
    const about = new Set([...(going?.about ?? []), ...events.flatMap(({ about: ids }) => ids)]);
    return [
      {
        at: events.at(-1)?.at ?? first.at,
        nodeLabel: first.nodeLabel,
        kind: first.kind,
        sentence: `${first.nodeLabel === '' ? '' : `${first.nodeLabel}: `}${burst.count} ${WORDS[first.kind]}, ${burst.examples.join(', ')} among them.`,
        about: [...about].slice(0, ABOUT_KEPT),
        burst,
        ...(going === null ? {} : { replaces: going.id }),
      },
    ];
  });
}

const WORDS: Readonly<Record<TopologyEvent['kind'], string>> = {
  'node-appeared': 'nodes are here',
  'node-rebooted': 'nodes were rebooted',
  'interface-appeared': 'interfaces appeared',
  'interface-changed': 'interfaces changed',
  'interface-ended': 'interfaces are gone',
  'pod-appeared': 'Pods appeared',
  'pod-changed': 'Pods changed',
  'pod-ended': 'Pods have ended',
  'route-appeared': 'routes appeared',
  'route-changed': 'routes changed',
  'route-ended': 'routes ended',
  'bgp-changed': 'BGP sessions changed',
  'bird-changed': 'BGP daemons changed',
  'kernel-message': 'messages of the kernel',
  'log-message': 'messages in logs',
  'kubernetes-warning': 'warnings of Kubernetes',
};

function burstThatGoesOn(
  { at, kind, nodeLabel }: Unnumbered,
  before: readonly TopologyEvent[],
): TopologyEvent | null {
  for (let index = before.length - 1; index >= 0; index--) {
    const event = before[index];
    // Of another node's clock nothing follows; this far back nothing goes on, whatever the clocks.
    if (event === undefined || before.length - index > LOOKED_BACK) return null;
    if (event.kind !== kind || event.nodeLabel !== nodeLabel) continue;
    const apart = at.s - event.at.s + (at.ns - event.at.ns) / 1e9;
    return event.burst !== undefined && apart <= GOES_ON_S ? event : null;
  }
  return null;
}

const LOOKED_BACK = 50;

/** The events after `fresh` ones came, the oldest beyond `bound` and those that were replaced left out. */
export function appendEvents(
  events: readonly TopologyEvent[],
  fresh: readonly TopologyEvent[],
  bound: number,
): readonly TopologyEvent[] {
  if (fresh.length === 0) return events;
  const replaced = new Set(fresh.flatMap(({ replaces }) => replaces ?? []));
  const kept = replaced.size === 0 ? events : events.filter(({ id }) => !replaced.has(id));
  return [...kept, ...fresh].slice(-bound);
}
