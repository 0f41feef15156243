// BGP sessions as arcs: all sessions between two nodes make one arc, which says what both ends say.
import { grouped } from '../../../app/grouped.ts';
import { familyOf } from '../../state/bgp-pair.ts';
import type { BgpSession, NodeEntity, Topology } from '../../../app/topology/model.ts';
import { type BgpHealth, bgpHealth, bgpStateText } from '../../state/bgp-health.ts';
import { indexOf } from '../../state/topology-index.ts';
import type { GraphArc, Picture, Tone } from './picture.ts';

/** A full mesh of eight; beyond it healthy arcs are a hairball and only the others (and the focus) are drawn. */
const ARCS_SHOWN = 28;
/** More than this many broken ones say no more than this many. */
const BROKEN_SHOWN = 200;

export function buildArcs(
  topology: Topology,
  focusNode: string | null,
): Pick<Picture, 'arcs' | 'crowded' | 'hiddenArcs'> {
  const all = pairsOf(topology).map(arcOf);
  if (all.length <= ARCS_SHOWN) return { arcs: all, crowded: false, hiddenArcs: 0 };
  const worthIt = all.filter((arc) => arc.tone !== 'bgp' || arc.a === focusNode || arc.b === focusNode);
  const arcs = worthIt.slice(0, BROKEN_SHOWN);
  return { arcs, crowded: true, hiddenArcs: all.length - arcs.length };
}

interface Pair {
  readonly a: NodeEntity;
  readonly b: NodeEntity;
  readonly ofA: readonly BgpSession[];
  readonly ofB: readonly BgpSession[];
}

/** In the order of the nodes' labels, `a` before `b`: as they are drawn, so that "1↔2" reads from left to right. */
function pairsOf(topology: Topology): Pair[] {
  const { nodes, bgpOf } = indexOf(topology);
  const byPeer = nodes.map((node) => grouped(bgpOf.get(node.id) ?? [], (session) => session.peerNodeId));
  return nodes.flatMap((a, at) =>
    nodes.slice(at + 1).flatMap((b, offset) => {
      const ofA = byPeer[at]?.get(b.id) ?? [];
      const ofB = byPeer[at + 1 + offset]?.get(a.id) ?? [];
      return ofA.length + ofB.length === 0 ? [] : [{ a, b, ofA, ofB }];
    }),
  );
}

const tones: Record<BgpHealth, Tone> = { established: 'bgp', stale: 'warn', down: 'bad' };
const labels: Record<BgpHealth, string> = {
  established: 'BGP Established',
  stale: 'BGP stale',
  down: 'BGP down',
};
const severity: readonly BgpHealth[] = ['established', 'stale', 'down'];

function arcOf(pair: Pair): GraphArc {
  const all = [...pair.ofA, ...pair.ofB];
  const families = [...grouped(all, familyOf)].toSorted(([left], [right]) => left - right);
  const [health, worst] = families
    .map(([, sessions]) => [healthOf(sessions), sessions] as const)
    .reduce((left, right) => (severity.indexOf(right[0]) > severity.indexOf(left[0]) ? right : left));
  const telling = worst.find((session) => bgpHealth(session) === health) ?? worst[0];
  if (telling === undefined) throw new Error('a pair has a session');
  const several = families.length > 1;
  return {
    id: `arc:${pair.a.id}|${pair.b.id}`,
    a: pair.a.id,
    b: pair.b.id,
    tone: tones[health],
    label: labels[health],
    details:
      health === 'established'
        ? [sinceText(telling), prefixes(pair, several)].filter((part) => part !== '')
        : [endText(pair.a, pair.ofA, several), endText(pair.b, pair.ofB, several)].flat(),
    selects: { kind: 'bgp', id: telling.id },
  };
}

/** While one end keeps the other's routes (graceful restart) their session is stale, whatever the other end says. */
function healthOf(ends: readonly BgpSession[]): BgpHealth {
  const healths = ends.map(bgpHealth);
  if (healths.includes('stale')) return 'stale';
  return healths.includes('down') ? 'down' : 'established';
}

/** "BIRD dead on k8s-worker-1", "stale at k8s-worker-2", with the family where the two families differ. */
function endText(node: NodeEntity, sessions: readonly BgpSession[], several: boolean): string[] {
  const texts = grouped(sessions, (session) => {
    if (node.bird.state === 'dead' && bgpHealth(session) === 'down') return `BIRD dead on ${node.label}`;
    return `${bgpStateText(session)} at ${node.label}`;
  });
  return [...texts].map(([text, [session]]) =>
    several && texts.size > 1 && session !== undefined ? `${familyName(familyOf(session))} ${text}` : text,
  );
}

function familyName(family: 4 | 6): string {
  return `v${String(family)}`;
}

/** "1↔1 prefixes", "v4 1↔1, v6 2↔0 prefixes": imported at either end. One end unseen leaves its count out. */
function prefixes({ ofA, ofB }: Pair, several: boolean): string {
  const counts = ([4, 6] as const).flatMap((family) => {
    const [a, b] = [ofA, ofB].map((ends) => ends.filter((session) => familyOf(session) === family));
    const text = prefixCount(a ?? [], b ?? []);
    return text === '' ? [] : [several ? `${familyName(family)} ${text}` : text];
  });
  if (counts.length === 0) return '';
  return ofA.length > 0 && ofB.length > 0 ? `${counts.join(', ')} prefixes` : counts.join(', ');
}

function prefixCount(a: readonly BgpSession[], b: readonly BgpSession[]): string {
  const [inA, inB] = [total(a, 'imported'), total(b, 'imported')];
  if (a.length > 0 && b.length > 0)
    return inA === null || inB === null ? '' : `${String(inA)}↔${String(inB)}`;
  const only = a.length > 0 ? a : b;
  const [imported, exported] = [total(only, 'imported'), total(only, 'exported')];
  return imported === null ? '' : `${String(imported)} in, ${exported === null ? '?' : String(exported)} out`;
}

/** Null when nobody, or not everybody, tells. */
function total(sessions: readonly BgpSession[], count: 'imported' | 'exported'): number | null {
  return sessions.length === 0
    ? null
    : sessions.reduce<number | null>((sum, session) => {
        const one = session[count];
        return sum === null || one === null ? null : sum + one;
      }, 0);
}

function sinceText(session: BgpSession): string {
  return session.changed === '' ? '' : `since ${shortChanged(session.changed)}`;
}

/** BIRD prints a date when the change is older than a day, fractions of seconds when it is younger. */
function shortChanged(changed: string): string {
  return changed.replace(/(\d{2}:\d{2}:\d{2})\.\d+/, '$1');
}
