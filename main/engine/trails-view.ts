// Trails as window and CLI see them: numbers of the trail worker become nodes, Pods and interfaces, as the topology has them at the packets'
// own time.
import type {
  FlowEnd,
  FlowView,
  HealthView,
  LaneView,
  TrailsView,
  TrailView,
} from '../../app/contract/trails.ts';
import { icmpErrorWords } from '../../app/packet/summary/icmp-summary.ts';
import { interfaceAt, ownerOfAddressAt } from '../../app/topology/lookups.ts';
import type { NodeTime, Topology } from '../../app/topology/model.ts';
import type { FlowTuple } from '../../app/watch/flow-table.ts';
import { healthSentence } from '../../app/watch/health/health-words.ts';
import type { HealthState } from '../../app/watch/health/model.ts';
import type { Trail, Visit } from '../../app/watch/model.ts';
import { clockTime } from './clock-time.ts';
import type { TrailsTold } from './trail-host.ts';

/** What the worker's numbers stand for. */
export interface TrailNames {
  /** As in the contract. */
  readonly counting: number;
  readonly topology: Topology;
  readonly told: TrailsTold;
  /** By number, from 1. */
  readonly visits: readonly Visit[];
  /** Id of a visit's namespace. */
  readonly netnsOf: (visit: Visit) => string;
  readonly nodeOf: (visit: Visit) => string;
  /** Of a node's number. */
  readonly nodeName: (node: number) => string;
  readonly flow: (flow: number) => FlowTuple | null;
  /** Our clock. */
  readonly now: NodeTime;
  /** ns since the base second, to a time. */
  readonly timeOf: (at: number) => NodeTime;
}

const TCP = 6;
const UDP = 17;
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  58: 'ICMPv6',
  132: 'SCTP',
};
const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;
/** Said only where nothing else is. */
const USUAL = new Set(['PSH', 'ACK']);

export function trailsView(names: TrailNames, run: number): TrailsView {
  const { told, visits } = names;
  const ailing = new Map(told.health.map(({ connection, states }) => [connection, states]));
  const translated = new Set(told.translated);
  const carried = new Set(told.carried);
  return {
    run,
    counting: names.counting,
    revision: told.revision,
    counts: told.counts,
    missed: told.missed,
    lanes: visits.map((visit, index) => laneOf(names, visit, index + 1)),
    drops: told.drops,
    ends: told.ends.map(({ verdict, at, count }) => ({ verdict, lane: at, count })),
    hops: told.hops.map(({ from, to, count, p50, p95, plusMinus }) => ({
      ...{ from, to, count, p50us: inUs(p50), p95us: inUs(p95), plusMinusUs: inUs(plusMinus) },
    })),
    clocks: told.clocks.map(({ node, ns, plusMinusNs }) => ({
      ...{ nodeLabel: names.nodeName(node), aheadUs: inUs(ns), plusMinusUs: inUs(plusMinusNs) },
    })),
    flows: told.connections.flatMap(({ connection, flow, hops, first, last, ...rest }): FlowView[] => {
      const tuple = names.flow(flow);
      if (tuple === null) return [];
      const time = names.timeOf(first);
      const ends = endsOf(names, tuple, time);
      return [
        {
          ...rest,
          id: connection,
          ...ends,
          isTranslated: translated.has(connection),
          isCarried: carried.has(connection),
          mayQuote: mayQuote(tuple),
          hops: hops.map(({ from, to, count, timed, sum, sumPlusMinus }) => ({
            ...{ from, to, count },
            meanUs: timed === 0 ? null : Math.round(sum / timed / 100) / 10,
            plusMinusUs: timed === 0 ? null : Math.ceil(sumPlusMinus / timed / 100) / 10,
          })),
          first: msOf(time),
          last: msOf(names.timeOf(last)),
          health: (ailing.get(connection) ?? []).map((state) => healthOf(names, state, ends)),
        },
      ];
    }),
  };
}

export function trailView(names: TrailNames, trail: Trail): TrailView | null {
  const { id, revision, verdict, final, connection, sightings, stop, refusal, because, bytes } = trail;
  const [first] = sightings;
  if (verdict === 'withdrawn' || first === undefined) return null;
  return {
    ...{ id, revision, verdict, final, flow: connection, stop, bytes },
    at: msOf(names.timeOf(first.at)),
    summary: summaryOf(trail, names.flow(trail.flow)),
    sightings: sightings.map(({ visit, at, number }) => ({
      ...{ lane: visit, afterUs: (at - first.at) / 1000, packet: number },
    })),
    because: refusal === null ? because : refusalOf(names, refusal),
  };
}

