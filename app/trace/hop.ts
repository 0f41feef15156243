// One passage through a namespace, as the answer tells it.
import { VXLAN_PORTS } from '../packet/tunnel-ports.ts';
import { addressText } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import type { BridgedHop } from './crossing.ts';
import { endText, packetText } from './flow-words.ts';
import type { SeenAs, TraceHop, TraceStep } from './model.ts';
import { isNameless, type KnownNamespace } from './namespaces.ts';
import type { TracedPacket } from './packet.ts';
import type { Arrival, Departure } from './passage.ts';
import { TUNNEL_NAMES, type TunnelKind } from './tunnel-ends.ts';

/** @param steps of the passage, and of what was crossed behind it. */
export function hopOf(
  at: KnownNamespace,
  { device, packet }: Arrival,
  departure: Departure,
  steps: readonly TraceStep[],
): TraceHop {
  const ingress = device === null ? null : (at.devices.get(device) ?? null);
  const egress = departure.kind === 'leaves' ? departure.device : null;
  const after = departure.kind === 'leaves' || departure.kind === 'delivered' ? departure.packet : packet;
  const { stops, decided } = deciding(steps);
  const told = at.isPod && [...at.devices.values()].some(isNameless) ? steps.map(withoutDevice) : steps;
  const route = steps.findLast((step) => step.route !== null)?.route ?? null;
  return {
    ...placed(at),
    ingress: ingress === null ? device : shownName(ingress),
    egress: egress === null ? null : shownName(egress),
    ...interfaceIds(ingress, egress),
    action: stops === null ? actionOf(departure, device) : stops === 'stops' ? 'drop' : 'unknown',
    nextHop: departure.kind === 'leaves' ? departure.nextHop : null,
    route,
    because: decided,
    steps: [...told],
    packet: packetLine(after),
    came: device === null ? null : seenAs(packet),
    left: departure.kind === 'leaves' ? seenAs(departure.packet) : null,
    evidence: evidenceOfSteps(steps),
  };
}

/** What a bridge does with it, a hop of the node's that its IP does not see. */
export function bridgedHopOf(
  { at, ingress, egress, packet, steps: own }: BridgedHop,
  behind: readonly TraceStep[],
): TraceHop {
  const [decision] = own;
  const steps = [...own, ...behind];
  return {
    ...placed(at),
    ingress: ingress.name,
    egress: egress.name,
    ...interfaceIds(ingress, egress),
    action: 'bridge',
    nextHop: null,
    route: null,
    because: decision.sentence,
    steps,
    packet: packetLine(packet),
    came: seenAs(packet),
    left: seenAs(packet),
    evidence: evidenceOfSteps(steps),
  };
}

/** Where a frame came to and was not taken in. */
export function refusedHopOf(
  at: KnownNamespace,
  device: InterfaceEntity | null,
  packet: TracedPacket,
  step: TraceStep,
): TraceHop {
  return {
    ...placed(at),
    ingress: device === null ? null : shownName(device),
    egress: null,
    ...interfaceIds(device, null),
    action: 'drop',
    nextHop: null,
    route: null,
    because: step.sentence,
    steps: [step],
    packet: packetLine(packet),
    came: seenAs(packet),
    left: null,
    evidence: [...step.evidence],
  };
}

/** Where the device has no name, there is nothing to type about it. */
function withoutDevice(step: TraceStep): TraceStep {
  return { ...step, device: null, command: null };
}

function placed(at: KnownNamespace): Pick<TraceHop, 'nodeId' | 'node' | 'netnsId' | 'place' | 'isPod'> {
  const { nodeId, nodeLabel, netnsId, name, isPod } = at;
  return { nodeId, node: nodeLabel, netnsId, place: name, isPod };
}

/** An interface of which nothing was read has neither name nor id. */
function shownName(device: InterfaceEntity): string | null {
  return isNameless(device) ? null : device.name;
}

function interfaceIds(
  ingress: InterfaceEntity | null,
  egress: InterfaceEntity | null,
): Pick<TraceHop, 'ingressId' | 'egressId'> {
  const idOf = (one: InterfaceEntity | null): string | null =>
    one === null || isNameless(one) ? null : one.id;
  return { ingressId: idOf(ingress), egressId: idOf(egress) };
}

/** The step that stopped it or is not known; else the route, which is what a node decides. */
function deciding(steps: readonly TraceStep[]): {
  readonly stops: 'stops' | 'unknown' | null;
  readonly decided: string;
} {
  const last = steps.find(({ outcome }) => outcome !== 'passes');
  const route = steps.findLast(({ stage }) => stage === 'route');
  const stops = last === undefined || last.outcome === 'passes' ? null : last.outcome;
  return { stops, decided: (last ?? route ?? steps.at(-1))?.sentence ?? '' };
}

function actionOf(departure: Departure, device: string | null): TraceHop['action'] {
  switch (departure.kind) {
    case 'leaves':
      return device === null ? 'send' : 'forward';
    case 'delivered':
      return 'deliver';
    case 'dropped':
      return 'drop';
    case 'rejected':
      return 'reject';
    case 'unknown':
      return 'unknown';
  }
}

/**
 * `VXLAN 4096 10.0.0.1 → 10.0.0.2 · tcp 192.168.1.2:40000 → 192.168.2.3:8080`: what carries it stands in front; `… → 10.0.0.2:8999 · …` by a
 * port that VXLAN has nowhere else.
 */
export function packetLine(packet: TracedPacket): string {
  const around = packet.carriedIn.at(-1);
  if (around === undefined) return packetText(packet);
  const { kind, vni, inner } = around;
  const name = `${TUNNEL_NAMES[kind]}${vni === null ? '' : ` ${String(vni)}`}`;
  const isTold = kind === 'vxlan' && !VXLAN_PORTS.includes(packet.dport);
  const to = endText(packet.dst, isTold ? packet.dport : 0);
  return `${name} ${addressText(packet.src)} → ${to} · ${packetLine(inner)}`;
}

function seenAs(packet: TracedPacket): SeenAs {
  const around = packet.carriedIn.at(-1);
  if (around !== undefined) return { ...seenAs(around.inner), carried: true };
  const { protocol, src, dst, sport, dport, icmp } = packet;
  const addresses = { src: addressText(src), dst: addressText(dst) };
  return { protocol, ...addresses, sport, dport, icmpType: icmp?.type ?? null, carried: false };
}

/** In which tunnel the packet of a hop is, of several the outermost; null: in none. */
export function carrierOf({ packet }: Pick<TraceHop, 'packet'>): TunnelKind | null {
  const [around = '', inner] = packet.split(' · ');
  if (inner === undefined) return null;
  const word = around.split(' ')[0];
  const kinds = Object.keys(TUNNEL_NAMES) as TunnelKind[];
  return kinds.find((kind) => TUNNEL_NAMES[kind] === word) ?? null;
}

function evidenceOfSteps(steps: readonly TraceStep[]): string[] {
  return [...new Set(steps.flatMap(({ evidence }) => evidence))];
}
