// Packets that nodes put into a tunnel and that come out nowhere, though nothing that was read of the nodes stops them: so something
// between the nodes does (a security group, a switch). Told from counters of all ends in the same seconds, and so never for sure.
import type { Cluster, DiagnosedNode } from './cluster.ts';
import { neighbourAt } from './neighbours.ts';
import { packetsOf, recentDrops } from './recent-drops.ts';
import { surveyOf } from './paths/stops.ts';
import { tunnelNetworks, type CarryingKind, type TunnelEnd } from './tunnel-traffic.ts';
import type { DropReason } from '../ledger/drop-reasons.ts';

/** Fewer may be a farewell to a Pod that is gone. */
const FEW = 3;
/** TCP tries again after 1, then 2 seconds: who waits on gets no answer in so long. */
const LONG_ENOUGH_S = 3;
/** Beyond, nothing is to be expected any more. */
const GIVEN_UP_S = 7;
/** Of what is sent, so much has to be missing: samples of two nodes are not of the very same moment. */
const MOST_OF_IT = 0.5;

export interface LostInTunnel {
  /** It sends and hears nothing. */
  readonly end: TunnelEnd;
  readonly others: readonly TunnelEnd[];
  /** None of its ends hears anything: which of them is cut off is not known. */
  readonly all: boolean;
}

export function lostInTunnels(cluster: Cluster, kind: CarryingKind): LostInTunnel[] {
  return tunnelNetworks(cluster, kind).flatMap((ends) => {
    if (ends.some(({ seconds }) => seconds < LONG_ENOUGH_S)) return [];
    const lost = ends.filter((end) => isUnheard(end) && isMissing(ends, end) && isOpen(cluster, end, ends));
    const all = ends.every(({ received }) => received === 0);
    return (all ? lost.slice(0, 1) : lost).map((end) => ({
      end,
      others: ends.filter((one) => one !== end),
      all,
    }));
  });
}

/** Nodes of which a few seconds more would decide. */
export function undecidedTunnels(cluster: Cluster, kind: CarryingKind): DiagnosedNode[] {
  return tunnelNetworks(cluster, kind)
    .filter(
      (ends) =>
        ends.some(({ sent, received }) => sent > 0 && received === 0) &&
        ends.some(({ seconds }) => seconds < GIVEN_UP_S) &&
        !(ends.some(isUnheard) && ends.every(({ seconds }) => seconds >= LONG_ENOUGH_S)),
    )
    .flatMap((ends) => ends.map(({ node }) => node));
}

function isUnheard({ sent, received }: TunnelEnd): boolean {
  return sent >= FEW && received === 0;
}

/** Who sends without wanting an answer is heard elsewhere. */
function isMissing(ends: readonly TunnelEnd[], { sent, seconds }: TunnelEnd): boolean {
  const rate = (column: 'sent' | 'received'): number =>
    ends.reduce((sum, end) => sum + end[column] / end.seconds, 0);
  return rate('sent') - rate('received') >= (MOST_OF_IT * sent) / seconds;
}

const TAKEN_THERE: readonly DropReason[] = [
  'vxlan-stranger',
  'udp-no-socket',
  'unknown-protocol',
  'bad-checksum',
  'firewall-in',
  'hook-in',
  'rp-filter',
  'martian',
  'conntrack-full',
];

/** Everything else comes through, the way is free by all that was read, and no end counts what it refused. */
function isOpen(cluster: Cluster, end: TunnelEnd, ends: readonly TunnelEnd[]): boolean {
  const others = ends.filter((one) => one !== end);
  const alive = end.nicReceived > 0 && others.some(({ nicReceived }) => nicReceived > 0);
  const refused = ends.some(
    ({ node, strayUdp }) =>
      strayUdp >= FEW ||
      TAKEN_THERE.some(
        (reason) => packetsOf(recentDrops(node), reason, { namespace: null }) >= end.sent * MOST_OF_IT,
      ),
  );
  const unreachable = others.some(({ node }) =>
    node.entity.addresses.some((address) => neighbourAt(end.node, address) === 'failed'),
  );
  return alive && !refused && !unreachable && !isStopped(cluster, ends);
}

/** A packet that goes into one of these tunnels stops by what was read. */
function isStopped(cluster: Cluster, ends: readonly TunnelEnd[]): boolean {
  return surveyOf(cluster).stops.some(({ paths }) =>
    paths.some(({ path }) =>
      path.hops.some(({ node, egress }) =>
        ends.some((end) => end.node.label === node && end.device.name === egress),
      ),
    ),
  );
}
