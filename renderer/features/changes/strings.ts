import type { EventGroup } from './filter-events.ts';

export const changesStrings = {
  kinds: 'Kind of change',
  label: 'Changes, newest first',
  filter: 'Filter the changes…',
  clock: 'times in UTC, by each node’s clock',
  empty: 'Nothing has changed since this session began.',
  nothing: 'No change matches.',
  teller: (who: string, past: boolean): string => (past ? `before · ${who}` : who),
  tellerTitle: (past: boolean): string =>
    past
      ? 'It happened before this session began; the time is the one that its source tells.'
      : 'Told by its source, with that one’s time; it may have been read up to a minute later.',
  groups: {
    all: 'All',
    pods: 'Pods',
    links: 'Links',
    routes: 'Routes',
    bgp: 'BGP',
    nodes: 'Nodes',
  } satisfies Record<EventGroup, string>,
};
