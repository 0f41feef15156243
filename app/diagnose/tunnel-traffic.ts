// What the ends of a tunnel counted lately: each node's device, beside those of the nodes that it speaks with. One end alone shows nothing:
// what it sends may be for somebody who has no answer.
import type { InterfaceEntity } from '../topology/model.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';

export const CARRYING_KINDS = ['vxlan', 'ipip', 'wireguard'] as const;
export type CarryingKind = (typeof CARRYING_KINDS)[number];

/** Older counts may be of something that is over; seconds. */
const WINDOW_S = 10;

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

function endOf(node: DiagnosedNode, device: InterfaceEntity): TunnelEnd {
  const { ledger, devices } = node;
  const now = ledger?.last.at ?? null;
  const intervals = (ledger?.intervals ?? []).filter(({ to }) => now !== null && now.s - to.s <= WINDOW_S);
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
    seconds: first === undefined || now === null ? 0 : now.s - first.from.s + (now.ns - first.from.ns) / 1e9,
    sent: sum('sent', isThis),
    received: sum('received', isThis),
    nicReceived: sum('received', (one) => one?.role === 'nic'),
    strayUdp: Math.max(0, stray - overUdp),
  };
}
