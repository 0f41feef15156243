// From leaving one namespace to arriving in the next: which kind of device it leaves by says what is crossed.
import { addressText, parseAddress, type Address } from '../route/address.ts';
import type { InterfaceEntity, NetnsId } from '../topology/model.ts';
import { askerOf } from './asker.ts';
import { bridgeIn, bridgeOut } from './cross-bridge.ts';
import { crossPair, isPair, leadsSomewhere } from './cross-pair.ts';
import { crossTunnel } from './cross-tunnel.ts';
import { crossWire } from './cross-wire.ts';
import {
  evidenceOf,
  KEEPS,
  NO_WAY,
  stopped,
  through,
  unknown,
  withStep,
  type Crossing,
  type CrossContext,
  type Frame,
} from './crossing.ts';
import { decapsulate } from './decapsulate.ts';
import { kindOf, lowerOf, slavesOf, vlanOf } from './devices-of.ts';
import { solicitation } from './discovery-filters.ts';
import { enterDevice } from './enter.ts';
import type { TraceKnown } from './known.ts';
import type { KnownNamespace } from './namespaces.ts';
import { needsNoNeighbour } from './neighbour.ts';
import type { TracedPacket } from './packet.ts';
import type { Departure, TrackedConnection } from './passage.ts';
import { stepOf } from './step.ts';
import { passTc } from './traffic-control.ts';
import { tunnelKindOf } from './tunnel-ends.ts';
import { commandIn } from './walk.ts';

export type Leaving = Extract<Departure, { kind: 'leaves' }>;

export interface Crossings {
  /** Where a packet that leaves gets to. */
  cross(at: KnownNamespace, leaving: Leaving): Crossing[];
  /** What becomes of a packet that was carried and has arrived; null where it was not carried. */
  open(at: KnownNamespace, packet: TracedPacket): Crossing[] | null;
  /**
   * Whether somebody on the link behind a device answers for an address that is asked for because of a packet, or would, if he were asked or
   * heard; null: nobody can know.
   */
  answers(at: KnownNamespace, device: InterfaceEntity, address: string, packet: TracedPacket): boolean | null;
}

/** Frames that are followed for one that is sent: a bridge floods a thousand ports, but bridges with several cables between them multiply. */
const MOST_FRAMES = 4_000;

/** @param tracked what the namespaces remember of the way forth. */
export function crossings(
  known: TraceKnown,
  tracked: ReadonlyMap<NetnsId, readonly TrackedConnection[]>,
): Crossings {
  let sent = 0;
  const context: CrossContext = {
    known,
    tracked: (netnsId) => tracked.get(netnsId) ?? [],
    transmit(at, device, frame) {
      sent += 1;
      return sent > MOST_FRAMES
        ? [unknown(frame, 'There are more ways between bridges than are followed.', 'bridge')]
        : transmit(context, at, device, frame);
    },
    enter: (at, device, frame) => enterDevice(context, at, device, frame),
    bridge: (at, bridge, port, frame) => bridgeIn(context, at, bridge, port, frame),
  };
  const asked = new Map<string, Crossing[] | null>();
  const askOnce: Asking = (at, device, address, packet) => {
    const key = [at.netnsId, device.id, address, addressText(packet.src)].join(' ');
    let found = asked.get(key);
    if (found === undefined) {
      sent = 0;
      asked.set(key, (found = ask(context, at, device, address, packet)));
    }
    return found;
  };
  return {
    cross(at, { device, nextHop, packet }) {
      // Who is not known yet is asked for first, and the packet waits.
      const answers = packet.toMac === null && nextHop !== null ? askOnce(at, device, nextHop, packet) : null;
      if (answers !== null && isKeptBack(answers)) return answers;
      sent = 0;
      return transmit(context, at, device, {
        packet,
        nextHop,
        asker: packet.toMac === null ? asking(at, device, nextHop, packet) : null,
        vlan: null,
        way: NO_WAY,
        passed: [],
      });
    },
    open(at, packet) {
      sent = 0;
      return decapsulate(context, at, packet);
    },
    answers(at, device, address, packet) {
      return whoAnswers(askOnce(at, device, address, packet) ?? []);
    },
  };
}

function transmit(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  before: Frame,
): Crossing[] {
  if (before.passed.includes(device))
    return [
      stopped(before, at, device, 'loop', {
        stage: 'wire',
        sentence: `The frame comes back to ${device.name} of ${at.name}: the cables make a circle.`,
        evidence: evidenceOf(at, 'links'),
      }),
    ];
  const { frame, taken } = passTc(at, device, 'egress', through(before, device));
  if (taken !== null) return [taken];
  const tunnel = tunnelKindOf(device);
  if (tunnel !== null) return crossTunnel(context, at, device, tunnel, frame);
  if (device.kind === 'bridge') return bridgeOut(context, at, device, frame);
  if (isPair(device) && leadsSomewhere(device)) return crossPair(context, at, device, frame);
  const kind = kindOf(device);
  if (kind === 'vlan') return overVlan(context, at, device, frame);
  if (kind === 'bond') return overBond(context, at, device, frame);
  if (kind === 'dummy')
    return [
      stopped(frame, at, device, 'nobody-has-address', {
        stage: 'wire',
        sentence: `${device.name} of ${at.name} is a dummy device: it throws away what is sent by it.`,
        evidence: evidenceOf(at, 'links'),
      }),
    ];
  if (/^(macv(lan|tap)|ipv(lan|tap))$/.test(kind) || device.role === 'nic' || kind === 'physical')
    return crossWire(context, at, device, frame);
  const why = device.peer?.why ?? `what a device of the kind ${kind} does is not followed.`;
  return [unknown(frame, `What is behind ${device.name} of ${at.name} is not known: ${why}`)];
}

