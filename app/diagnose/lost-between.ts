// Packets that get from one node to another by no way, though its tunnel hears others: what devices count knows no destination. What
// connection tracking has of connections that TCP opens in vain does: here without an answer; there never seen, or answered, and here not heard.
import type { DropReason } from '../ledger/drop-reasons.ts';
import { clockAheadS } from '../probe/clock-ahead.ts';
import type { OpeningTcp } from '../probe/tracked.ts';
import { OPENING_S } from '../probe/tracked-script.ts';
import { wholeFilters } from '../probe/whole-filters.ts';
import { canonicalAddress } from '../route/address.ts';
import type { PodEntity } from '../topology/model.ts';
import type { TracePath } from '../trace/model.ts';
import { tracksAll } from '../trace/track.ts';
import { tracePath } from '../trace/trace.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { factOf, isYoung } from './pods.ts';
import { packetsOf, recentDrops } from './recent-drops.ts';
import {
  silentFor,
  TAKEN_THERE,
  tunnelNetworks,
  type CarryingKind,
  type TunnelEnd,
} from './tunnel-traffic.ts';

/** s in which an answer comes, and by which a packet has been counted at the other end; conntrack tells whole ones. */
const ANSWERED_S = OPENING_S.answered;
/** s after which a client may have given up: what it met is over. */
const GIVEN_UP_S = OPENING_S.lately;
/** s between the readings of two nodes. */
const APART_S = OPENING_S.known - GIVEN_UP_S - 1;
/** A packet is lost now and then, and a client that does not wait for a second one tells of it here. */
const FEW_TRIES = 3;
/** How often TCP has sent again what a client still waits for: after 1 and 2 s. */
const AGAIN = 2;
/** Each is followed through the model. */
const MOST_FOLLOWED = 24;

/** Why it may not have come to the Pod, though what carries it did. */
const TAKEN_ITSELF: readonly DropReason[] = ['firewall-forward', 'silent-in'];
/** Of what was sent so much is refused there at least, where that is why: the first ones may be counted no more. */
const MOST_OF_IT = 0.5;

export interface LostBetween {
  readonly end: TunnelEnd;
  readonly other: TunnelEnd;
  /** Of the one's Pods to the other's. */
  readonly tries: readonly [OpeningTcp, ...OpeningTcp[]];
  /** They have come to the other node and were answered there; the answers do not come back. */
  readonly answered: boolean;
  /** By all that was read the way back is free as well. Where they never come, what ends answers is another matter. */
  readonly isFreeBack: boolean;
  /** More than packets that are lost now and then. */
  readonly lasts: boolean;
}

/** Of two nodes each pair once. */
export function lostBetween(cluster: Cluster, kind: CarryingKind): LostBetween[] {
  const pods = new Map(cluster.pods.flatMap((pod) => pod.ips.map((ip) => [canonicalAddress(ip), pod])));
  let left = MOST_FOLLOWED;
  const found = tunnelNetworks(cluster, kind).flatMap((ends) =>
    ends.flatMap((end) => {
      // Where there is nobody else, whom it hears is this one.
      if (ends.length === 2 && silentFor(end) === 0) return [];
      return ends.flatMap((other): LostBetween[] => {
        if (end.node === other.node) return [];
        const [first, ...others] = triesOf(cluster, end.node, other.node, pods);
        if (first === undefined || left === 0) return [];
        const seen = new Set([first, ...others].map((one) => seenAt(other.node, one)));
        const [state = null] = seen;
        // Some of it came through, or it is the Pod that does not answer.
        if (seen.size !== 1 || state === 'SYN_SENT') return [];
        if (passSince(end.node, other.node, [first, ...others], pods)) return [];
        const tries: LostBetween['tries'] = [first, ...others];
        if (isRefused(kind, other, tries)) return [];
        left -= 1;
        const free = waysOf(cluster, end, first);
        const answered = state !== null;
        if (!free.forth || (answered && !free.back)) return [];
        return [{ end, other, tries, answered, isFreeBack: free.back, lasts: lasts(end.node, tries) }];
      });
    }),
  );
  const by = new Map<string, LostBetween>();
  for (const one of found) {
    const key = [one.end.node.label, one.other.node.label].toSorted().join(' ');
    const before = by.get(key);
    if (before === undefined || before.tries.length < one.tries.length) by.set(key, one);
  }
  return [...by.values()];
}

