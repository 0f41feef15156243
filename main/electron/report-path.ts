// Whether the packets between two Pods were seen wherever they pass: a pure judgement over the topology and the watch.
import type { VantagePointView, WatchView } from '../../app/contract/watch.ts';
import type { InterfaceEntity, PodEntity, Topology } from '../../app/topology/model.ts';

/** One interface where packets of the path must be seen. */
export interface PathPoint {
  /** `inside default/c2c-network-demo`. */
  readonly what: string;
  /** Null when the topology has no such interface. */
  readonly interfaceId: string | null;
}

export interface PathVerdict {
  readonly complete: boolean;
  /** What was seen at each point, a line each, in the packets' order. */
  readonly lines: readonly string[];
  /** Why it is not complete, a sentence each. */
  readonly sentences: readonly string[];
}

/** `namespace/name`, of what lives; null when there is none or it cannot be told from another. */
export function podCalled(topology: Topology, called: string): PodEntity | null {
  const pods = Object.values(topology.pods).filter((pod) => pod.until === null && nameOf(pod) === called);
  return pods.length === 1 ? (pods[0] ?? null) : null;
}

/** From inside the first Pod to inside the other; without one, to the NIC of the first one's node. */
export function pathPoints(topology: Topology, from: PodEntity, to: PodEntity | null): readonly PathPoint[] {
  const there = pointsOfPod(topology, from);
  if (to === null) return there;
  const back = pointsOfPod(topology, to).toReversed();
  // On one node the packets do not reach a NIC.
  return from.nodeId === to.nodeId ? [...there.slice(0, -1), ...back.slice(1)] : [...there, ...back];
}

export function judgeWatch(points: readonly PathPoint[], view: WatchView): PathVerdict {
  const lines: string[] = [];
  const sentences: string[] = [];
  for (const { what, interfaceId } of points) {
    const seen = view.vantagePoints.filter(
      (point) => interfaceId !== null && point.interfaceId === interfaceId,
    );
    const packets = seen.reduce((sum, point) => sum + point.packets, 0);
    lines.push(`${what}: ${labelled(seen)}${count(packets)}`);
    if (interfaceId === null) sentences.push(`Nothing can be seen ${what}: its interface is not known.`);
    else if (packets === 0) sentences.push(`No packet was seen ${what}.`);
  }
  return { complete: points.length > 0 && sentences.length === 0, lines, sentences };
}

/** What was not seen, by who lost it. */
export function lossLine({ loss }: WatchView): string {
  return (
    `Lost: ${count(loss.kernel)} by the nodes' kernels, ${count(loss.governor)} left out to spare the nodes, ` +
    `${count(loss.ours)} by Hopscope.`
  );
}

export function nameOf(pod: PodEntity): string {
  return pod.namespace === null ? pod.name : `${pod.namespace}/${pod.name}`;
}

function pointsOfPod(topology: Topology, pod: PodEntity): PathPoint[] {
  const node = topology.nodes[pod.nodeId ?? ''];
  const nodeName = node?.label ?? pod.nodeName ?? 'an unknown node';
  const name = nameOf(pod);
  const nic = Object.values(topology.interfaces).find(
    (entity) =>
      entity.netnsId === node?.rootNetns && entity.until === null && carries(entity, node.addresses),
  );
  return [
    { what: `inside ${name}`, interfaceId: pod.podInterfaceId },
    { what: `at the host's end of ${name}`, interfaceId: pod.hostInterfaceId },
    { what: `at the NIC of ${nodeName}`, interfaceId: nic?.id ?? null },
  ];
}

/** The address that peers use first is at the interface by which they reach the node. */
function carries({ role, addresses }: InterfaceEntity, [first]: readonly string[]): boolean {
  return role === 'nic' && addresses.some(({ address }) => address === first);
}

const labelled = (seen: readonly VantagePointView[]): string =>
  seen[0] === undefined ? '' : `${seen[0].label}, `;

const count = (packets: number): string => `${String(packets)} packet${packets === 1 ? '' : 's'}`;
