// IPv4: what came in must be delivered, forwarded or counted as refused, what was to be sent must be transmitted. The two
// differences P and F (FIELD-NOTES §7; net/ipv4/ip_input.c, ip_output.c, ip_forward.c) are what vanished without a counter of its own.
import type { DropProof } from './drop-entry.ts';
import type { DropReason } from './drop-reasons.ts';
import type { NamespaceRises } from './namespace-rises.ts';

/** What other places told about the same interval; each is used up by the packets it explains. */
export interface IpHints {
  /** Refused by connection tracking. */
  readonly conntrackDrops: number;
  /** Packets that routing refused without a counter of the namespace (/proc/net/stat/rt_cache). */
  readonly martians: number;
  readonly noRoutes: number;
  /** Those two are this namespace's, as many as vanish in it; else of anybody on the machine, and no proof. */
  readonly own: boolean;
  /** A next hop did not answer, here or elsewhere on the machine: ICMP errors may be due to that. */
  readonly neighboursFailed: boolean;
  /** Packets that tunnels sent on inside others: no socket sends those, and none is a reset (net/ipv4/ip_tunnel_core.c iptunnel_xmit). */
  readonly tunnelled: number;
  /** Types of the namespace's routes; null when not known. */
  readonly routeTypes: ReadonlySet<string> | null;
}

export interface Reckoned {
  readonly reason: DropReason;
  readonly packets: number;
  readonly proof: readonly DropProof[];
  /** It vanished, as multicast that nobody joined does, too (silent-drops.ts). */
  readonly silent?: true;
}

/**
 * Packets on their way while the files were read, at most: a file is read within some 20 µs, so that at 100,000 packets a second two
 * may be counted on one side only.
 */
const IN_FLIGHT = 1 / 20_000;

export function reckonIp(ns: NamespaceRises, hints: IpHints): Reckoned[] {
  const { of } = ns;
  const found: Reckoned[] = [];
  const add = (reason: DropReason, packets: number, ...counters: readonly string[]): void => {
    if (packets <= 0) return;
    const proof = counters.map((counter) => ({ counter, rise: of(counter) }));
    found.push({ reason, packets, proof: proof.filter((one) => one.rise > 0) });
  };
  const addUncounted = (
    reason: DropReason,
    packets: number,
    proof: readonly DropProof[],
    sure = true,
  ): void => {
    if (packets <= 0) return;
    const moved = proof.filter((one) => one.rise !== 0);
    found.push({ reason, packets, proof: moved, ...(sure ? {} : { silent: true }) });
  };

  add('rp-filter', of('TcpExtIPReversePathFilter'), 'TcpExtIPReversePathFilter');
  add('no-route', of('IpExtInNoRoutes'), 'IpExtInNoRoutes', 'IcmpOutDestUnreachs');
  add('forwarding-off', of('IpInAddrErrors'), 'IpInAddrErrors');
  add('unknown-protocol', of('IpInUnknownProtos'), 'IpInUnknownProtos');
  const damaged = of('IpInHdrErrors');
  const badSums = Math.min(damaged, of('IpExtInCsumErrors'));
  // Few ICMP errors of many are sent (icmp_ratelimit), of whatever kind; the others are counted here.
  const limited = of('IcmpOutRateLimitHost') + of('IcmpOutRateLimitGlobal');
  const expired = of('IcmpOutTimeExcds') + limited > 0 ? damaged - badSums : 0;
  add('hop-limit', expired, 'IpInHdrErrors', 'IcmpOutTimeExcds');
  add('bad-header', damaged - expired, 'IpInHdrErrors', 'IpExtInCsumErrors');
  add('too-big', of('IpFragFails'), 'IpFragFails', 'IcmpOutDestUnreachs');
  add('reassembly', of('IpReasmFails'), 'IpReasmFails');
  add('own-no-route', of('IpOutNoRoutes'), 'IpOutNoRoutes');
  if (!ns.has('IpOutTransmits')) return found;

  const out = vanishedOutside(of);
  const refusedLate = refusedAfterwards(of);
  let inside = vanished(ns);
  let outside = certain(out, of('IpForwDatagrams') + of('IpOutRequests'));
  let refused = of('IpOutDiscards') - refusedLate;

  const P: DropProof = { counter: 'P (received, neither delivered nor forwarded nor counted)', rise: inside };
  const F: DropProof = { counter: 'F (to be sent, not transmitted)', rise: outside };

  let untracked = hints.conntrackDrops;
  const byConntrack = [inside, outside, refused].map((packets) => {
    const taken = Math.min(packets, untracked);
    untracked -= taken;
    return taken;
  });
  const [conntrackIn = 0, conntrackOut = 0, conntrackOwn = 0] = byConntrack;
  inside -= conntrackIn;
  outside -= conntrackOut;
  refused -= conntrackOwn;
  addUncounted('conntrack-full', conntrackIn + conntrackOut + conntrackOwn, [
    { counter: 'nf_conntrack drop', rise: hints.conntrackDrops },
    { ...P, rise: conntrackIn },
    { ...F, rise: conntrackOut },
  ]);

  const martian = Math.min(inside, hints.martians);
  inside -= martian;
  addUncounted(
    'martian',
    martian,
    [
      { ...P, rise: martian },
      { counter: 'rt_cache in_martian_src + in_martian_dst', rise: hints.martians },
    ],
    hints.own,
  );

  // ICMP errors that no counter above explains.
  const errors = of('IcmpOutDestUnreachs') + of('IcmpOutTimeExcds') + limited;
  const explained = ['IpExtInNoRoutes', 'UdpNoPorts', 'IpFragFails', 'IpInUnknownProtos', 'IpReasmFails'];
  const unexplained = errors - expired - explained.reduce((sum, counter) => sum + of(counter), 0);
  const refusing = unexplained > 0;
  const icmp: DropProof = { counter: 'IcmpOutDestUnreachs', rise: of('IcmpOutDestUnreachs') };

  // For /proc/net/stat a route of type blackhole, unreachable or prohibit is one that was not found.
  const types = hints.routeTypes;
  const unreachable = types === null ? refusing : types.has('unreachable') || types.has('prohibit');
  const blackhole = types === null ? !refusing : types.has('blackhole');
  const routedAway = unreachable || blackhole ? Math.min(inside, hints.noRoutes) : 0;
  const byUnreachable = unreachable && (refusing || !blackhole);
  addUncounted(
    byUnreachable ? 'unreachable-route' : 'blackhole',
    routedAway,
    [
      { ...P, rise: routedAway },
      { counter: 'rt_cache in_no_route', rise: hints.noRoutes },
      ...(byUnreachable ? [icmp] : []),
    ],
    hints.own,
  );
  const unrouted = inside - routedAway;
  const refuses = refusing && !(byUnreachable && routedAway > 0) && !hints.neighboursFailed;
  const rejected = refuses ? Math.min(unrouted, unexplained) : 0;
  addUncounted('reject', rejected, [{ ...P, rise: rejected }, icmp]);
  const silent = unrouted - rejected;
  addUncounted('firewall-in', silent, [{ ...P, rise: silent }], false);

  const bySockets = of('UdpOutDatagrams') + of('IcmpOutMsgs') + of('TcpOutSegs');
  const resets = of('IpOutRequests') - bySockets - hints.tunnelled;
  if (outside > 0 && refusing) addUncounted('reject', outside, [{ ...F, rise: outside }, icmp]);
  else if (outside > 0 && resets >= outside) {
    addUncounted('reject', outside, [
      { ...F, rise: outside },
      { counter: 'IpOutRequests that no socket sent (resets)', rise: resets },
    ]);
  } else addUncounted('firewall-forward', outside, [{ ...F, rise: outside }]);

  add('firewall-output', refused, 'IpOutDiscards');
  if (refusing && (inside === 0 || hints.neighboursFailed) && outside === 0 && refused === 0) {
    addUncounted('neighbour', unexplained, [
      icmp,
      { counter: 'IcmpOutRateLimitHost + IcmpOutRateLimitGlobal', rise: limited },
    ]);
  }
  return found;
}

