import type { EventGroup } from './filter-events.ts';

export const changesStrings = {
  label: 'Changes, newest first',
  filter: 'Filter the changes…',
  clock: 'times in UTC, by each node’s clock',
  empty: 'Nothing has changed since this session began.',
  nothing: 'No change matches.',
  past: (who: string): string => `before · ${who}`,
  pastTitle: 'It happened before this session began; the time is the one that its source tells.',
  groups: {
    all: 'All',
    pods: 'Pods',
    links: 'Links',
    routes: 'Routes',
    bgp: 'BGP',
    nodes: 'Nodes',
  } satisfies Record<EventGroup, string>,
};
