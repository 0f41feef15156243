// The wire between machines: to whom on it a frame goes, by its MAC or by the next hop's address. What lies between the nodes – switches,
// a cloud's fabric, routers – is not seen: that it carries frames is presumed, and said.
import { addressText } from '../route/address.ts';
import { interfacesWithAddress, interfacesWithMac, podWithAddress } from '../topology/lookups.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import {
  ended,
  evidenceOf,
  isGroupMac,
  stopped,
  unmarked,
  unknown,
  withStep,
  type Crossing,
  type CrossContext,
  type Frame,
} from './crossing.ts';
import { kindOf } from './devices-of.ts';
import { nodeWithAddress } from './ends.ts';
import { namespaceOf, type KnownNamespace } from './namespaces.ts';
import { stepOf } from './step.ts';
import { commandIn } from './walk.ts';

const UNSEEN = 'What lies between the nodes is not seen: that it carries the frame is presumed.';

/** @param device the last one of this node; `nextHop` of what leaves: whom it is for. */
export function crossWire(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  leaving: Frame,
): Crossing[] {
  const frame = unmarked(leaving);
  const { packet, nextHop } = frame;
  const { toMac } = packet;
  if (toMac !== null && isGroupMac(toMac))
    return [unknown(frame, `A frame to the group ${toMac} goes to many: it is not followed.`)];
  const owner = nextHop === null ? null : ownerOnWire(context, device, nextHop);
  const holders = toMac === null ? [] : holdersOnWire(context, device, toMac);
  const step = (sentence: string, presumed: readonly string[] = [UNSEEN]) =>
    stepOf({
      stage: 'wire',
      device: device.name,
      sentence,
      presumed: [...presumed],
      evidence: evidenceOf(at, 'neighbours'),
      ...(nextHop === null
        ? {}
        : { command: commandIn(at, 'ip', 'neigh', 'show', nextHop, 'dev', device.name) }),
    });
  if (owner !== null) {
    const { namespace, device: far } = owner;
    const there = holders.some((one) => one.netnsId === far.netnsId);
    if (toMac === null || far.mac === null || there || far.mac === toMac) {
      const known =
        toMac === null
          ? ''
          : `, whose MAC ${toMac} ${far.mac === null ? 'its neighbour entry gives' : 'is its own'}`;
      const sentence = `${nextHop ?? ''} is ${far.name} of ${namespace.name}${known}: the frame goes there.`;
      return context.enter(namespace, far, withStep({ ...frame, vlan: null }, step(sentence)));
    }
    const [holder] = holders;
    if (holder === undefined && isOfFabric(context, at, device, { mac: toMac, far }))
      return context.enter(
        namespace,
        far,
        withStep(
          { ...frame, vlan: null, packet: { ...packet, toMac: null, fromMac: null } },
          step(
            `${nextHop ?? ''} is ${far.name} of ${namespace.name}. Its neighbour entry says ${toMac}, as those of others do: a router or a cloud’s fabric answers for them all, and brings the frame there.`,
          ),
        ),
      );
    if (holder === undefined)
      return [
        stopped(frame, at, device, 'wrong-neighbour', {
          stage: 'wire',
          sentence: `The neighbour entry of ${nextHop ?? ''} says ${toMac}, and ${far.name} of ${namespace.name}, which has that address, is ${far.mac}: nobody known has the MAC that the frame is sent to.`,
          evidence: [...evidenceOf(at, 'neighbours'), ...evidenceOf(namespace, 'links')],
          command: commandIn(at, 'ip', 'neigh', 'show', nextHop ?? '', 'dev', device.name),
        }),
      ];
    return toHolder(context, holder, frame, (name) =>
      step(
        `${toMac} is ${holder.name} of ${name}, although ${nextHop ?? ''} is an address of ${namespace.name}: the frame goes to the wrong one.`,
      ),
    );
  }
  const [holder, second] = holders;
  if (holder !== undefined && (second === undefined || second.netnsId === holder.netnsId))
    return toHolder(context, holder, frame, (name) =>
      step(`${toMac ?? ''} is ${holder.name} of ${name}: the frame goes there.`),
    );
  return beyond(context, at, device, frame);
}

/** Addresses of others have that MAC address too, as somebody has answered: proxy ARP. All of one machine's have one in any case, and what was written by hand nobody has answered. */
function isOfFabric(
  { known: { topology } }: CrossContext,
  { neighbours }: KnownNamespace,
  { name }: InterfaceEntity,
  { mac, far }: { readonly mac: string; readonly far: InterfaceEntity },
): boolean {
  return (neighbours ?? []).some(
    (one) =>
      one.dev === name &&
      one.mac === mac &&
      !/PERMANENT|NOARP/.test(one.state) &&
      !/^fe80:/i.test(one.dst) &&
      !interfacesWithAddress(topology, one.dst).some(({ netnsId }) => netnsId === far.netnsId),
  );
}