/** Connections between Pods of the two that wait for an answer, as far as what the other end has of them is known. */
function triesOf(
  cluster: Cluster,
  from: DiagnosedNode,
  to: DiagnosedNode,
  pods: ReadonlyMap<string, PodEntity>,
): OpeningTcp[] {
  const there = to.snapshot.tracked?.value ?? null;
  const filters = wholeFilters(to.snapshot.firewall);
  if (there === null || there.unopened > 0 || filters === null || !tracksAll(filters)) return [];
  const apart = readAt(from) - readAt(to);
  if (!(Math.abs(apart) <= APART_S)) return [];
  return (from.snapshot.tracked?.value?.opening ?? []).filter(({ entry, quietS }) => {
    const [source, target] = [entry.reply.dst, entry.reply.src].map((one) => pods.get(canonicalAddress(one)));
    return (
      entry.state === 'SYN_SENT' &&
      !entry.isReplied &&
      quietS !== null &&
      quietS >= ANSWERED_S + Math.max(0, apart) &&
      quietS <= GIVEN_UP_S &&
      source?.nodeId === from.entity.id &&
      target?.nodeId === to.entity.id &&
      target.phase === 'Running' &&
      factOf(cluster, target)?.terminating !== true &&
      !isYoung(to, target)
    );
  });
}

/** s, by our clock. NaN where it was not read. */
function readAt({ snapshot }: DiagnosedNode): number {
  const at = snapshot.tracked?.at ?? null;
  return at === null ? NaN : at.s + at.ns / 1e9 - (clockAheadS([snapshot, ...snapshot.evidence]) ?? NaN);
}

/** Others between Pods of the two were closed by both ends after one of these was sent: packets are lost now and then. */
function passSince(
  { snapshot, entity }: DiagnosedNode,
  other: DiagnosedNode,
  tries: readonly OpeningTcp[],
  pods: ReadonlyMap<string, PodEntity>,
): boolean {
  const longest = Math.max(...tries.map(({ quietS }) => quietS ?? 0));
  const both = [entity.id, other.entity.id];
  return (snapshot.tracked?.value?.closed ?? []).some(({ ends, quietS }) => {
    const nodes = ends.map((one) => pods.get(canonicalAddress(one))?.nodeId);
    return quietS < longest && both.every((id) => nodes.includes(id));
  });
}

/** How that node has it; null: it has never seen it, or has long seen it come about. */
function seenAt({ snapshot }: DiagnosedNode, { entry: { reply } }: OpeningTcp): string | null {
  const all = snapshot.tracked?.value?.opening ?? [];
  // /proc writes addresses of IPv6 in full, conntrack(8) does not.
  const [source, target] = [canonicalAddress(reply.dst), canonicalAddress(reply.src)];
  const one = all.find(
    ({ entry: { original } }) =>
      canonicalAddress(original.src) === source && canonicalAddress(original.dst) === target,
  );
  return one?.entry.state ?? null;
}

function lasts({ snapshot }: DiagnosedNode, tries: LostBetween['tries']): boolean {
  if (tries.reduce((sum, { count }) => sum + count, 0) >= FEW_TRIES) return true;
  const waiting = (snapshot.insides?.value?.read ?? []).flatMap(({ unanswered }) => unanswered);
  return tries.some(({ entry: { original } }) =>
    waiting.some(
      ({ state, local, remote, again }) =>
        state === 'opening' &&
        again >= AGAIN &&
        local.address === canonicalAddress(original.src) &&
        remote.address === canonicalAddress(original.dst) &&
        remote.port === original.dport,
    ),
  );
}

/** The other node refused about as many packets as were sent. Without two samples nothing is known of that. */
function isRefused(kind: CarryingKind, { node }: TunnelEnd, tries: LostBetween['tries']): boolean {
  const drops = recentDrops(node, GIVEN_UP_S);
  const sent = tries.reduce((sum, { count }) => sum + count, 0);
  return (
    drops.seconds === 0 ||
    [...TAKEN_THERE[kind], ...TAKEN_ITSELF].some(
      (reason) => packetsOf(drops, reason, { namespace: null }) >= MOST_OF_IT * sent,
    )
  );
}

/** By all that was read it gets there through the tunnel, and the answer back. */
function waysOf(
  cluster: Cluster,
  end: TunnelEnd,
  { entry }: OpeningTcp,
): { readonly forth: boolean; readonly back: boolean } {
  const { reply } = entry;
  const answer = tracePath(cluster.known, {
    ...{ from: reply.dst, to: reply.src, proto: 'tcp', port: reply.sport, size: null },
  });
  if (!answer.ok) return { forth: false, back: false };
  const through = ({ hops }: (typeof answer.paths)[number]): boolean =>
    hops.some(({ node, egress }) => node === end.node.label && egress === end.device.name);
  const { paths, reverse } = answer;
  return {
    forth: paths.every((path) => path.verdict === 'delivered' && through(path) && isKnown(path)),
    back: reverse?.verdict === 'delivered' && isKnown(reverse),
  };
}

/** Nothing that a node does to it is presumed, as what a program of eBPF does is: what lies between nodes is, and is what is in question. */
function isKnown({ hops }: Pick<TracePath, 'hops'>): boolean {
  return hops.every(
    ({ isPod, steps }) =>
      isPod || steps.every(({ stage, presumed }) => stage === 'wire' || presumed.length === 0),
  );
}
