// A bridge: the frame goes to the port behind which its MAC is, to the node itself, or to all (net/bridge/br_input.c
// br_handle_frame_finish, br_forward.c should_deliver).
import type { ForwardingEntry } from '../probe/facts.ts';
import { addressText } from '../route/address.ts';
import { interfacesWithAddress } from '../topology/lookups.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { closedAt, filtered, metAtPort, out, shutPort, type OutOfPort } from './bridge-port.ts';
import {
  evidenceOf,
  isGroupMac,
  KEEPS,
  stopped,
  unknown,
  withStep,
  type Crossing,
  type CrossContext,
  type Frame,
} from './crossing.ts';
import { detailOf, slavesOf } from './devices-of.ts';
import { answerTo } from './enter.ts';
import { isOwnAddress } from './filter-context.ts';
import type { KnownNamespace } from './namespaces.ts';
import { stepOf } from './step.ts';
import { commandIn } from './walk.ts';

/** A frame that came in by `port`. */
export function bridgeIn(
  context: CrossContext,
  at: KnownNamespace,
  bridge: InterfaceEntity,
  port: InterfaceEntity,
  frame: Frame,
): Crossing[] {
  if (bridge.adminUp === false)
    return [
      stopped(frame, at, bridge, 'device-down', {
        stage: 'bridge',
        sentence: `${bridge.name} of ${at.name} is down: it passes nothing on.`,
        evidence: evidenceOf(at, 'links'),
      }),
    ];
  const shut = shutPort(at, bridge, port, 'the bridge takes nothing in by it');
  if (shut !== null) return [closedAt(at, port, frame, shut)];
  const { toMac } = frame.packet;
  if (toMac === null && frame.nextHop === null) return toPresumed(context, at, bridge, port, frame);
  const isPorts = toMac !== null && toMac !== bridge.mac && toMac === port.mac;
  const isOwn = toMac !== null && (isPorts || isOwnMac(at, bridge, toMac));
  if (isOwn || (toMac === null && mayTakeFor(at, bridge, frame))) {
    const why = isOwn
      ? `its MAC ${toMac} is ${isPorts ? `that of ${port.name} itself` : 'the bridge’s own'}`
      : `it answers for ${frame.nextHop ?? ''}`;
    const taken = stepOf({
      stage: 'bridge',
      device: bridge.name,
      sentence: `${port.name} is a port of the bridge ${bridge.name} of ${at.name}, which takes the frame itself: ${why}.`,
      evidence: evidenceOf(at, 'links', 'fdb'),
      command: commandIn(at, 'bridge', 'fdb', 'show', 'br', bridge.name),
    });
    return metAtPort(context, at, port, frame, 'up', (packet, steps) => {
      const met = [taken, ...steps].reduce<Frame>(withStep, frame);
      // What is for the port that it came in by is for this host (eth_type_trans); of another port it is not.
      const mac = isPorts ? bridge.mac : packet.toMac;
      return context.enter(at, bridge, { ...met, packet: { ...packet, toMac: mac, physIn: port.name } });
    });
  }
  return forward(context, at, bridge, port, frame);
}

/** What the namespace itself sends by its bridge. */
export function bridgeOut(
  context: CrossContext,
  at: KnownNamespace,
  bridge: InterfaceEntity,
  frame: Frame,
): Crossing[] {
  return forward(context, at, bridge, null, frame);
}

function forward(
  context: CrossContext,
  at: KnownNamespace,
  bridge: InterfaceEntity,
  from: InterfaceEntity | null,
  frame: Frame,
): Crossing[] {
  const { toMac } = frame.packet;
  if (toMac !== null && isGroupMac(toMac))
    return [unknown(frame, `A frame to the group ${toMac} goes to many: it is not followed.`, 'bridge')];
  const entry = toMac === null ? null : entryFor(at, bridge, toMac);
  const ports = slavesOf(at, bridge).filter((port) => port !== from);
  const presumed =
    detailOf(at, bridge.name, 'vlan_filtering') === '1'
      ? [`Which VLANs the ports of ${bridge.name} are in is not read: that both are in the same is presumed.`]
      : [];
  if (entry !== null) {
    const port = at.devices.get(entry.dev) ?? null;
    if (port === from && port !== null && detailOf(at, port.name, 'bridge hairpin') !== 'on')
      return [
        stopped(frame, at, port, 'bridge-port', {
          stage: 'bridge',
          sentence: `${bridge.name} of ${at.name} has ${entry.mac} behind ${port.name}, where the frame came from: without hairpin it sends nothing back there.`,
          evidence: evidenceOf(at, 'fdb', 'links'),
        }),
      ];
    if (port === null)
      return [
        stopped(frame, at, bridge, 'device-missing', {
          stage: 'bridge',
          sentence: `${bridge.name} of ${at.name} has ${entry.mac} behind ${entry.dev}, which is not there any more.`,
          evidence: evidenceOf(at, 'fdb', 'links'),
        }),
      ];
    const sentence = `${bridge.name} of ${at.name} has ${entry.mac} behind its port ${port.name}.`;
    return filtered(context, at, { bridge, from, port, frame, sentence, presumed });
  }
  return flood(context, at, { bridge, from, ports, frame, presumed });
}

interface Flooded {
  readonly bridge: InterfaceEntity;
  readonly from: InterfaceEntity | null;
  readonly ports: readonly InterfaceEntity[];
  readonly frame: Frame;
  readonly presumed: readonly string[];
}

