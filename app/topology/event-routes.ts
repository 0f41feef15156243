// Routes that came, went, or are others now.
import type { LabelOf, Said, Tables } from './event-sources.ts';
import type { Route, Topology } from './model.ts';

export function routeEvents(from: Topology, to: Tables, labelOf: LabelOf): Said[] {
  const said: Said[] = [];
  for (const [netnsId, state] of Object.entries(to.forwarding)) {
    const before = from.forwarding[netnsId];
    if (before === undefined || before.routes === state.routes) continue;
    const nodeLabel = labelOf(state.nodeId);
    const pod = to.pods[to.netns[netnsId]?.podId ?? ''];
    const place = pod === undefined ? nodeLabel : `${nodeLabel}, in ${pod.name}`;
    const had = routesByText(before.routes);
    const has = routesByText(state.routes);
    const about = [state.nodeId, ...(pod === undefined ? [] : [pod.id])];
    const gone = [...had].filter(([text]) => !has.has(text));
    const come = new Map([...has].filter(([text]) => !had.has(text)));
    // Gone and come again to the same destination is one change, with before and after.
    const successors = new Map([...come].map(([text, route]) => [placeOf(route), text]));
    for (const [text, route] of gone) {
      const after = successors.get(placeOf(route));
      if (after === undefined || !come.delete(after)) {
        const sentence = `${place}: route ${text} ended.`;
        said.push({ nodeLabel, kind: 'route-ended', sentence, subject: text, about });
        continue;
      }
      said.push({
        nodeLabel,
        kind: 'route-changed',
        sentence: `${place}: route ${text} is ${after} now.`,
        subject: after,
        about,
        change: { before: text, after },
      });
    }
    for (const text of come.keys()) {
      const sentence = `${place}: route ${text} appeared.`;
      said.push({ nodeLabel, kind: 'route-appeared', sentence, subject: text, about });
    }
  }
  return said;
}

/** Two routes at one place replace each other (the kernel's key of a route, net/ipv4/fib_trie.c). */
function placeOf({ dst, table, metric, family }: Route): string {
  return `${family} ${table} ${dst} ${metric}`;
}

/** The local table and link-local subnets follow from addresses, which have events of their own. */
function routesByText(routes: readonly Route[]): Map<string, Route> {
  return new Map(
    routes
      .filter(({ table, dst }) => table !== 'local' && dst !== 'fe80::/64')
      .map((route) => [routeText(route), route]),
  );
}

/** As `ip route` would print it. */
function routeText(route: Route): string {
  return [
    ...(route.type === 'unicast' ? [] : [route.type]),
    route.dst,
    ...(route.via === null ? [] : ['via', route.via]),
    ...(route.dev === null ? [] : ['dev', route.dev]),
    ...(route.table === 'main' ? [] : ['table', route.table]),
    'proto',
    route.proto,
    ...(route.metric === 0 ? [] : ['metric', `${route.metric}`]),
    ...route.nexthops.flatMap(({ via, dev }) => [
      'nexthop',
      ...(via === null ? [] : ['via', via]),
      'dev',
      dev,
    ]),
    ...route.flags,
  ].join(' ');
}
