// What the ends of a tunnel counted lately: each node's device, beside those of the nodes that it speaks with. One end alone shows nothing:
// what it sends may be for somebody who has no answer.
import type { DropReason } from '../ledger/drop-reasons.ts';
import type { LedgerInterval } from '../ledger/ledger.ts';
import { secondsBetween } from '../ledger/seconds-between.ts';
import type { NodeTime } from '../probe/facts.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';

export const CARRYING_KINDS = ['vxlan', 'ipip', 'wireguard'] as const;
export type CarryingKind = (typeof CARRYING_KINDS)[number];

/** Older counts may be of something that is over; seconds. */
const WINDOW_S = 10;
/** Who has heard nothing for longer is no surer of it. */
const MOST_SILENT_S = 30;
/** Samples that are asked for together are taken so far apart at most, unless a node is slow. */
export const SKEW_S = 0.5;

const TAKEN_WHATEVER_IT_IS: readonly DropReason[] = [
  'bad-checksum',
  'firewall-in',
  'hook-in',
  'rp-filter',
  'martian',
  'conntrack-full',
];

/** Why an end may not have what came to it. */
export const TAKEN_THERE: Readonly<Record<CarryingKind, readonly DropReason[]>> = {
  vxlan: ['vxlan-stranger', 'udp-no-socket', ...TAKEN_WHATEVER_IT_IS],
  ipip: ['unknown-protocol', ...TAKEN_WHATEVER_IT_IS],
  wireguard: ['udp-no-socket', ...TAKEN_WHATEVER_IT_IS],
};

export interface TunnelEnd {
  readonly node: DiagnosedNode;
  readonly device: InterfaceEntity;
  /** That were looked at; 0: none yet. */
  readonly seconds: number;
  /** Packets. */
  readonly sent: number;
  readonly received: number;
  /** By the node's NICs, of whatever kind. */
  readonly nicReceived: number;
  /** Datagrams that came to UDP beside those of tunnels and answers to what programs sent. */
  readonly strayUdp: number;
  /** TCP segments that the node and its Pods sent again, to whomever. */
  readonly resent: number;
}

/** Ends that can reach each other: of one kind, and for VXLAN of one network and port. Those of one node alone are left out. */
export function tunnelNetworks(cluster: Cluster, kind: CarryingKind): (readonly TunnelEnd[])[] {
  const networks = new Map<string, TunnelEnd[]>();
  for (const node of cluster.nodes)
    for (const device of node.devices.values()) {
      if (device.kind !== kind || device.adminUp === false) continue;
      const { vni = null, port = null } = device.tunnel ?? {};
      const key = kind === 'vxlan' ? `${String(vni)} ${String(port)}` : kind;
      networks.set(key, [...(networks.get(key) ?? []), endOf(node, device)]);
    }
  return [...networks.values()].filter((ends) => new Set(ends.map(({ node }) => node.label)).size > 1);
}

/** For how long the latest samples show nothing that it received; 0: it did, or there is one sample alone. */
export function silentFor({ node: { ledger }, device: { name } }: TunnelEnd): number {
  let seconds = 0;
  for (const { from, traffic } of ledger?.intervals.toReversed() ?? []) {
    const own = traffic.devices.find(({ device }) => device === name);
    if (own === undefined || own.received > 0 || seconds >= MOST_SILENT_S) break;
    seconds = secondsSince(ledger, from);
  }
  return seconds;
}

/** What it counted in the last so many seconds: intervals that began before are left out. */
export function within({ node, device }: TunnelEnd, seconds: number): TunnelEnd {
  return counted(node, device, ({ from }) => secondsSince(node.ledger, from) <= seconds);
}

/** The same with the interval in which they began. */
export function throughout({ node, device }: TunnelEnd, seconds: number): TunnelEnd {
  return counted(node, device, ({ to }) => secondsSince(node.ledger, to) < seconds);
}

/** Seconds from the last sample but one to the last. */
export function lastInterval({ node: { ledger } }: TunnelEnd): number {
  const last = ledger?.intervals.at(-1);
  return last === undefined ? 0 : secondsSince(ledger, last.from);
}

function secondsSince(ledger: DiagnosedNode['ledger'], time: NodeTime): number {
  return ledger === null ? 0 : secondsBetween(time, ledger.last.at);
}

function endOf(node: DiagnosedNode, device: InterfaceEntity): TunnelEnd {
  return counted(node, device, ({ to }) => secondsSince(node.ledger, to) <= WINDOW_S);
}

function counted(
  node: DiagnosedNode,
  device: InterfaceEntity,
  isIn: (interval: LedgerInterval) => boolean,
): TunnelEnd {
  const { ledger, devices } = node;
  const intervals = (ledger?.intervals ?? []).filter(isIn);
  const [first] = intervals;
  const sum = (column: 'sent' | 'received', isIt: (one: InterfaceEntity | undefined) => boolean): number =>
    intervals
      .flatMap(({ traffic }) => traffic.devices)
      .filter((one) => isIt(devices.get(one.device)))
      .reduce((total, one) => total + one[column], 0);
  const isThis = (one: InterfaceEntity | undefined): boolean => one?.name === device.name;
  const overUdp = sum('received', (one) => one?.kind === 'vxlan' || one?.kind === 'wireguard');
  const stray = intervals.reduce((total, { traffic: { udp } }) => total + udp.received - udp.sent, 0);
  return {
    node,
    device,
    seconds: first === undefined ? 0 : secondsSince(ledger, first.from),
    sent: sum('sent', isThis),
    received: sum('received', isThis),
    nicReceived: sum('received', (one) => one?.role === 'nic'),
    strayUdp: Math.max(0, stray - overUdp),
    resent: intervals.reduce((total, { traffic }) => total + traffic.resent, 0),
  };
}
