// A frame goes out of a port of a bridge: the port's own settings, and the filters that bridged frames meet.
import type { InterfaceEntity } from '../topology/model.ts';
import {
  ended,
  evidenceOf,
  stopped,
  unknown,
  untaken,
  type BridgedHop,
  type Crossing,
  type CrossContext,
  type Frame,
  withStep,
} from './crossing.ts';
import { detailOf } from './devices-of.ts';
import type { TraceStep } from './model.ts';
import type { KnownNamespace } from './namespaces.ts';
import type { TracedPacket } from './packet.ts';
import { hasPortHooks, passBridged, passPort, type PortWay } from './pass-bridged.ts';
import type { Departure, Passage, TrackedConnection } from './passage.ts';
import { stepOf } from './step.ts';
import { commandIn } from './walk.ts';

type Leaving = Extract<Departure, { kind: 'leaves' }>;

export interface OutOfPort {
  readonly bridge: InterfaceEntity;
  readonly from: InterfaceEntity | null;
  readonly port: InterfaceEntity;
  readonly frame: Frame;
  readonly sentence: string;
  readonly presumed: readonly string[];
  /** What its filters did; left out: they were not asked yet. */
  readonly steps?: readonly TraceStep[];
  readonly tracked?: TrackedConnection | null;
  /** `port` is none of the bridge's: a rule gave the packet a destination elsewhere. */
  readonly isRouted?: boolean;
  /** As if the bridge passed everything on to the port: to find out whether it would be the way. */
  readonly ifOpen?: boolean;
}

/** Through the filters that bridged frames meet: the bridge's own and, by br_netfilter, those of IP. */
export function filtered(context: CrossContext, at: KnownNamespace, asked: OutOfPort): Crossing[] {
  const { bridge, from, port, frame } = asked;
  if (frame.isQuestion === true) return out(context, at, asked);
  if (from === null)
    return metAtPort(context, at, port, frame, 'down', (packet, steps) =>
      out(context, at, { ...asked, frame: { ...frame, packet }, steps }),
    );
  const own = frame.packet.family === 4 ? 'nf_call_iptables' : 'nf_call_ip6tables';
  const ports = {
    bridge: bridge.name,
    from: from.name,
    to: port.name,
    callsFilters: detailOf(at, bridge.name, own) === '1',
  };
  const passages = passBridged(at, frame.packet, ports, { tracked: context.tracked(at.netnsId) });
  return goneOn(at, from, frame, passages, ({ device, nextHop }, on, { steps, tracked }) => {
    if (device.name === port.name) return out(context, at, { ...asked, frame: on, steps, tracked });
    return out(context, at, {
      ...asked,
      ...{ port: device, steps, tracked, isRouted: true },
      frame: { ...on, nextHop, asker: null },
    });
  });
}

/** Rules at a port of what goes between it and the bridge's own namespace. @param next what comes of it, with what they did. */
export function metAtPort(
  context: CrossContext,
  at: KnownNamespace,
  port: InterfaceEntity,
  frame: Frame,
  way: PortWay,
  next: (packet: TracedPacket, steps: readonly TraceStep[]) => Crossing[],
): Crossing[] {
  if (frame.isQuestion === true || !hasPortHooks(at, frame.packet, way)) return next(frame.packet, []);
  const passages = passPort(at, frame.packet, port.name, way, { tracked: context.tracked(at.netnsId) });
  return goneOn(at, port, frame, passages, (_, { packet }, { steps }) => next(packet, steps));
}

