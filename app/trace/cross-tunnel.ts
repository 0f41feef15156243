// A packet goes into a tunnel: to which node, by the tunnel's own table, and what the outer packet is. It is then a packet that the same
// namespace sends (iptunnel_xmit → ip_local_out), so that the underlay is followed like anything else.
import type { WireguardPeer } from '../probe/settings-facts.ts';
import { addressText, inPrefix, parseAddress, parsePrefix, type Address } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import {
  ended,
  evidenceOf,
  stopped,
  unknown,
  withStep,
  type Crossing,
  type CrossContext,
  type Frame,
} from './crossing.ts';
import { detailOf } from './devices-of.ts';
import { nodeWithAddress } from './ends.ts';
import type { KnownNamespace } from './namespaces.ts';
import { stepOf } from './step.ts';
import { TUNNEL_NAMES, wrapped, type TunnelKind } from './tunnel-ends.ts';
import { commandIn } from './walk.ts';

interface Into {
  readonly to: string;
  readonly port: number;
  /** Not the device's own. */
  readonly vni?: number;
  /** How the other end is known. */
  readonly because: string;
  readonly command: string;
}

type Found =
  | Into
  | { readonly stops: 'fdb-missing' | 'no-route'; readonly sentence: string; readonly command: string }
  | { readonly unknown: string };

export function crossTunnel(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  kind: TunnelKind,
  frame: Frame,
): Crossing[] {
  if (detailOf(at, device.name, 'external') !== null)
    return [
      unknown(
        frame,
        `${device.name} of ${at.name} is told by a program to whom each packet goes (external): that is not seen.`,
        'encapsulate',
      ),
    ];
  const found = otherEnd(context, at, device, kind, frame);
  const evidence = evidenceOf(at, ...(kind === 'wireguard' ? ['settings'] : ['fdb', 'links']));
  if ('unknown' in found) return [unknown(frame, found.unknown, 'encapsulate')];
  if ('stops' in found)
    return [
      stopped(frame, at, device, found.stops, {
        stage: 'encapsulate',
        sentence: found.sentence,
        evidence,
        command: found.command,
      }),
    ];
  const to = parseAddress(found.to);
  if (to === null)
    return [unknown(frame, `${found.to} is no address of a tunnel’s other end.`, 'encapsulate')];
  const from = (device.tunnel?.local ?? null) === null ? null : parseAddress(device.tunnel?.local ?? '');
  const vni = found.vni ?? device.tunnel?.vni ?? null;
  const outer = wrapped(frame.packet, {
    kind,
    device,
    from: from?.family === to.family ? from : unchosen(to),
    to,
    vni,
    port: found.port,
    ...marksOf(at, device, kind),
  });
  const step = stepOf({
    stage: 'encapsulate',
    device: device.name,
    sentence: `${device.name} of ${at.name} puts it into ${TUNNEL_NAMES[kind]}${vni === null ? '' : ` (VNI ${String(vni)})`} for ${found.to}: ${found.because}. It is ${String(outer.length)} bytes now.`,
    presumed: kind === 'wireguard' ? presumedOfWireguard(at, device) : [],
    evidence,
    command: found.command,
  });
  return [ended(withStep(frame, step), { kind: 'arrives', arrival: { at, device: null, packet: outer } })];
}

/** WireGuard marks what it sends (send4: wg->fwmark); IP tunnels ask for its route with theirs, or with none (ip_tunnel_init_flow). */
function marksOf(
  at: KnownNamespace,
  device: InterfaceEntity,
  kind: TunnelKind,
): { readonly mark: number | null; readonly routeMark: number | null } {
  if (kind === 'wireguard') return { mark: wireguardMark(at, device) ?? 0, routeMark: null };
  if (kind === 'vxlan' || kind === 'geneve') return { mark: null, routeMark: null };
  const own = Number(detailOf(at, device.name, 'fwmark') ?? 0);
  return { mark: null, routeMark: Number.isInteger(own) ? own : 0 };
}

function wireguardMark(at: KnownNamespace, { name }: InterfaceEntity): number | null {
  return at.wireguard?.find(({ device }) => device === name)?.fwmark ?? null;
}

function presumedOfWireguard(at: KnownNamespace, device: InterfaceEntity): string[] {
  return [
    'What is inside is encrypted: until it is taken out, nobody sees it.',
    ...(wireguardMark(at, device) === null
      ? [
          `The mark that ${device.name} of ${at.name} puts on what it sends (wg show, fwmark) was not read: none is presumed.`,
        ]
      : []),
  ];
}

function unchosen({ family, words }: Address): Address {
  return { family, words: new Uint32Array(words.length) };
}

function otherEnd(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  kind: TunnelKind,
  frame: Frame,
): Found {
  switch (kind) {
    case 'vxlan':
      return vtepOf(context, at, device, frame);
    case 'wireguard':
      return wireguardPeer(at, device, frame);
    case 'geneve':
    case 'ipip':
    case 'sit':
    case 'gre':
      return pointedAt(at, device, frame);
  }
}

