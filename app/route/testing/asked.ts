import type { RouteEverywhereRequest } from '../explanation.ts';

/** A question about a packet of which only the destination is known, in the other node's block. */
export const asked: RouteEverywhereRequest = {
  destination: '192.168.2.3',
  source: null,
  iif: null,
  oif: null,
  mark: 0,
  proto: null,
  sport: 0,
  dport: 0,
};