/** P: what came in and was neither delivered nor forwarded nor counted. */
export function vanished({ of, has }: NamespaceRises): number {
  if (!has('IpOutTransmits')) return 0;
  // What is taken from the local input and sent on by other code (IPVS, TPROXY) is missing there and too much here.
  const taken = Math.max(0, -vanishedOutside(of) - refusedAfterwards(of));
  return certain(vanishedInside(of) - taken, of('IpInReceives'));
}

/** An own packet that the queue or the device refused was transmitted before it was discarded. */
function refusedAfterwards(of: NamespaceRises['of']): number {
  return Math.min(of('IpOutDiscards'), Math.max(0, -vanishedOutside(of)));
}

function vanishedInside(of: NamespaceRises['of']): number {
  const accounted = [
    'IpInDelivers',
    'IpForwDatagrams',
    'IpInHdrErrors',
    'IpInAddrErrors',
    'IpExtInNoRoutes',
    'IpInUnknownProtos',
    'IpInDiscards',
    'IpExtInTruncatedPkts',
    'TcpExtIPReversePathFilter',
  ];
  const waiting = of('IpReasmReqds') - of('IpReasmOKs');
  return of('IpInReceives') - accounted.reduce((sum, counter) => sum + of(counter), 0) - waiting;
}

/** F. */
function vanishedOutside(of: NamespaceRises['of']): number {
  const wanted = of('IpForwDatagrams') + of('IpOutRequests') - of('IpOutDiscards') - of('IpFragFails');
  return wanted - (of('IpOutTransmits') - of('IpFragCreates') + of('IpFragOKs'));
}

/** Less than may have been on its way says nothing. */
function certain(packets: number, traffic: number): number {
  return packets > Math.floor(traffic * IN_FLIGHT) ? packets : 0;
}
