// A packet followed until it is delivered, stopped or lost from sight: a worklist of where it may be, each passage and each crossing
// adding what comes next. Shares multiply; what comes to a place a second time goes in a circle.
import { addressText } from '../route/address.ts';
import type { InterfaceEntity, NetnsId } from '../topology/model.ts';
import { crossings, type Crossings } from './cross.ts';
import { smaller, type Crossing } from './crossing.ts';
import type { FollowedPath, PathEnd, PlacedLookup, PlacedPacket, Start } from './followed-path.ts';
import { bridgedHopOf, hopOf, packetLine, refusedHopOf } from './hop.ts';
import type { TraceKnown } from './known.ts';
import type { TraceHop, TraceStep } from './model.ts';
import { isNameless, type KnownNamespace } from './namespaces.ts';
import { passNamespace } from './pass-namespace.ts';
import type { TracedPacket } from './packet.ts';
import type { Arrival, Passage, TrackedConnection } from './passage.ts';
import { stepOf } from './step.ts';

/** What Linux itself lets live (the first TTL); a longer way is a circle that we did not see. */
const MOST_HOPS = 64;
/** Ways that are followed, of a Service with as many endpoints. */
const MOST_WAYS = 256;

/** Somewhere on the way. */
interface Branch {
  readonly share: number;
  readonly arrival: Arrival & { readonly at: KnownNamespace };
  readonly hops: readonly TraceHop[];
  readonly mtu: number | null;
  readonly tracked: FollowedPath['tracked'];
  readonly lookups: readonly PlacedLookup[];
  readonly namespaces: readonly KnownNamespace[];
  readonly arrivals: readonly PlacedPacket[];
  /** Where it came by, and as what. */
  readonly seen: readonly string[];
}

/** @param tracked what the namespaces remember of the way forth. */
export function follow(
  known: TraceKnown,
  start: Start,
  tracked: FollowedPath['tracked'] = new Map(),
): FollowedPath[] {
  const crossing = crossings(known, tracked);
  const paths: FollowedPath[] = [];
  const first: Branch = {
    share: 1,
    arrival: start,
    hops: [],
    mtu: Infinity,
    tracked: new Map(),
    lookups: [],
    namespaces: [],
    arrivals: [],
    seen: [],
  };
  const waiting: Branch[] = [first];
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    const step = { crossing, before: tracked, paths, waiting };
    if (paths.length + waiting.length >= MOST_WAYS) giveUp(branch, paths);
    else advance(branch, step);
  }
  return paths;
}

interface Work {
  readonly crossing: Crossings;
  readonly before: FollowedPath['tracked'];
  readonly paths: FollowedPath[];
  readonly waiting: Branch[];
}

function advance(branch: Branch, work: Work): void {
  const { arrival } = branch;
  const { at } = arrival;
  const key = `${at.netnsId} ${arrival.device ?? ''} ${packetLine(arrival.packet)}`;
  const isAgain = branch.seen.includes(key);
  if (isAgain || branch.hops.length >= MOST_HOPS) {
    circle(branch, isAgain, work.paths);
    return;
  }
  const passages = passNamespace(arrival, {
    tracked: work.before.get(at.netnsId) ?? [],
    answers: (device, address) => work.crossing.answers(at, device, address, arrival.packet),
  });
  for (const given of passages) {
    if (given.share <= 0) continue;
    const passage = withKnownNextHop(at, given);
    const on: Branch = {
      ...branch,
      share: branch.share * passage.share,
      seen: [...branch.seen, key],
      namespaces: [...branch.namespaces, at],
      arrivals: [...branch.arrivals, { at, packet: arrival.packet }],
      lookups: [...branch.lookups, ...passage.lookups.map((lookup) => ({ ...lookup, at }))],
      tracked: withTracked(branch.tracked, at.netnsId, passage.tracked),
    };
    goOn(on, passage, work);
  }
}

/** Where routes were not read, the way out is presumed, and to whom on it is not known. */
function withKnownNextHop(at: KnownNamespace, passage: Passage): Passage {
  const { departure } = passage;
  if (departure.kind !== 'leaves' || at.fib[departure.packet.family] !== null) return passage;
  const steps = passage.steps.filter(({ stage }) => stage !== 'neighbour');
  return { ...passage, steps, departure: { ...departure, nextHop: null } };
}

function goOn(branch: Branch, passage: Passage, work: Work): void {
  const { arrival } = branch;
  const { at } = arrival;
  const { departure, steps } = passage;
  switch (departure.kind) {
    case 'leaves': {
      const routeMtu = passage.lookups.reduce<number | null>(
        (least, { answer }) =>
          answer.kind === 'route' && answer.route.mtu !== undefined
            ? smaller(least, answer.route.mtu)
            : least,
        Infinity,
      );
      for (const crossed of work.crossing.cross(at, departure))
        crossOver(branch, passage, crossed, { packet: departure.packet, routeMtu }, work);
      return;
    }
    case 'delivered': {
      const opened = work.crossing.open(at, departure.packet);
      if (opened !== null) {
        const inner = departure.packet.carriedIn.at(-1)?.inner ?? departure.packet;
        for (const crossed of opened)
          crossOver(branch, passage, crossed, { packet: inner, routeMtu: Infinity }, work);
        return;
      }
      const hop = hopOf(at, arrival, departure, steps);
      work.paths.push(ended(branch, [hop], { kind: 'delivered', at, packet: departure.packet }));
      return;
    }
    case 'dropped':
    case 'rejected': {
      const hop = hopOf(at, arrival, departure, steps);
      const { kind: how, device, reason } = departure;
      work.paths.push(
        ended(branch, [hop], { kind: 'stopped', how, at, device, reason, sentence: hop.because }),
      );
      return;
    }
    case 'unknown':
      work.paths.push(
        ended(branch, [hopOf(at, arrival, departure, steps)], {
          kind: 'unknown',
          at,
          sentence: departure.why,
        }),
      );
  }
}

