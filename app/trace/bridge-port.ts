// A frame goes out of a port of a bridge: the port's own settings, and the filters that bridged frames meet.
import type { InterfaceEntity } from '../topology/model.ts';
import {
  ended,
  evidenceOf,
  stopped,
  unknown,
  type BridgedHop,
  type Crossing,
  type CrossContext,
  type Frame,
  withStep,
} from './crossing.ts';
import { detailOf } from './devices-of.ts';
import type { TraceStep } from './model.ts';
import type { KnownNamespace } from './namespaces.ts';
import { passBridged } from './pass-bridged.ts';
import type { TrackedConnection } from './passage.ts';
import { stepOf } from './step.ts';
import { commandIn } from './walk.ts';

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
}

/** Through the filters that bridged frames meet: the bridge's own and, by br_netfilter, those of IP. */
export function filtered(context: CrossContext, at: KnownNamespace, asked: OutOfPort): Crossing[] {
  const { bridge, from, port, frame } = asked;
  if (from === null) return out(context, at, asked);
  const own = frame.packet.family === 4 ? 'nf_call_iptables' : 'nf_call_ip6tables';
  const ports = {
    bridge: bridge.name,
    from: from.name,
    to: port.name,
    callsFilters: detailOf(at, bridge.name, own) === '1',
  };
  return passBridged(at, frame.packet, ports, { tracked: context.tracked(at.netnsId) }).flatMap(
    ({ share, departure, steps, tracked }) => {
      const met: Frame = { ...frame, way: { ...frame.way, steps: [...frame.way.steps, ...steps] } };
      const ways = ((): Crossing[] => {
        switch (departure.kind) {
          case 'leaves': {
            const { packet, device, nextHop } = departure;
            // What the bridge shows to IP it gives back as it was, but for addresses and ports.
            const on = { ...frame, packet: { ...packet, iif: frame.packet.iif, oif: frame.packet.oif } };
            if (device.name === port.name) return out(context, at, { ...asked, frame: on, steps, tracked });
            return out(context, at, {
              ...asked,
              ...{ port: device, steps, tracked, isRouted: true },
              frame: { ...on, nextHop, asker: null },
            });
          }
          case 'delivered':
            return [unknown(met, `A rule of ${at.name} leads it to ${at.name} itself.`, 'bridge')];
          case 'dropped':
          case 'rejected': {
            const { reason, kind } = departure;
            const end = { kind: 'stops', at, device: from, reason } as const;
            return [ended(met, kind === 'rejected' ? { ...end, how: 'rejected' } : end)];
          }
          case 'unknown':
            return [ended(met, departure)];
        }
      })();
      return ways.map((way) => ({ ...way, share: way.share * share }));
    },
  );
}

export function out(
  context: CrossContext,
  at: KnownNamespace,
  { bridge, from, port, frame, sentence, presumed, steps = [], tracked = null, isRouted = false }: OutOfPort,
): Crossing[] {
  const state = isRouted ? null : blockedState(at, port);
  const stops = (why: string): Crossing[] => [
    stopped(frame, at, port, 'bridge-port', {
      stage: 'bridge',
      sentence: why,
      evidence: evidenceOf(at, 'links'),
    }),
  ];
  if (state !== null)
    return stops(
      `${port.name}, a port of ${bridge.name} of ${at.name}, is ${state}: nothing goes out of it.`,
    );
  if (from !== null && isIsolated(at, from) && isIsolated(at, port))
    return stops(
      `${from.name} and ${port.name} are isolated ports of ${bridge.name}: nothing passes between them.`,
    );
  const step = stepOf({
    stage: 'bridge',
    device: bridge.name,
    sentence,
    presumed: [...presumed],
    evidence: evidenceOf(at, 'fdb', 'links'),
    command: commandIn(at, 'bridge', 'fdb', 'show', 'br', bridge.name),
  });
  if (from === null) return context.transmit(at, port, withStep(frame, step));
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

/** Null where it passes. STP's states are numbers or words, by the version of ip. */
export function blockedState(at: KnownNamespace, port: InterfaceEntity): string | null {
  if (port.adminUp === false) return 'down';
  if (port.carrier === false) return 'without a carrier';
  const state = detailOf(at, port.name, 'bridge state');
  return state === null || state === 'forwarding' || state === '3' ? null : `in state ${state}`;
}

function isIsolated(at: KnownNamespace, { name }: InterfaceEntity): boolean {
  return detailOf(at, name, 'bridge isolated') === 'on';
}
