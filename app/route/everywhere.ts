// Where an address goes from every node at once: a line each, those from which it goes nowhere first. Why the other routes lose
// is asked of one node (explain.ts).
import type { NodeReading } from '../topology/input.ts';
import type { Topology } from '../topology/model.ts';
import { explainRoute } from './explain.ts';
import { MOST_PLACES, type RouteEverywhere, type RouteEverywhereRequest } from './explanation.ts';

type Row = Extract<RouteEverywhere, { ok: true }>['rows'][number];

export function routesEverywhere(
  topology: Topology,
  request: RouteEverywhereRequest,
  readings: ReadonlyMap<string, NodeReading> = new Map(),
): RouteEverywhere {
  const nodes = Object.values(topology.nodes)
    .filter(({ until }) => until === null)
    .sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }));
  const rows: Row[] = [];
  const refusals = new Set<string>();
  for (const { id, label } of nodes.slice(0, MOST_PLACES)) {
    const answer = explainRoute(topology, { ...request, at: label }, readings);
    if (!answer.ok) {
      refusals.add(answer.sentence);
      rows.push({ at: label, nodeId: id, verdict: null, sentence: answer.sentence, route: null });
      continue;
    }
    const { verdict, sentence, route } = answer;
    rows.push({ at: label, nodeId: id, verdict, sentence, route: route?.text ?? null });
  }
  const [only] = refusals;
  // What is wrong with the question is wrong with it everywhere.
  if (only !== undefined && refusals.size === 1 && rows.every(({ verdict }) => verdict === null))
    return { ok: false, sentence: only };
  if (rows.length === 0) return { ok: false, sentence: 'No node was read yet.' };
  return { ok: true, rows: rows.sort(lostFirst), more: Math.max(0, nodes.length - MOST_PLACES) };
}

function lostFirst(a: Row, b: Row): number {
  return Number(reaches(a)) - Number(reaches(b));
}

function reaches({ verdict }: Row): boolean {
  return verdict === 'forwarded' || verdict === 'local';
}
