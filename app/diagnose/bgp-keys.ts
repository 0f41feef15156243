// Whether the two ends of a BGP session have the same password: by the keys that the kernels hold for each other, and by what they
// counted of refused segments (tcp-signatures.ts). Counters are a node's and not a session's: what one session's two ends explain
// together is no other session's.
import type { BgpMatrixEnd, BgpMatrixPair } from '../topology/bgp-matrix-model.ts';
import { bgpPortOf, isKnocking, troubledPairs } from './bgp-pairs.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { overlap } from './prefixes.ts';
import { SEEN_AFTER_S, signaturesOf, type Counter, type Signatures } from './tcp-signatures.ts';

/** Which way the keys of two ends differ. */
export interface KeyTrouble {
  readonly way: 'different' | 'first-alone' | 'second-alone';
  /** `keys`: a kernel says that it has one for the other, which has none; `counters`: both refuse segments, or one does. */
  readonly by: 'keys' | 'counters';
}

type Way = KeyTrouble['way'];
type Arrival = 'refused' | 'nothing' | 'open';

/** What the other end's kernel counts where one counts this: a key on one end alone is missed there and unexpected here. */
const ANSWER: Readonly<Record<Counter, Counter>> = {
  failure: 'failure',
  notFound: 'unexpected',
  unexpected: 'notFound',
};
const KINDS = Object.keys(ANSWER) as Counter[];

const known = new WeakMap<Cluster, ReadonlyMap<BgpMatrixPair, KeyTrouble>>();

/** Null where nothing says that they differ. */
export function keysOf(cluster: Cluster, pair: BgpMatrixPair): KeyTrouble | null {
  const all = known.get(cluster) ?? troubles(cluster);
  known.set(cluster, all);
  return all.get(pair) ?? null;
}

interface Session {
  readonly pair: BgpMatrixPair;
  readonly nodes: readonly [DiagnosedNode, DiagnosedNode];
}

function troubles(cluster: Cluster): ReadonlyMap<BgpMatrixPair, KeyTrouble> {
  const found = new Map<BgpMatrixPair, KeyTrouble>();
  /** "NODE COUNTER" of counts that a session has been found for. */
  const explained = new Set<string>();
  const sessions = cluster.bgp.pairs.flatMap((pair): Session[] => {
    const [one, other] = pair.sides.map(({ name }) => cluster.node(name));
    // They had the same when it came up.
    const isUp = pair.ends.every((end) => end?.health === 'established');
    return isUp || !one || !other ? [] : [{ pair, nodes: [one, other] }];
  });
  const find = (by: KeyTrouble['by'], wayOf: (session: Session) => Way | null): void => {
    for (const session of sessions.filter(({ pair }) => !found.has(pair))) {
      const way = wayOf(session);
      if (way !== null) found.set(session.pair, { way, by });
    }
    for (const { pair, nodes } of sessions) {
      const way = found.get(pair)?.way;
      if (way === undefined) continue;
      for (const [at, { label }] of nodes.entries()) explained.add(`${label} ${kindAt(way, at)}`);
    }
  };
  const isOpen = ({ label }: DiagnosedNode, kind: Counter): boolean => !explained.has(`${label} ${kind}`);
  const held = new Map(sessions.map((session) => [session, heldBy(cluster, session)]));
  find('keys', (session) => {
    const [one, other] = held.get(session) ?? [null, null];
    if (one === null || other === null || one === other) return null;
    return one ? 'first-alone' : 'second-alone';
  });
  // Who has keys at both ends misses none. That there is none an old ss says of all.
  const kindsOf = (session: Session): readonly Counter[] =>
    held.get(session)?.every((has) => has === true) === true ? ['failure'] : KINDS;
  // Of two nodes' counters one's alone say nothing.
  const tells = ({ nodes }: Session): boolean => nodes.every((node) => signaturesOf(node).counts !== null);
  find('counters', (session) => {
    const [one, other] = session.nodes;
    const kind = kindsOf(session).find((each) => counted(one, each) && counted(other, ANSWER[each]));
    return kind !== undefined && (isOpen(one, kind) || isOpen(other, ANSWER[kind])) ? WAYS[kind] : null;
  });
  // Only one side tried lately.
  find('counters', (session) => {
    const [one, other] = session.nodes;
    if (!tells(session)) return null;
    const kind = kindsOf(session).find(
      (each) =>
        (counted(one, each) && isOpen(one, each)) ||
        (counted(other, ANSWER[each]) && isOpen(other, ANSWER[each])),
    );
    return kind === undefined ? null : WAYS[kind];
  });
  return found;
}

