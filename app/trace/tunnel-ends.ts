// What tunnels put around a packet, and which device of a namespace takes it out again.
// VXLAN: RFC 7348, drivers/net/vxlan; Geneve: RFC 8926; IPIP: RFC 2003, net/ipv4/ipip.c; WireGuard: drivers/net/wireguard.
import type { InterfaceEntity } from '../topology/model.ts';
import { blankPacket } from './blank-packet.ts';
import { kindOf } from './devices-of.ts';
import type { KnownNamespace } from './namespaces.ts';
import type { Encapsulation, TracedPacket } from './packet.ts';

export type TunnelKind = Encapsulation['kind'];

const ETHERNET = 14;
const UDP_HEADER = 8;
const IP_HEADER = { 4: 20, 6: 40 } as const;

/** Bytes between the outer IP header and the inner one. */
const BETWEEN: Readonly<Record<TunnelKind, number>> = {
  vxlan: UDP_HEADER + 8 + ETHERNET,
  geneve: UDP_HEADER + 8 + ETHERNET,
  ipip: 0,
  sit: 0,
  gre: 4,
  // Type, receiver, counter and the tag that proves it.
  wireguard: UDP_HEADER + 32,
};

/** IP protocol numbers of the outer packet; those over UDP are 17. */
const PROTOCOLS: Readonly<Record<TunnelKind, number>> = {
  vxlan: 17,
  geneve: 17,
  wireguard: 17,
  ipip: 4,
  sit: 41,
  gre: 47,
};

const BY_KERNEL_KIND: Readonly<Record<string, TunnelKind>> = {
  vxlan: 'vxlan',
  geneve: 'geneve',
  ipip: 'ipip',
  sit: 'sit',
  gre: 'gre',
  wireguard: 'wireguard',
};

/** Null for what is none that is followed. */
export function tunnelKindOf(device: InterfaceEntity): TunnelKind | null {
  const kind = kindOf(device);
  return Object.hasOwn(BY_KERNEL_KIND, kind) ? (BY_KERNEL_KIND[kind] ?? null) : null;
}

export const TUNNEL_NAMES: Readonly<Record<TunnelKind, string>> = {
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  ipip: 'IPIP',
  sit: 'SIT',
  gre: 'GRE',
  wireguard: 'WireGuard',
};

export interface Around {
  readonly kind: TunnelKind;
  readonly device: InterfaceEntity;
  readonly from: TracedPacket['src'];
  readonly to: TracedPacket['dst'];
  /** What the device puts on what it sends; null: the packet keeps its own (iptunnel_xmit, within one namespace). */
  readonly mark: number | null;
  /** With which its route is asked for; null: with the packet's. */
  readonly routeMark: number | null;
  /** Its network number; null where it has none, or it was not told. */
  readonly vni: number | null;
  /** UDP; 0 for tunnels without ports, and where it was not told. */
  readonly port: number;
}

/** A tunnel over UDP sends each flow from a port of its own, so that paths may be shared by flows. */
const FLOW_PORT = 50_000;

/** The packet around it, as the tunnel's device hands it to the namespace that it sends from. */
export function wrapped(
  inner: TracedPacket,
  { kind, device, from, to, vni, port, mark, routeMark }: Around,
): TracedPacket {
  const overUdp = PROTOCOLS[kind] === 17;
  return {
    ...blankPacket({ src: from, dst: to, sport: overUdp ? FLOW_PORT : 0, dport: overUdp ? port : 0 }),
    protocol: PROTOCOLS[kind],
    mark: mark ?? inner.mark,
    ...(routeMark === null ? {} : { routeMark }),
    length: inner.length + BETWEEN[kind] + IP_HEADER[to.family],
    // Tunnels of IP hand on what the packet says (pmtudisc); those over UDP leave it to be cut.
    dontFragment: !overUdp && inner.dontFragment,
    carriedIn: [...inner.carriedIn, { kind, device: device.name, vni, fromMac: device.mac, inner }],
  };
}

/** Devices of the namespace that may take it out, and the nearest miss where none does. */
export function unwrappers(
  at: Pick<KnownNamespace, 'devices'>,
  { kind, vni }: Pick<Encapsulation, 'kind' | 'vni'>,
  outer: Pick<TracedPacket, 'src' | 'family' | 'dport'>,
  text: (address: TracedPacket['src']) => string,
): { readonly found: InterfaceEntity | null; readonly near: InterfaceEntity | null } {
  const ofKind = [...at.devices.values()].filter((device) => tunnelKindOf(device) === kind);
  const [near = null] = ofKind;
  if (kind === 'wireguard') return { found: near, near };
  if (kind === 'vxlan' || kind === 'geneve') {
    const samePort = ofKind.filter(
      ({ tunnel }) =>
        isOrUnknown(tunnel?.port ?? null, outer.dport) && isOrUnknown(familyOf(tunnel), outer.family),
    );
    const sameVni = samePort.filter(({ tunnel }) => isOrUnknown(tunnel?.vni ?? null, vni));
    return { found: sameVni[0] ?? null, near: samePort[0] ?? near };
  }
  const pointed = (device: InterfaceEntity): boolean => device.tunnel?.remote === text(outer.src);
  const open = ({ tunnel }: InterfaceEntity): boolean => (tunnel?.remote ?? null) === null;
  return { found: ofKind.find(pointed) ?? ofKind.find(open) ?? null, near };
}

/**
 * Of the socket that it hears by: its own address's or its far end's (drivers/net/vxlan vxlan_sock_add, VXLAN_F_IPV6). Null: it names neither, and
 * is IPv4's, or hears both (external).
 */
function familyOf(tunnel: InterfaceEntity['tunnel']): 4 | 6 | null {
  const named = tunnel?.local ?? tunnel?.remote ?? null;
  return named === null ? null : named.includes(':') ? 6 : 4;
}

function isOrUnknown(own: number | null, asked: number | null): boolean {
  return own === null || asked === null || asked === 0 || own === asked;
}