function healthOf(
  names: TrailNames,
  state: HealthState,
  { source, destination }: Pick<FlowView, 'source' | 'destination'>,
): HealthView {
  const ms = (at: number): number => msOf(names.timeOf(at));
  const { kind, times, since, last } = state;
  const sentence = healthSentence(state, {
    source: source.name ?? source.address,
    destination: destination.name ?? destination.address,
    at: (visit) => {
      const seen = names.visits[visit - 1];
      return seen === undefined ? 'a place' : `${laneOf(names, seen, visit).label} (${seen.way})`;
    },
    clock: (at) => clockTime(ms(at)),
  });
  return { kind, times, since: ms(since), last: ms(last), sentence };
}

/** An ICMP error holds the beginning of the packet that it is about; an echo has an identifier instead, which is no port. */
function mayQuote({ protocol, sourcePort }: FlowTuple): boolean {
  return (protocol === 1 || protocol === 58) && sourcePort === 0;
}

function laneOf(names: TrailNames, visit: Visit, id: number): LaneView {
  const { topology } = names;
  const netnsId = names.netnsOf(visit);
  const nodeLabel = names.nodeOf(visit);
  const found = interfaceAt(topology, netnsId, visit.ifindex, names.now);
  const podName = topology.pods[topology.netns[netnsId]?.podId ?? '']?.name ?? null;
  const interfaceName = found?.name ?? `if${String(visit.ifindex)}`;
  const label = [nodeLabel, ...(podName === null ? [] : [podName]), interfaceName].join('/');
  return { id, nodeLabel, podName, interfaceName, interfaceId: found?.id ?? null, way: visit.way, label };
}

function endsOf(
  { topology }: TrailNames,
  { protocol, source, destination, sourcePort, destinationPort }: FlowTuple,
  time: NodeTime,
): Pick<FlowView, 'protocol' | 'source' | 'destination'> {
  const hasPorts = protocol === TCP || protocol === UDP || protocol === 132;
  const end = (address: string, port: number): FlowEnd => ({
    address,
    port: hasPorts ? port : null,
    name: ownerOfAddressAt(topology, address, time)?.name ?? null,
  });
  return {
    protocol: PROTOCOLS[protocol] ?? `IP ${String(protocol)}`,
    source: end(source, sourcePort),
    destination: end(destination, destinationPort),
  };
}

/** `SYN 40000 → 8080`, `UDP 5353 → 53 · 62 B`. */
function summaryOf({ flags, bytes }: Trail, tuple: FlowTuple | null): string {
  if (tuple === null) return '';
  const { protocol, sourcePort, destinationPort, family } = tuple;
  const size = bytes > 0 ? ` · ${String(bytes)} B` : '';
  const ports = `${String(sourcePort)} → ${String(destinationPort)}`;
  if (protocol === TCP) {
    const set = TCP_FLAGS.filter((_, bit) => (flags & (1 << bit)) !== 0);
    const said = set.filter((flag) => !USUAL.has(flag) || set.every((one) => USUAL.has(one)));
    return `${said.join(', ')} ${ports}${size}`;
  }
  if (protocol === UDP) return `UDP ${ports}${size}`;
  if (protocol === 1 || protocol === 58) {
    const type = flags >> 8;
    const echo =
      type === 8 || type === 128 ? 'echo request' : type === 0 || type === 129 ? 'echo reply' : null;
    return `${PROTOCOLS[protocol] ?? ''} ${echo ?? icmpErrorWords(family, type, flags & 0xff) ?? ''}`.trimEnd();
  }
  return `${PROTOCOLS[protocol] ?? `IP ${String(protocol)}`}${size}`;
}

function refusalOf(
  names: TrailNames,
  { visit, kind, family, type, code }: NonNullable<Trail['refusal']>,
): string {
  const at = names.visits[visit - 1];
  const lane = at === undefined ? null : laneOf(names, at, visit);
  const who = lane === null ? 'somebody' : (lane.podName ?? lane.nodeLabel);
  if (kind === 'reset') return `${who} refused it: TCP reset`;
  return `${who} refused it: ${icmpErrorWords(family, type, code) ?? `ICMP type ${String(type)}, code ${String(code)}`}`;
}

function inUs(ns: number | null): number | null {
  return ns === null ? null : ns / 1000;
}

function msOf({ s, ns }: NodeTime): number {
  return s * 1000 + ns / 1_000_000;
}