interface Left {
  readonly packet: TracedPacket;
  readonly routeMtu: number | null;
}

function crossOver(
  before: Branch,
  { departure, steps }: Passage,
  { share, way, end }: Crossing,
  { packet, routeMtu }: Left,
  { paths, waiting }: Work,
): void {
  const { at } = before.arrival;
  const [firstBridge] = way.bridged;
  const behind = firstBridge === undefined ? way.steps : firstBridge.before;
  const refusing = end.kind === 'stops' && end.at.netnsId !== at.netnsId ? way.steps.at(-1) : undefined;
  const told = (list: readonly TraceStep[]): readonly TraceStep[] =>
    refusing === undefined ? list : list.filter((step) => step !== refusing);
  const hops = [
    hopOf(at, before.arrival, departure, [...steps, ...told(behind)]),
    ...way.bridged.map((hop, index) => bridgedHopOf(hop, told(way.bridged[index + 1]?.before ?? way.steps))),
  ];
  if (end.kind === 'stops' && refusing !== undefined)
    hops.push(refusedHopOf(end.at, end.device, packet, refusing));
  const carrying = packet.length - (packet.carriedIn[0]?.inner.length ?? packet.length);
  const least = smaller(way.mtu, routeMtu);
  const branch: Branch = {
    ...before,
    share: before.share * share,
    mtu: smaller(before.mtu, least === null ? null : least - carrying),
    arrivals: [...before.arrivals, ...way.bridged.map((hop) => ({ at: hop.at, packet: hop.packet }))],
    tracked: way.bridged.reduce((all, hop) => withTracked(all, hop.at.netnsId, hop.tracked), before.tracked),
  };
  switch (end.kind) {
    case 'arrives':
      waiting.push({ ...branch, hops: [...branch.hops, ...hops], arrival: end.arrival });
      return;
    case 'stops': {
      const { at: place, device, reason, how = 'dropped' } = end;
      const sentence = hops.at(-1)?.because ?? '';
      const stopped = {
        kind: 'stopped',
        how,
        at: place,
        device: nameOf(device),
        reason,
        sentence,
      } as const;
      paths.push(ended(branch, hops, stopped));
      return;
    }
    case 'outside': {
      const device = departure.kind === 'leaves' ? departure.device : null;
      paths.push(
        ended(
          branch,
          hops,
          device === null
            ? { kind: 'unknown', at, sentence: end.sentence }
            : { kind: 'outside', at, device, packet, sentence: end.sentence },
        ),
      );
      return;
    }
    case 'unknown':
      paths.push(ended(branch, hops, { kind: 'unknown', at, sentence: end.why }));
  }
}

function nameOf(device: InterfaceEntity | null): string | null {
  return device === null || isNameless(device) ? null : device.name;
}

function ended(
  { share, hops, mtu, tracked, lookups, namespaces, arrivals, arrival }: Branch,
  more: readonly TraceHop[],
  end: PathEnd,
): FollowedPath {
  const last = arrival.packet.carriedIn[0]?.inner ?? arrival.packet;
  return { share, hops: [...hops, ...more], mtu, tracked, lookups, namespaces, arrivals, end, last };
}

/** Routers in a circle take from its time to live until one of them tells its sender; a tunnel that leads into itself is cut off. */
function circle(branch: Branch, isAgain: boolean, paths: FollowedPath[]): void {
  const { arrival } = branch;
  const { at, device, packet } = arrival;
  const sentence = isAgain
    ? `${packetLine(packet)} comes to ${at.name} for the second time: it goes in a circle until its time to live is over, and whoever drops it then tells its sender (time exceeded).`
    : `${packetLine(packet)} has been sent on ${String(MOST_HOPS)} times when it comes to ${at.name}: it goes in a circle, and no packet lives that long.`;
  const step = stepOf({ stage: 'receive', device, outcome: 'stops', sentence });
  const hop = refusedHopOf(at, device === null ? null : (at.devices.get(device) ?? null), packet, step);
  paths.push(
    ended(branch, [hop], {
      kind: 'stopped',
      how: isAgain ? 'rejected' : 'dropped',
      at,
      device,
      reason: 'loop',
      sentence,
    }),
  );
}

function giveUp(branch: Branch, paths: FollowedPath[]): void {
  const { at, packet } = branch.arrival;
  const sentence = `There are more than ${String(MOST_WAYS)} ways: this one to ${addressText(packet.dst)} is not followed further.`;
  paths.push(ended(branch, [], { kind: 'unknown', at, sentence }));
}

function withTracked(
  tracked: FollowedPath['tracked'],
  netnsId: NetnsId,
  connection: TrackedConnection | null,
): FollowedPath['tracked'] {
  if (connection === null) return tracked;
  return new Map([...tracked, [netnsId, [...(tracked.get(netnsId) ?? []), connection]]]);
}