/** By what the first end counts. */
const WAYS: Readonly<Record<Counter, Way>> = {
  failure: 'different',
  notFound: 'first-alone',
  unexpected: 'second-alone',
};

/** @param at 0: the first end, 1: the second. */
function kindAt(way: Way, at: number): Counter {
  if (way === 'different') return 'failure';
  return (way === 'first-alone') === (at === 0) ? 'notFound' : 'unexpected';
}

function counted(node: DiagnosedNode, kind: Counter): boolean {
  return (signaturesOf(node).counts?.[kind] ?? 0) > 0;
}

function heldBy(cluster: Cluster, { pair: { ends }, nodes }: Session): readonly (boolean | null)[] {
  return ends.map((end, at) => holdsKey(cluster, nodes[at], end));
}

/** Whether its daemon has a key for the peer of this session; null where that is not known: the daemon's socket is where it would be. */
function holdsKey(
  cluster: Cluster,
  node: DiagnosedNode | undefined,
  end: BgpMatrixEnd | null,
): boolean | null {
  const { sockets = null, keyedPeers = null } = node?.snapshot.settings?.value ?? {};
  const peer = end?.neighbourAddress?.replace(/%.*/, '') ?? null;
  const port = bgpPortOf(cluster);
  const listens = sockets?.some(
    (one) => one.pid === null && one.protocol.startsWith('tcp') && one.port === port,
  );
  if (keyedPeers === null || peer === null || node?.entity.bird.state !== 'running' || listens !== true)
    return null;
  if (end?.health === 'disabled') return null;
  if (keyedPeers.some((prefix) => overlap(prefix, peer))) return true;
  // BIRD gives its socket the key when it begins to try, or to wait for the peer's: not while the neighbour's link is down.
  const begun = end !== null && (isKnocking(end) || end.health === 'waiting' || end.health === 'established');
  return begun ? false : null;
}

/** Labels of nodes of which it is not known yet whether anything of a session whose keys differ comes to them. */
export function undecidedKeys(cluster: Cluster): ReadonlySet<string> {
  const open = troubledPairs(cluster).filter(
    (pair) => keysOf(cluster, pair) !== null && arrivalOf(cluster, pair) === 'open',
  );
  return new Set(open.flatMap(({ sides }) => sides.map(({ name }) => name)));
}

/**
 * Where keys differ each kernel refuses what the other end sends, and counts it: one that counts nothing while the other knocks gets
 * nothing. `refused`: something comes, or nothing was to come yet; `open`: it was not looked at for long enough.
 */
export function arrivalOf(cluster: Cluster, { sides, ends }: BgpMatrixPair): Arrival {
  const told = sides.flatMap(({ name }, at) => {
    const [node, knocker] = [cluster.node(name), ends[1 - at] ?? null];
    if (node === null || knocker === null || !isKnocking(knocker)) return [];
    return [arrivalAt(signaturesOf(node), knocker)];
  });
  return told.find((one) => one === 'nothing') ?? told.find((one) => one === 'open') ?? 'refused';
}

/** So Calico calls its sessions, which try again every 5 s; others may wait for minutes, and then nothing comes for that alone. */
const OFTEN_TRIED = /^(Mesh|Node|Global)_/;

function arrivalAt({ counts, lately, looked }: Signatures, { name, sinceAt, readAt }: BgpMatrixEnd): Arrival {
  if (!OFTEN_TRIED.test(name)) return 'refused';
  const tries = sinceAt !== null && readAt !== null && readAt.s - sinceAt.s > SEEN_AFTER_S;
  if (counts === null || lately || !tries) return 'refused';
  return looked ? 'nothing' : 'open';
}
