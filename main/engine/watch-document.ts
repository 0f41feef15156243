// A watch as `hopscope watch` prints it: vantage points in the order of the path, and what was not captured.
import type { WatchDocument } from '../../app/contract/watch-document.ts';
import type { CaptureView, VantagePointView, WatchView } from '../../app/contract/watch.ts';
import type { PodEntity, Topology } from '../../app/topology/model.ts';
import type { InterfaceCounts } from './watch.ts';

export interface WatchedParts {
  /** While it was on: the captures as they were. */
  readonly view: WatchView;
  readonly counts: ReadonlyMap<string, InterfaceCounts>;
  readonly topology: Topology;
  readonly seconds: number;
  readonly exported: string | null;
  readonly warnings: readonly string[];
}

export function watchDocument(parts: WatchedParts): WatchDocument {
  const { view, counts, topology, seconds, exported, warnings } = parts;
  const seen = new Set<string>();
  const points = [...view.vantagePoints]
    .map((point) => ({ point, rank: rankOf(point, view, topology) }))
    .sort((a, b) => a.rank - b.rank || (a.point.label < b.point.label ? -1 : 1))
    .flatMap(({ point }): WatchDocument['vantagePoints'] => {
      // A capture that was started again saw the same interface.
      if (seen.has(point.label)) return [];
      seen.add(point.label);
      const packets = view.vantagePoints
        .filter(({ label }) => label === point.label)
        .reduce((sum, one) => sum + one.packets, 0);
      const { inbound, outbound, refused } = counts.get(point.interfaceId ?? '') ?? unknown;
      const { label: name, nodeLabel: node, podName: pod, interfaceName } = point;
      return [{ name, node, pod, interface: interfaceName, packets, inbound, outbound, refused }];
    });
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
    export: exported,
    warnings: [...view.sentences, ...warnings],
  };
}

const unknown = { inbound: null, outbound: null, refused: null };

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
