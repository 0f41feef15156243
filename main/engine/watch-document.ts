// A watch as `hopscope watch` prints it: vantage points in the order of the path, and what was not captured.
import type { WatchDocument } from '../../app/contract/watch-document.ts';
import type { TrailsView, VerdictCountsView } from '../../app/contract/trails.ts';
import type { CaptureView, VantagePointView, WatchView } from '../../app/contract/watch.ts';
import { verdicts } from '../../app/watch/model.ts';
import { grouped } from '../../app/grouped.ts';
import type { PodEntity, Topology } from '../../app/topology/model.ts';
import type { InterfaceCounts } from './watch.ts';

export interface WatchedParts {
  /** While it was on: the captures as they were. */
  readonly view: WatchView;
  readonly counts: ReadonlyMap<string, InterfaceCounts>;
  readonly trails: TrailsView;
  /** To whom the trails are limited, as somebody called it; null: they are of all. */
  readonly to: string | null;
  readonly topology: Topology;
  readonly seconds: number;
  readonly exported: string | null;
  readonly warnings: readonly string[];
}

export function watchDocument(parts: WatchedParts): WatchDocument {
  const { view, counts, topology, seconds, exported, warnings } = parts;
  const ranked = view.vantagePoints.map((point) => ({ point, rank: rankOf(point, view, topology) }));
  ranked.sort((a, b) => a.rank - b.rank || (a.point.label < b.point.label ? -1 : 1));
  // A capture that was started again saw the same interface; a recreated Pod's host end may have its predecessor's name.
  const byName = grouped(ranked, ({ point }) => point.label);
  const points = [...byName].flatMap(([id, same]): WatchDocument['vantagePoints'] =>
    same.slice(0, 1).map(({ point: { nodeLabel: node, podName: pod, interfaceName } }) => {
      const packets = same.reduce((sum, { point }) => sum + point.packets, 0);
      const interfaceIds = new Set(same.map(({ point }) => point.interfaceId ?? ''));
      const known = [...interfaceIds].flatMap((one) => counts.get(one) ?? []);
      const captures = view.captures.filter((one) => same.some(({ point }) => point.captureId === one.id));
      return {
        ...{
          id,
          node,
          pod,
          namespace: namespaceOf(topology, interfaceIds),
          interface: interfaceName,
          packets,
        },
        ...summed(known),
        kernelDrops: captures.reduce((sum, { loss }) => sum + loss.kernel, 0),
        ourDrops: captures.reduce((sum, { loss }) => sum + loss.ours, 0),
      };
    }),
  );
  return {
    schema: 1,
    pod: view.target?.name ?? '',
    addresses: [...(view.target?.addresses ?? [])],
    filter: view.expression,
    seconds,
    vantagePoints: points,
    captures: view.captures.map(({ nodeLabel, pod, state, sentence, packets, loss }) => ({
      node: nodeLabel,
      pod: pod?.name ?? null,
      ran: hasRun({ state, sentence }),
      sentence,
      packets,
      loss: { ...loss },
    })),
    packets: view.packets.total,
    loss: { ...view.loss },
    ...trailsPart(parts),
    export: exported,
    warnings: [...view.sentences, ...warnings],
  };
}

function trailsPart({
  trails: { counts, drops, hops, clocks, lanes, flows, missed },
  to,
}: WatchedParts): Pick<WatchDocument, 'to' | 'trails' | 'drops' | 'latency' | 'clocks' | 'flows' | 'missed'> {
  const lane = (id: number | null) => lanes.find((one) => one.id === id);
  const nameOf = (id: number | null): string => `${lane(id)?.label ?? '?'} ${lane(id)?.way ?? ''}`;
  return {
    to,
    trails: withTotal(counts),
    drops: drops.map(({ after, before, count, because }) => ({
      node: lane(after)?.nodeLabel ?? '',
      after: nameOf(after),
      before: before === null ? null : nameOf(before),
      ...{ count, because },
    })),
    latency: hops.map(({ from, to: next, ...rest }) => ({ from: nameOf(from), to: nameOf(next), ...rest })),
    clocks: clocks.map(({ nodeLabel, aheadUs, plusMinusUs }) => ({
      ...{ node: nodeLabel, offsetUs: aheadUs, plusMinusUs },
    })),
    flows: flows.map(({ protocol, source, destination, counts: own, bytes, health }) => ({
      ...{ protocol, bytes, source: { ...source }, destination: { ...destination } },
      trails: withTotal(own),
      health: health.map((state) => ({ ...state })),
    })),
    missed,
  };
}

function withTotal(counts: VerdictCountsView): WatchDocument['trails'] {
  return { total: verdicts.reduce((sum, verdict) => sum + counts[verdict], 0), ...counts };
}

/** That of the present interface, where there were several of its name. */
function namespaceOf({ interfaces, netns }: Topology, interfaceIds: ReadonlySet<string>): string | null {
  const known = [...interfaceIds].flatMap((id) => interfaces[id] ?? []);
  const inode = netns[(known.find(({ until }) => until === null) ?? known[0])?.netnsId ?? '']?.inode;
  return inode === undefined ? null : `net:[${String(inode)}]`;
}

/** Nulls of none. */
function summed(
  counts: readonly InterfaceCounts[],
): Pick<WatchDocument['vantagePoints'][number], 'inbound' | 'outbound' | 'refused'> {
  if (counts.length === 0) return { inbound: null, outbound: null, refused: null };
  const sum = (of: keyof InterfaceCounts): number => counts.reduce((all, one) => all + one[of], 0);
  return { inbound: sum('inbound'), outbound: sum('outbound'), refused: sum('refused') };
}

/** One that is off without a reason ended as it should, or another took its place. */
function hasRun({ state, sentence }: Pick<CaptureView, 'state' | 'sentence'>): boolean {
  return state === 'running' || (state === 'off' && sentence === null);
}

/** The Pod itself, its host end, its node's NICs, others' NICs, host ends, insides; what is none of it last. */
function rankOf(point: VantagePointView, { target, captures }: WatchView, topology: Topology): number {
  const pod: PodEntity | undefined = topology.pods[target?.podId ?? ''];
  const inside = captures.find(({ id }) => id === point.captureId)?.pod?.id ?? null;
  if (inside !== null) return inside === target?.podId ? 0 : 5;
  const device = topology.interfaces[point.interfaceId ?? ''];
  if (device === undefined) return 6;
  if (device.id === pod?.hostInterfaceId) return 1;
  if (device.role === 'nic') return device.nodeId === pod?.nodeId ? 2 : 3;
  return device.role === 'workload' ? 4 : device.nodeId === pod?.nodeId ? 2 : 3;
}