/** vxlan_xmit: the entry of the MAC, else the default destination (that of 00:00:00:00:00:00), which may be several. */
function vtepOf(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  { packet, nextHop }: Frame,
): Found {
  const { tunnel, name } = device;
  const { toMac } = packet;
  const command = commandIn(at, 'bridge', 'fdb', 'show', 'dev', name);
  const port = tunnel?.port ?? 0;
  const remote = tunnel?.remote ?? null;
  const entries = at.fdb?.filter((entry) => entry.dev === name && entry.dst !== null) ?? [];
  const entry = entries.find(({ mac }) => mac === toMac);
  if (entry !== undefined && entry.dst !== null)
    // An entry's own port and number come before the device's (vxlan_xmit_one).
    return {
      to: entry.dst,
      port: entry.port ?? port,
      ...(entry.vni === undefined ? {} : { vni: entry.vni }),
      because: `its forwarding table has ${entry.mac} there${entry.port === undefined ? '' : `, at port ${String(entry.port)}`}`,
      command,
    };
  if (at.fdb === null && remote === null)
    return {
      unknown: `The forwarding table of ${name} of ${at.name} was not read: to which node it sends is not known.`,
    };
  const all = entries.filter(({ mac }) => mac === '00:00:00:00:00:00').flatMap(({ dst }) => dst ?? []);
  if (all.length === 0 && remote !== null) all.push(remote);
  const whom = toMac ?? nextHop ?? 'its next hop';
  if (all.length === 0) {
    if (detailOf(at, name, 'group') !== null || detailOf(at, name, 'group6') !== null)
      return {
        unknown: `${name} of ${at.name} sends what it does not know to a multicast group, which is not followed.`,
      };
    return {
      stops: 'fdb-missing',
      sentence: `${name} of ${at.name} has no entry for ${whom} and no default: the packet is dropped.`,
      command,
    };
  }
  const node = nextHop === null ? null : nodeWithAddress(context.known.topology, nextHop);
  const to = all.find((dst) => node?.addresses.includes(dst)) ?? all[0] ?? '';
  return {
    to,
    port,
    because: `it has no entry for ${whom} and sends that to ${all.length === 1 ? 'its only default' : `all ${String(all.length)} defaults`}`,
    command,
  };
}

/** A tunnel of two ends has a remote; one of many takes the next hop for it (net/ipv4/ip_tunnel.c ip_tunnel_xmit). */
function pointedAt(at: KnownNamespace, device: InterfaceEntity, { packet, nextHop }: Frame): Found {
  const { name, tunnel } = device;
  const command = commandIn(at, 'ip', '-d', 'link', 'show', 'dev', name);
  const port = tunnel?.port ?? 0;
  const remote = tunnel?.remote ?? null;
  if (remote !== null) return { to: remote, port, because: 'its only other end', command };
  const via = nextHop ?? addressText(packet.dst);
  if (parseAddress(via)?.family !== 4)
    return { unknown: `${name} of ${at.name} has no other end of its own, and ${via} tells none.` };
  return { to: via, port, because: 'the next hop is its other end', command };
}

/** Cryptokey routing: the peer whose allowed addresses have the longest prefix (drivers/net/wireguard/allowedips.c). */
function wireguardPeer(at: KnownNamespace, { name }: InterfaceEntity, { packet }: Frame): Found {
  if (at.wireguard === null)
    return { unknown: `The peers of ${name} of ${at.name} were not read: to whom it sends is not known.` };
  const command = commandIn(at, 'wg', 'show', name);
  const whom = addressText(packet.dst);
  const peer = longest(
    at.wireguard.filter(({ device }) => device === name),
    packet.dst,
  );
  if (peer === null)
    return {
      stops: 'no-route',
      sentence: `No peer of ${name} of ${at.name} may have ${whom} (allowed IPs): the packet is dropped, and its sender told.`,
      command,
    };
  const end = /^\[?(.+?)\]?:(\d{1,5})$/.exec(peer.endpoint ?? '');
  if (end === null)
    return {
      unknown: `The peer ${peer.key} of ${name}, which has ${whom}, has no endpoint yet: it has to call first.`,
    };
  const [, to = '', port = '0'] = end;
  return {
    to,
    port: Number(port),
    because: `its peer ${peer.key.slice(0, 8)}… has ${whom} among its allowed IPs`,
    command,
  };
}

function longest(peers: readonly WireguardPeer[], address: Address): WireguardPeer | null {
  let best: { readonly peer: WireguardPeer; readonly length: number } | null = null;
  for (const peer of peers)
    for (const text of peer.allowedIps) {
      const prefix = parsePrefix(text);
      if (prefix === null || !inPrefix(address, prefix) || prefix.length <= (best?.length ?? -1)) continue;
      best = { peer, length: prefix.length };
    }
  return best?.peer ?? null;
}
