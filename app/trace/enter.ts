// A frame comes in by a device: taken by it, handed to what the device belongs to, or not meant for it (net/core/dev.c
// __netif_receive_skb_core: VLAN devices, then what it is enslaved to, then IP; net/ipv4/ip_input.c drops PACKET_OTHERHOST).
import { parseAddress, type Address } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { answersArp } from './answers-arp.ts';
import type { ArpAnswer } from './arp-answer.ts';
import {
  ended,
  evidenceOf,
  isGroupMac,
  stopped,
  through,
  unknown,
  untaken,
  type Crossing,
  type CrossContext,
  type Frame,
} from './crossing.ts';
import { takenDiscovery } from './discovery-filters.ts';
import { hasMacs, kindOf, lowerOf, masterOf, vlanOf } from './devices-of.ts';
import type { TraceStep } from './model.ts';
import { unreadPodOf, type KnownNamespace } from './namespaces.ts';
import { needsNoNeighbour } from './neighbour.ts';
import type { StopReason } from './passage.ts';
import { passTc } from './traffic-control.ts';

/** Bytes beyond its MTU that a device still takes: a VLAN tag (net/core/dev.c __is_skb_forwardable). */
const VLAN_TAG = 4;

/** More devices than that one after the other nobody builds. */
const MOST_PASSED = 32;

export function enterDevice(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  before: Frame,
): Crossing[] {
  const where = `${device.name} of ${at.name}`;
  const stops = (reason: StopReason, sentence: string): Crossing[] => [
    stopped(before, at, device, reason, { stage: 'receive', sentence, evidence: evidenceOf(at, 'links') }),
  ];
  const { packet, vlan, nextHop, passed } = before;
  if (passed.includes(device) || passed.length >= MOST_PASSED)
    return stops('loop', `The frame comes back to ${where}: the cables make a circle.`);
  if (device.adminUp === false) return stops('device-down', `${where} is down: it takes nothing in.`);
  if (device.carrier === false)
    return stops('no-carrier', `${where} has no carrier: nothing comes in by it.`);
  if (refusesBySize(device) && device.mtu !== null && packet.length > device.mtu + VLAN_TAG)
    return stops(
      'peer-mtu',
      `${where} has an MTU of ${String(device.mtu)}: it drops packets of ${String(packet.length)} bytes without telling anybody.`,
    );
  const { frame, taken } = passTc(at, device, 'ingress', through(before, device));
  if (taken !== null) return [taken];
  if (vlan !== null) {
    const upper = vlanDevice(at, device, vlan);
    if (upper !== null) return context.enter(at, upper, { ...frame, vlan: null });
  }
  const master = masterOf(at, device);
  if (master?.kind === 'bridge') return context.bridge(at, master, device, frame);
  if (master?.kind === 'bond') return context.enter(at, master, frame);
  if (vlan !== null)
    return stops(
      'device-missing',
      `${where} has no device for VLAN ${String(vlan)}: nobody takes the frame.`,
    );
  const { toMac } = packet;
  const mine = toMac === null || device.mac === null || isGroupMac(toMac) || toMac === device.mac;
  if (!mine && hasMacs(at, device)) {
    const child = macChild(at, device, toMac);
    if (child !== null) return context.enter(at, child, frame);
    return stops(
      'wrong-neighbour',
      `The frame is for MAC ${toMac}, and ${where} has ${device.mac}: it is not taken.`,
    );
  }
  const isAsked = toMac === null && !needsNoNeighbour(device);
  const answer = isAsked && nextHop !== null ? answerTo(at, device, nextHop, before.asker) : null;
  if (answer?.answers === false)
    return [
      stopped(before, at, device, 'nobody-has-address', {
        stage: 'neighbour',
        sentence: answer.sentence,
        presumed: [...answer.presumed],
        evidence: evidenceOf(at, 'settings', 'routes4', 'links'),
        command: answer.command,
      }),
    ];
  const unasked = isAsked && nextHop !== null ? discoveryTaken(at, device, nextHop, before.asker) : null;
  if (unasked !== null) return [untaken(stopped(before, at, device, 'filter-drop', unasked), before)];
  return [arrival(at, device, frame)];
}

/** Its packet filters are asked as well; of IPv4 those of ARP alone. */
function discoveryTaken(
  at: KnownNamespace,
  device: InterfaceEntity,
  nextHop: string,
  asker: Address | null,
): TraceStep | null {
  const target = parseAddress(nextHop);
  if (target === null || asker?.family !== target.family) return null;
  return takenDiscovery(at, device, 'answers', { asker, target });
}

/** The end of a cable; what comes out of a tunnel or up from a bridge is measured by nobody (vxlan_rcv, br_pass_frame_up). */
function refusesBySize({ kind }: InterfaceEntity): boolean {
  return kind === 'veth' || kind === 'netkit' || kind === 'physical';
}

/** What the namespace says when an address is asked for at that device; null for what is no address. */
export function answerTo(
  at: KnownNamespace,
  device: InterfaceEntity,
  address: string,
  asker: Address | null,
): ArpAnswer | null {
  const asked = parseAddress(address);
  return asked === null ? null : answersArp(at, device, asked, asker);
}

/** Into a Pod of which only its node's side is known. */
export function enterUnreadPod(
  context: CrossContext,
  podId: string,
  hostDevice: InterfaceEntity,
  frame: Frame,
): Crossing[] {
  const unread = unreadPodOf(context.known, podId);
  if (unread === null) return [unknown(frame, `The Pod behind ${hostDevice.name} is not known any more.`)];
  const { namespace, device } = unread;
  const asked = frame.packet.toMac === null ? frame.nextHop : null;
  if (asked !== null && !device.addresses.some(({ address }) => address === asked))
    return [
      stopped(frame, namespace, device, 'nobody-has-address', {
        stage: 'neighbour',
        sentence: `${asked} is none of the addresses of ${namespace.name}: nobody behind ${hostDevice.name} is known to answer for it.`,
      }),
    ];
  return [arrival(namespace, device, frame)];
}

function arrival(at: KnownNamespace, device: InterfaceEntity, frame: Frame): Crossing {
  const packet = { ...frame.packet, iif: device.name, oif: null, toMac: null };
  return ended(frame, { kind: 'arrives', arrival: { at, device: device.name, packet } });
}

function vlanDevice(at: KnownNamespace, lower: InterfaceEntity, vlan: number): InterfaceEntity | null {
  const found = [...at.devices.values()].find(
    (one) => one.kind === 'vlan' && vlanOf(at, one) === vlan && lowerOf(at, one) === lower,
  );
  return found ?? null;
}

/** macvlan and macvtap devices on top of it, in the same namespace: each has a MAC of its own. */
function macChild(at: KnownNamespace, lower: InterfaceEntity, mac: string | null): InterfaceEntity | null {
  const found = [...at.devices.values()].find(
    (one) => /^macv(lan|tap)$/.test(kindOf(one)) && one.mac === mac && lowerOf(at, one) === lower,
  );
  return found ?? null;
}