function overVlan(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  frame: Frame,
): Crossing[] {
  const lower = lowerOf(at, device);
  const vlan = vlanOf(at, device);
  // Without what is below it, it is the end of the wire itself.
  if (lower === null) return crossWire(context, at, device, frame);
  const tagged = withStep(
    { ...frame, vlan },
    stepOf({
      stage: 'transmit',
      device: lower.name,
      sentence: `${device.name} is VLAN ${vlan === null ? 'of an unknown number' : String(vlan)} on ${lower.name}.`,
      evidence: evidenceOf(at, 'links'),
      command: commandIn(at, 'ip', '-d', 'link', 'show', 'dev', device.name),
    }),
  );
  if (lower.adminUp === false || lower.carrier === false)
    return [
      stopped(tagged, at, lower, lower.adminUp === false ? 'device-down' : 'no-carrier', {
        stage: 'transmit',
        sentence: `${lower.name} of ${at.name} ${lower.adminUp === false ? 'is down' : 'has no carrier'}.`,
        evidence: evidenceOf(at, 'links'),
      }),
    ];
  if (lower.role === 'nic' || lower.kind === 'physical')
    return crossWire(context, at, lower, through(tagged, lower));
  return transmit(context, at, lower, tagged);
}

function overBond(
  context: CrossContext,
  at: KnownNamespace,
  bond: InterfaceEntity,
  frame: Frame,
): Crossing[] {
  const slaves = slavesOf(at, bond);
  const alive = slaves.filter(({ adminUp, carrier }) => adminUp !== false && carrier !== false);
  if (slaves.length > 0 && alive.length === 0)
    return [
      stopped(frame, at, bond, 'no-carrier', {
        stage: 'transmit',
        sentence: `None of the devices of the bond ${bond.name} of ${at.name} is up with a carrier: ${slaves.map(({ name }) => name).join(', ')}.`,
        evidence: evidenceOf(at, 'links'),
      }),
    ];
  const names = alive.map(({ name }) => name).join(' or ');
  const step = stepOf({
    stage: 'transmit',
    device: bond.name,
    sentence: `${bond.name} is a bond: the frame leaves by ${names === '' ? 'one of its devices' : names}.`,
    evidence: evidenceOf(at, 'links'),
    command: commandIn(at, 'ip', '-d', 'link', 'show', 'dev', bond.name),
  });
  return crossWire(context, at, bond, withStep(frame, step));
}

type Asking = (
  at: KnownNamespace,
  device: InterfaceEntity,
  address: string,
  packet: TracedPacket,
) => Crossing[] | null;

/** The frame that asks goes the way of any frame whose MAC is not known. Null: nobody is asked, or nobody knows for whom. */
function ask(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  address: string,
  packet: TracedPacket,
): Crossing[] | null {
  const target = parseAddress(address);
  if (target === null || at.fib[packet.family] === null) return null;
  if (tunnelKindOf(device) !== null || needsNoNeighbour(device)) return null;
  const asker = askerOf(at, device, target, packet.src);
  const question =
    target.family === 6 && asker !== null
      ? { packet: solicitation({ asker, target }) }
      : { packet: { ...packet, toMac: null, length: ARP_BYTES }, isQuestion: true as const };
  return transmit(context, at, device, {
    ...question,
    ...{ nextHop: address, asker, vlan: null, way: NO_WAY, passed: [] },
  });
}

function whoAnswers(asked: readonly Crossing[]): boolean | null {
  // Where it is kept back is told there, not where it was asked.
  if (asked.some(({ end }) => end.kind === 'arrives') || isKeptBack(asked)) return true;
  return asked.length > 0 && asked.every(({ end }) => end.kind === 'stops') ? false : null;
}

/** Somebody would answer, and a filter or a port of a bridge takes the question, or the answer. */
function isKeptBack(asked: readonly Crossing[]): boolean {
  return asked.length > 0 && asked.every(({ end }) => end.kind === 'stops' && KEEPS.has(end.reason));
}

function asking(
  at: KnownNamespace,
  device: InterfaceEntity,
  nextHop: string | null,
  packet: TracedPacket,
): Address | null {
  const address = nextHop === null ? null : parseAddress(nextHop);
  return address === null ? null : askerOf(at, device, address, packet.src);
}

/** Of Ethernet's and IPv4's addresses (RFC 826). */
const ARP_BYTES = 28;
