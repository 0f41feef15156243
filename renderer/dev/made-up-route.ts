// A route with what most have. Development only.
import type { Route } from '../../app/topology/model.ts';

export function route(dst: string, part: Partial<Route>): Route {
  return {
    dst,
    family: 4,
    type: 'unicast',
    dev: null,
    via: null,
    proto: 'boot',
    scope: null,
    table: 'main',
    metric: 0,
    prefsrc: null,
    flags: [],
    nexthops: [],
    ...part,
  };
}