/** It goes out of every port, and whoever it is meant for takes it. */
function flood(
  context: CrossContext,
  at: KnownNamespace,
  { bridge, from, ports, frame, presumed }: Flooded,
): Crossing[] {
  const { toMac } = frame.packet;
  const whom = toMac ?? frame.nextHop ?? 'it';
  const read = at.fdb === null ? [`The forwarding table of ${bridge.name} was not read.`] : [];
  const sentence =
    toMac === null
      ? `Who answers for ${whom} is behind a port of ${bridge.name} of ${at.name}.`
      : `${bridge.name} of ${at.name} has no entry for ${toMac}: it floods the frame out of all its ports.`;
  const outOf = (port: InterfaceEntity): OutOfPort => ({
    ...{ bridge, from, port, frame, sentence },
    presumed: [...presumed, ...read],
  });
  const portOf = new Map(
    ports.flatMap((port) => out(context, at, outOf(port)).map((way) => [way, port] as const)),
  );
  const ways = [...portOf.keys()];
  const taken = ways.filter(({ end }) => end.kind === 'arrives');
  const open = ways.filter(({ end }) => end.kind === 'outside' || end.kind === 'unknown');
  // Where MACs are not known, the one whose address it is.
  const meant = taken.filter(
    ({ end }) => end.kind === 'arrives' && isOwnAddress(end.arrival.at, frame.packet.dst),
  );
  const [first] = meant.length > 0 ? meant : taken.length > 0 ? taken : open;
  const port = first === undefined ? undefined : portOf.get(first);
  // Of all ports only the one that matters is asked for its filters.
  if (port !== undefined) return filtered(context, at, outOf(port));
  // The one behind which it is, and that is closed, or behind which somebody keeps back his answer.
  const kept = ways.find((way) => isKept(context, at, outOf, way, portOf.get(way)));
  const closed = kept === undefined ? undefined : portOf.get(kept);
  if (closed !== undefined) return filtered(context, at, outOf(closed));
  // A single port that would have been the way tells more than that there was none.
  const [only, second] = ways;
  if (
    only !== undefined &&
    second === undefined &&
    only.end.kind === 'stops' &&
    only.end.reason !== 'wrong-neighbour'
  )
    return [only];
  return [
    stopped(frame, at, bridge, toMac === null ? 'nobody-has-address' : 'bridge-port', {
      stage: 'bridge',
      sentence:
        ports.length === 0
          ? `${bridge.name} of ${at.name} has no port to send it out of.`
          : `Nobody behind the ports of ${bridge.name} of ${at.name} ${toMac === null ? 'answers for' : 'has'} ${whom}.`,
      evidence: evidenceOf(at, 'fdb', 'links'),
    }),
  ];
}

function isKept(
  context: CrossContext,
  at: KnownNamespace,
  outOf: (port: InterfaceEntity) => OutOfPort,
  { end }: Crossing,
  port: InterfaceEntity | undefined,
): boolean {
  if (end.kind !== 'stops' || port === undefined) return false;
  if (end.reason !== 'port-closed') return KEEPS.has(end.reason);
  return out(context, at, { ...outOf(port), ifOpen: true }).some((way) => way.end.kind === 'arrives');
}

/** Of the bridge's own, and of its ports': it hands those up, too, and passes none on (br_handle_frame_finish). */
function isOwnMac(at: KnownNamespace, bridge: InterfaceEntity, mac: string): boolean {
  return bridge.mac === mac || slavesOf(at, bridge).some((port) => port.mac === mac);
}

function mayTakeFor(at: KnownNamespace, bridge: InterfaceEntity, { nextHop, asker }: Frame): boolean {
  return nextHop !== null && answerTo(at, bridge, nextHop, asker)?.answers === true;
}

/** Whoever sent it has routes that were not read: straight to whom the bridge knows, anything else to the node as its gateway. */
function toPresumed(
  context: CrossContext,
  at: KnownNamespace,
  bridge: InterfaceEntity,
  port: InterfaceEntity,
  frame: Frame,
): Crossing[] {
  const { packet } = frame;
  const destination = addressText(packet.dst);
  const entry = at.neighbours?.find(({ dst, dev }) => dst === destination && dev === bridge.name);
  const behind = interfacesWithAddress(context.known.topology, destination).find(({ peer }) =>
    slavesOf(at, bridge).some(({ id }) => id === peer?.interfaceId),
  );
  const toMac = entry?.mac ?? behind?.mac ?? bridge.mac;
  const presumed = stepOf({
    stage: 'bridge',
    device: bridge.name,
    sentence: `${port.name} is a port of the bridge ${bridge.name} of ${at.name}.`,
    presumed: [
      `To whom the sender addresses the frame was not read: ${toMac === bridge.mac ? `that it is ${bridge.name}, its gateway,` : `that it is ${destination} itself`} is presumed.`,
    ],
    evidence: evidenceOf(at, 'links'),
  });
  if (toMac === null) return context.enter(at, bridge, withStep(frame, presumed));
  return bridgeIn(context, at, bridge, port, withStep({ ...frame, packet: { ...packet, toMac } }, presumed));
}

function entryFor(at: KnownNamespace, bridge: InterfaceEntity, mac: string): ForwardingEntry | null {
  const found = at.fdb?.find(
    (entry) => entry.mac === mac && entry.master === bridge.name && entry.dst === null,
  );
  return found ?? null;
}
