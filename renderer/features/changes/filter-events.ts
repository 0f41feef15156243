import type { TopologyEvent } from '../../../app/topology/model.ts';

export type EventGroup = 'all' | 'pods' | 'links' | 'routes' | 'bgp' | 'nodes';

const groups: Record<TopologyEvent['kind'], Exclude<EventGroup, 'all'>> = {
  'node-appeared': 'nodes',
  'node-rebooted': 'nodes',
  'interface-appeared': 'links',
  'interface-changed': 'links',
  'interface-ended': 'links',
  'pod-appeared': 'pods',
  'pod-changed': 'pods',
  'pod-ended': 'pods',
  'route-appeared': 'routes',
  'route-changed': 'routes',
  'route-ended': 'routes',
  'bgp-changed': 'bgp',
  'bird-changed': 'bgp',
  'kernel-message': 'nodes',
  'log-message': 'nodes',
  'kubernetes-warning': 'pods',
};

export function groupOf(event: TopologyEvent): Exclude<EventGroup, 'all'> {
  return groups[event.kind];
}

/** Newest first; the text is sought in the sentence and the node. */
export function filterEvents(
  events: readonly TopologyEvent[],
  group: EventGroup,
  text: string,
): TopologyEvent[] {
  const needle = text.trim().toLowerCase();
  return events
    .filter(
      (event) =>
        (group === 'all' || groups[event.kind] === group) &&
        (needle === '' || `${event.nodeLabel} ${event.sentence}`.toLowerCase().includes(needle)),
    )
    .toSorted(byAge);
}

/** Newest first; what was before we connected stands below what we saw, by its own time. */
function byAge(a: TopologyEvent, b: TopologyEvent): number {
  if (a.past === undefined || b.past === undefined)
    return a.past === b.past ? b.id - a.id : a.past === undefined ? -1 : 1;
  return b.at.s - a.at.s || b.at.ns - a.at.ns || b.id - a.id;
}

/** What an event does to the picture: something came, went, or changed. */
export function toneOf(event: TopologyEvent): 'came' | 'went' | 'changed' {
  if (event.kind.endsWith('-appeared')) return 'came';
  return event.kind.endsWith('-ended') ? 'went' : 'changed';
}