/** @param seen the port at which whoever is not let on was seen last. */
function goneOn(
  at: KnownNamespace,
  seen: InterfaceEntity,
  frame: Frame,
  passages: readonly Passage[],
  leaves: (departure: Leaving, on: Frame, passage: Passage) => Crossing[],
): Crossing[] {
  return passages.flatMap((passage) => {
    const { share, departure, steps } = passage;
    const met: Frame = { ...frame, way: { ...frame.way, steps: [...frame.way.steps, ...steps] } };
    const ways = ((): Crossing[] => {
      switch (departure.kind) {
        case 'leaves': {
          // What the bridge shows to rules it gives back as it was, but for addresses and ports.
          const { iif, oif, physIn, physOut } = frame.packet;
          const packet = { ...departure.packet, iif, oif, physIn, physOut };
          return leaves(departure, { ...frame, packet }, passage);
        }
        case 'delivered':
          return [unknown(met, `A rule of ${at.name} leads it to ${at.name} itself.`, 'bridge')];
        case 'dropped':
        case 'rejected': {
          const { reason, kind } = departure;
          const end = { kind: 'stops', at, device: seen, reason } as const;
          return [ended(met, kind === 'rejected' ? { ...end, how: 'rejected' } : end)];
        }
        case 'unknown':
          return [ended(met, departure)];
      }
    })();
    return ways.map((way) => ({ ...way, share: way.share * share }));
  });
}

export function out(context: CrossContext, at: KnownNamespace, asked: OutOfPort): Crossing[] {
  const { bridge, from, port, frame, sentence, presumed, steps = [], tracked = null } = asked;
  const closed = asked.isRouted === true || asked.ifOpen === true ? null : closedPort(at, asked);
  if (closed !== null) return [closedAt(at, port, frame, closed)];
  const step = stepOf({
    stage: 'bridge',
    device: bridge.name,
    sentence,
    presumed: [...presumed],
    evidence: evidenceOf(at, 'fdb', 'links'),
    command: commandIn(at, 'bridge', 'fdb', 'show', 'br', bridge.name),
  });
  if (from === null) return context.transmit(at, port, [step, ...steps].reduce<Frame>(withStep, frame));
  const hop: BridgedHop = {
    at,
    ingress: from,
    egress: port,
    packet: frame.packet,
    before: frame.way.steps,
    steps: [step, ...steps],
    tracked,
  };
  const { way } = frame;
  return context.transmit(at, port, { ...frame, way: { ...way, steps: [], bridged: [...way.bridged, hop] } });
}

interface ClosedPort {
  readonly reason: 'bridge-port' | 'port-closed';
  readonly sentence: string;
}

export function closedAt(
  at: KnownNamespace,
  port: InterfaceEntity,
  frame: Frame,
  { reason, sentence }: ClosedPort,
): Crossing {
  const command = commandIn(at, 'bridge', '-d', 'link', 'show', 'dev', port.name);
  const evidence = evidenceOf(at, 'links');
  return untaken(stopped(frame, at, port, reason, { stage: 'bridge', sentence, evidence, command }), frame);
}

/** Why the bridge sends nothing out of a port of it; null: it does. */
function closedPort(at: KnownNamespace, { bridge, from, port }: OutOfPort): ClosedPort | null {
  const shut = shutPort(at, bridge, port, 'nothing goes out of it');
  if (shut !== null || from === null || !isIsolated(at, from) || !isIsolated(at, port)) return shut;
  const sentence = `${from.name} and ${port.name} are isolated ports of ${bridge.name} of ${at.name}: nothing passes between them.`;
  return { reason: 'port-closed', sentence };
}

/** Null where it passes. STP's states are numbers or words, by the version of ip. */
export function shutPort(
  at: KnownNamespace,
  bridge: InterfaceEntity,
  port: InterfaceEntity,
  what: string,
): ClosedPort | null {
  const told = (reason: ClosedPort['reason'], state: string): ClosedPort => ({
    reason,
    sentence: `${port.name}, a port of ${bridge.name} of ${at.name}, is ${state}: ${what}.`,
  });
  if (port.adminUp === false) return told('bridge-port', 'down');
  if (port.carrier === false) return told('bridge-port', 'without a carrier');
  const state = detailOf(at, port.name, 'bridge state');
  if (state === null) return null;
  const name = STATES[Number(state)] ?? state;
  return name === 'forwarding' ? null : told('port-closed', `in state ${name}`);
}

/** net/bridge, include/uapi/linux/if_bridge.h BR_STATE_*. */
const STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'];

function isIsolated(at: KnownNamespace, { name }: InterfaceEntity): boolean {
  return detailOf(at, name, 'bridge isolated') === 'on';
}
