// Packets that nodes put into a tunnel and that come out nowhere, though nothing that was read of the nodes stops them: so something
// between the nodes does (a security group, a switch). Told from counters of all ends in the same seconds, and so never for sure.
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { isUnanswered } from './neighbours.ts';
import { packetsOf, recentDrops } from './recent-drops.ts';
import { surveyOf } from './paths/stops.ts';
import {
  lastInterval,
  silentFor,
  SKEW_S,
  TAKEN_THERE,
  throughout,
  tunnelNetworks,
  within,
  type CarryingKind,
  type TunnelEnd,
} from './tunnel-traffic.ts';
import { wholeFilters } from '../probe/whole-filters.ts';
import { carrierOf } from '../trace/hop.ts';
import type { TraceHop } from '../trace/model.ts';

/** Fewer may be a farewell to a Pod that is gone. */
const FEW = 3;
/** So few are enough where TCP itself says that it had no answer. */
const FEW_UNANSWERED = 2;
/** Of what is sent: a connection that is tried anew begins with one segment that is not. */
const RESENT = 0.4;
/** TCP tries again after 1, then 2 seconds: who waits on gets no answer in so long. */
const LONG_ENOUGH_S = 3;
/** Sooner, where TCP has tried again, and not only just before the last sample: the other ends would have counted what came before. */
const SOON_S = 2;
/** Beyond, nothing is to be expected any more. */
const GIVEN_UP_S = 7;
/** A sample that is further from the one before is the clock's: it tells little of now. */
const ASKED_FOR_S = 4;
/** ms; of whom nothing was read for longer than of others, the counters are of another time. */
const ANSWERS_MS = 10_000;
/** Of what is sent, so much has to be missing: samples of two nodes are not of the very same moment. */
const MOST_OF_IT = 0.7;

export interface LostInTunnel {
  /** It sends and hears nothing. */
  readonly end: TunnelEnd;
  readonly others: readonly TunnelEnd[];
  /** None of its ends hears anything: which of them is cut off is not known. */
  readonly all: boolean;
  /** Of these ends nothing came in by a NIC: it may be more than the tunnel that is cut off. A node's only NIC may be as quiet as that. */
  readonly mute: readonly TunnelEnd[];
}

/** Each end is judged by the time since it last heard anything, in which its network did not fall silent for others’ reasons. */
export function lostInTunnels(cluster: Cluster, kind: CarryingKind): LostInTunnel[] {
  const answers = answering(cluster);
  return tunnelNetworks(cluster, kind).flatMap((all) => {
    const network = all.filter(answers);
    const lost = network.flatMap((one): LostInTunnel[] => {
      const silent = silentFor(one);
      if (!isUnheard(one, silent)) return [];
      const end = within(one, silent);
      const others = network.filter((other) => other !== one).map((other) => meanwhile(other, silent));
      if (others.some(({ seconds }) => seconds < leastOf(silent))) return [];
      if (others.length === 0 || !isMissing(end, others) || !isOpen(cluster, kind, end, others)) return [];
      if (all.some((other) => isUnreachable(one, other))) return [];
      const mute = [end, ...others].filter(({ nicReceived }) => nicReceived === 0);
      return [{ end, others, all: others.every(({ received }) => received === 0), mute }];
    });
    return lost.some((one) => one.all) ? lost.slice(0, 1) : lost;
  });
}

/** Samples of a slow node are not of the same seconds: what it counted a while before is counted, too, rather than nothing. */
function meanwhile(other: TunnelEnd, seconds: number): TunnelEnd {
  const same = within(other, seconds + SKEW_S);
  return same.seconds < leastOf(seconds) ? throughout(other, seconds) : same;
}

/** Of other ends, to say that they did not hear in these seconds either. */
function leastOf(seconds: number): number {
  return Math.min(seconds, LONG_ENOUGH_S) - SKEW_S;
}

