// Nothing was followed yet: the page begins with it, and parses nothing.
import type { TrailsView } from './trails.ts';

export const noTrailsView: TrailsView = {
  run: 0,
  counting: 0,
  revision: 0,
  counts: { delivered: 0, dropped: 0, rejected: 0, inFlight: 0, notCaptured: 0, ambiguous: 0 },
  missed: 0,
  lanes: [],
  drops: [],
  ends: [],
  hops: [],
  clocks: [],
  flows: [],
};