function toHolder(
  context: CrossContext,
  holder: InterfaceEntity,
  frame: Frame,
  step: (name: string) => ReturnType<typeof stepOf>,
): Crossing[] {
  const namespace = namespaceOf(context.known, holder.netnsId);
  if (namespace === null)
    return [unknown(frame, `The node that has ${frame.packet.toMac ?? ''} was not read.`)];
  return context.enter(namespace, holder, withStep({ ...frame, vlan: null }, step(namespace.name)));
}

/** Nobody known is the next hop: a router, or the world. */
function beyond(
  { known }: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  frame: Frame,
): Crossing[] {
  const { nextHop, packet } = frame;
  const destination = addressText(packet.dst);
  const gateway = nextHop === null || nextHop === destination ? null : nextHop;
  const { topology } = known;
  const node = nodeWithAddress(topology, destination);
  const pod = podWithAddress(topology, destination);
  if (node === null && pod === null) {
    const sentence =
      gateway === null
        ? `Nobody known has ${destination}: by ${device.name} of ${at.name} it leaves what is read of this cluster.`
        : `${gateway} is nobody known, a router: by ${device.name} of ${at.name} the packet leaves what is read of this cluster.`;
    const step = stepOf({
      stage: 'wire',
      device: device.name,
      sentence,
      evidence: evidenceOf(at, 'neighbours'),
    });
    return [ended(withStep(frame, step), { kind: 'outside', sentence })];
  }
  if (node === null)
    return [
      unknown(
        frame,
        gateway === null
          ? `${destination} is asked for on ${device.name} of ${at.name}, and nobody known there answers for it.`
          : `${gateway} is nobody known, a router: whether it knows the way to ${destination} is not seen.`,
      ),
    ];
  // By which of its devices a router brings what is for an address on lo is not known.
  const [far] = interfacesWithAddress(topology, destination).filter(
    ({ nodeId, role, kind }) => nodeId === node.id && role !== 'loopback' && kind !== 'dummy',
  );
  const there = far === undefined ? null : namespaceOf(known, far.netnsId);
  if (far === undefined || there === null || gateway === null)
    return [unknown(frame, `How ${destination} is reached behind ${device.name} of ${at.name} is not seen.`)];
  const step = stepOf({
    stage: 'wire',
    device: device.name,
    sentence: `${gateway} is nobody known, a router; ${destination} is ${far.name} of ${there.name}.`,
    presumed: [`Routers between the nodes are not seen: that they lead to ${there.name} is presumed.`],
  });
  // The last router's frame, and its MAC address.
  const arrived = { ...frame.packet, iif: far.name, oif: null, toMac: null, fromMac: null };
  return [
    ended(withStep(frame, step), {
      kind: 'arrives',
      arrival: { at: there, device: far.name, packet: arrived },
    }),
  ];
}

/** Living interfaces by which nodes are on a wire, or that stand on such. */
function onWire({ known }: CrossContext, from: InterfaceEntity, one: InterfaceEntity): boolean {
  const { topology } = known;
  if (one.id === from.id || one.until !== null) return false;
  const netns = topology.netns[one.netnsId];
  if (netns === undefined || netns.until !== null) return false;
  if (!netns.root) return isOnLower(one);
  return (
    one.role === 'nic' ||
    one.kind === 'bridge' ||
    one.kind === 'bond' ||
    one.kind === 'vlan' ||
    isOnLower(one)
  );
}

/** macvlan and ipvlan devices have the wire of the device below, also from inside a Pod. */
function isOnLower(one: InterfaceEntity): boolean {
  return /^(macv(lan|tap)|ipv(lan|tap))$/.test(kindOf(one));
}

/** The one node that has the address on a wire; null: nobody, or several. */
function ownerOnWire(
  context: CrossContext,
  from: InterfaceEntity,
  address: string,
): { readonly namespace: KnownNamespace; readonly device: InterfaceEntity } | null {
  const found = interfacesWithAddress(context.known.topology, address).filter(
    (one) => one.netnsId !== from.netnsId && onWire(context, from, one),
  );
  const [device] = found;
  if (device === undefined || new Set(found.map(({ netnsId }) => netnsId)).size > 1) return null;
  const namespace = namespaceOf(context.known, device.netnsId);
  return namespace === null ? null : { namespace, device };
}

function holdersOnWire(context: CrossContext, from: InterfaceEntity, mac: string): InterfaceEntity[] {
  return interfacesWithMac(context.known.topology, mac).filter(
    (one) => one.netnsId !== from.netnsId && onWire(context, from, one),
  );
}