/** Nodes of which a few seconds more would decide. */
export function undecidedTunnels(cluster: Cluster, kind: CarryingKind): DiagnosedNode[] {
  const answers = answering(cluster);
  // That nobody hears anything is all that there is to know.
  const silent = lostInTunnels(cluster, kind).flatMap(({ end, all }) => (all ? [end.device] : []));
  return tunnelNetworks(cluster, kind)
    .filter((ends) => !ends.some(({ device }) => silent.includes(device)))
    .map((ends) => ends.filter(answers))
    .filter((ends) => ends.length > 1 && ends.some(isUndecided) && !isStopped(cluster, ends))
    .flatMap((ends) => ends.map(({ node }) => node));
}

/** Its counters are read, and of now. */
function answering({ nodes }: Cluster): (end: TunnelEnd) => boolean {
  const newest = Math.max(...nodes.map(({ snapshot }) => snapshot.seenAt));
  return ({ node: { snapshot } }) =>
    snapshot.counters?.state === 'ok' && newest - snapshot.seenAt <= ANSWERS_MS;
}

function isUnreachable({ node: from }: TunnelEnd, { node: to }: TunnelEnd): boolean {
  return from !== to && to.entity.addresses.some((address) => isUnanswered(from, address));
}

/** It may be that it hears nothing: that it sends takes longer to be seen than that it does not. */
function isUndecided(one: TunnelEnd): boolean {
  if (one.node.pods.length === 0 && one.sent === 0) return false;
  if (lastInterval(one) > ASKED_FOR_S) return true;
  const silent = silentFor(one);
  if (silent === 0 || isUnheard(one, silent)) return false;
  return silent < (within(one, silent).sent > 0 ? GIVEN_UP_S : LONG_ENOUGH_S);
}

/** It sends, and has heard nothing in so many seconds, which are enough to wait for an answer. */
function isUnheard(one: TunnelEnd, silent: number): boolean {
  if (silent < SOON_S) return false;
  const { sent, resent, nicReceived } = within(one, silent);
  const unanswered = sent >= FEW_UNANSWERED && resent >= RESENT * sent;
  if (silent >= LONG_ENOUGH_S) return unanswered || sent >= FEW;
  return unanswered && nicReceived > 0 && sent > within(one, lastInterval(one)).sent;
}

/**
 * Who sends without wanting an answer is heard elsewhere. Among others' lively traffic that is not seen: there TCP has to say that it had
 * no answer.
 */
function isMissing(end: TunnelEnd, others: readonly TunnelEnd[]): boolean {
  const rate = (ends: readonly TunnelEnd[], column: 'sent' | 'received'): number =>
    ends.reduce((sum, one) => sum + one[column] / one.seconds, 0);
  const sent = rate([end], 'sent');
  const missing = sent + rate(others, 'sent') - rate(others, 'received');
  const noise = ((rate(others, 'sent') + rate(others, 'received')) * SKEW_S) / end.seconds;
  const isSure = missing - noise >= MOST_OF_IT * sent;
  return isSure || (missing >= MOST_OF_IT * sent && end.resent >= RESENT * end.sent);
}

/** The way is free by all that was read, and no end counts what it refused. */
function isOpen(cluster: Cluster, kind: CarryingKind, end: TunnelEnd, others: readonly TunnelEnd[]): boolean {
  const ends = [end, ...others];
  const refused = ends.some(({ node, strayUdp, seconds }) => {
    const drops = recentDrops(node, Math.floor(seconds));
    return (
      strayUdp >= FEW ||
      // Where not all filters were read, what vanished there may have been taken by one.
      [
        ...TAKEN_THERE[kind],
        ...(wholeFilters(node.snapshot.firewall) === null ? (['silent-in'] as const) : []),
      ].some((reason) => packetsOf(drops, reason, { namespace: null }) >= end.sent * MOST_OF_IT)
    );
  });
  return !refused && !isStopped(cluster, ends);
}

/** A packet that goes into one of these tunnels stops, by what was read, before it comes out: behind it the other end has counted it. */
function isStopped(cluster: Cluster, ends: readonly TunnelEnd[]): boolean {
  const isInto = ({ node, egress }: TraceHop): boolean =>
    ends.some((end) => end.node.label === node && end.device.name === egress);
  return surveyOf(cluster).stops.some(
    ({ hop, paths }) =>
      (carrierOf(hop) !== null || isInto(hop)) && paths.some(({ path }) => path.hops.some(isInto)),
  );
}
