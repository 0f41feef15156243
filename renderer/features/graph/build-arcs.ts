// BGP sessions as arcs: the two ends of one session, each told by its own node, make one arc.
import type { BgpSession, Topology } from '../../../app/topology/model.ts';
import { type BgpHealth, bgpHealth, bgpStateText } from '../../state/bgp-health.ts';
import type { GraphArc, Picture, Tone } from './picture.ts';

/** A full mesh of eight; beyond it healthy arcs are a hairball and only the others (and the focus) are drawn. */
const ARCS_SHOWN = 28;
/** More than this many broken ones say no more than this many. */
const BROKEN_SHOWN = 200;

export function buildArcs(
  topology: Topology,
  focusNode: string | null,
): Pick<Picture, 'arcs' | 'crowded' | 'hiddenArcs'> {
  const pairs = new Map<string, BgpSession[]>();
  for (const session of Object.values(topology.bgp)) {
    if (session.until !== null || session.peerNodeId === null) continue;
    if (topology.nodes[session.peerNodeId]?.until !== null) continue;
    const key = [session.nodeId, session.peerNodeId].toSorted().join('|');
    const pair = pairs.get(key);
    if (pair === undefined) pairs.set(key, [session]);
    else pair.push(session);
  }
  const all = [...pairs.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, pair]) => arcOf(key, pair));
  if (all.length <= ARCS_SHOWN) return { arcs: all, crowded: false, hiddenArcs: 0 };
  const worthIt = all.filter((arc) => arc.tone !== 'bgp' || arc.a === focusNode || arc.b === focusNode);
  const arcs = worthIt.slice(0, BROKEN_SHOWN);
  return { arcs, crowded: true, hiddenArcs: all.length - arcs.length };
}

const tones: Record<BgpHealth, Tone> = { established: 'bgp', stale: 'warn', down: 'bad' };
const severity: readonly BgpHealth[] = ['established', 'stale', 'down'];

function arcOf(key: string, pair: readonly BgpSession[]): GraphArc[] {
  const ordered = pair.toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  const [first, second] = ordered;
  if (first === undefined || first.peerNodeId === null) return [];
  const worst = ordered.reduce((left, right) =>
    severity.indexOf(bgpHealth(right)) > severity.indexOf(bgpHealth(left)) ? right : left,
  );
  const health = bgpHealth(worst);
  const label = health === 'established' ? 'BGP Established' : `BGP ${bgpStateText(worst)}`;
  return [
    {
      id: `arc:${key}`,
      a: first.nodeId,
      b: first.peerNodeId,
      tone: tones[health],
      label,
      detail: detailOf(first, second, worst),
      selects: { kind: 'bgp', id: worst.id },
    },
  ];
}

/** "since 02:14:07 · 1↔1 prefixes": imported here and there. One end unseen leaves its count out. */
function detailOf(first: BgpSession, second: BgpSession | undefined, worst: BgpSession): string {
  const since = worst.changed === '' ? '' : `since ${shortChanged(worst.changed)}`;
  const counts =
    second === undefined
      ? count(first.imported) && `${count(first.imported)} in, ${count(first.exported) || '?'} out`
      : first.imported === null || second.imported === null
        ? ''
        : `${count(first.imported)}↔${count(second.imported)} prefixes`;
  return [since, counts].filter((part) => part !== '').join(' · ');
}

function count(value: number | null): string {
  return value === null ? '' : String(value);
}

/** BIRD prints a date when the change is older than a day, fractions of seconds when it is younger. */
export function shortChanged(changed: string): string {
  return changed.replace(/(\d{2}:\d{2}:\d{2})\.\d+/, '$1');
}
