// The graph in words, for screen readers and for tests: what is drawn, a line each.
import { countTrouble, troubleText } from '../../state/pod-trouble.ts';
import type { VantagePointView } from '../../../app/contract/watch.ts';
import type { Passed } from '../../state/highlights.ts';
import { countText } from '../../state/text.ts';
import type { Selection } from '../../state/selection.ts';
import type { GraphArc, GraphNode, GraphPod, GraphPort, Picture } from './picture.ts';

/**
 * @param drawn the ids of everything that has a place; Pods folded away are counted instead of named
 */
export function summarize(picture: Picture, drawn: ReadonlySet<string>): string[] {
  const nodes = picture.nodes.flatMap((node) => [
    nodeLine(node),
    ...node.pods.filter((pod) => drawn.has(pod.id)).map((pod) => podLine(pod, node)),
    ...foldedLine(node, drawn),
    ...portLines(node, drawn),
    ...node.routes.map(
      (route) =>
        `Route on ${node.label}: ${route.dst} via ${route.via}, ${route.owner}${route.remark === '' ? '' : `, ${route.remark}`}`,
    ),
    ...(node.routesUnread === null ? [] : [`Routes on ${node.label} not read: ${node.routesUnread}`]),
  ]);
  const wires = picture.wires.map((wire) => `Subnet ${wire.network} with ${String(wire.members)} NICs`);
  const arcs = picture.arcs.map((arc) => arcLine(arc, picture));
  const hidden =
    picture.hiddenArcs > 0 ? [`${String(picture.hiddenArcs)} more BGP sessions, established`] : [];
  return [...nodes, ...wires, ...arcs, ...hidden];
}

/** The line of one thing, as it is read out when it is selected; empty when the graph does not show it. */
export function lineOf(picture: Picture, { kind, id }: Selection): string {
  if (kind === 'bgp') {
    const arc = picture.arcs.find((each) => each.selects.id === id);
    return arc === undefined ? '' : arcLine(arc, picture);
  }
  for (const node of picture.nodes) {
    if (kind === 'node' && node.id === id) return nodeLine(node);
    const pod = node.pods.find((each) => each.id === id || each.hostInterface?.id === id);
    if (pod !== undefined) return podLine(pod, node);
    const port = node.ports.find((each) => each.id === id);
    if (port !== undefined) return portLine(port, node);
  }
  return '';
}

function nodeLine(node: GraphNode): string {
  return [
    `Node ${node.label} ${node.address}`,
    node.network,
    node.known ? (node.tone === 'ok' ? 'connected' : '') : 'never answered',
    ...node.tags.map((tag) => tag.said),
    countText(node.podCount, 'Pod', 'Pods'),
    troubleText(countTrouble(node.pods)),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function podLine(pod: GraphPod, node: GraphNode): string {
  const ends = `${pod.podInterface?.name ?? 'unknown interface'} ⇄ ${pod.hostInterface?.name ?? 'unknown interface'}`;
  const title = pod.namespace === null ? pod.name : `${pod.namespace}/${pod.name}`;
  return `Pod ${title} on ${node.label}, ${pod.address}, ${ends}${pod.remark === '' ? '' : `, ${pod.remark}`}`;
}

function portLine(port: GraphPort, node: GraphNode): string {
  return `Interface ${port.name} on ${node.label}, ${port.nic ? 'NIC, ' : ''}${port.down ? 'down' : 'up'}${port.remark === '' ? '' : `, ${port.remark}`}`;
}

function arcLine(arc: GraphArc, { nodes }: Picture): string {
  const name = (id: string): string => nodes.find((node) => node.id === id)?.label ?? id;
  return [`${arc.label} between ${name(arc.a)} and ${name(arc.b)}`, ...arc.details].join(', ');
}

/** A NIC is always told, since a wire counts it; what else did not fit the rim is counted. */
function portLines(node: GraphNode, drawn: ReadonlySet<string>): string[] {
  const told = node.ports.filter((port) => port.nic || drawn.has(port.id));
  const more = node.ports.length - told.length;
  return [
    ...told.map((port) => portLine(port, node)),
    ...(more === 0 ? [] : [`${countText(more, 'more interface', 'more interfaces')} on ${node.label}`]),
  ];
}

function foldedLine(node: GraphNode, drawn: ReadonlySet<string>): string[] {
  const folded = node.pods.filter((pod) => !drawn.has(pod.id));
  const trouble = troubleText(countTrouble(folded));
  return folded.length === 0
    ? []
    : [
        `${countText(folded.length, 'more Pod', 'more Pods')} on ${node.label}, folded${trouble === '' ? '' : `, ${trouble}`}`,
      ];
}

/**
 * "Packets at k8s-worker-1/ens192: 120 in, 118 out", a line a place; a capture begun anew is at the same place. Their sum
 * alone where this window was not told of all of them one by one: it was loaded, or has drawn the place, later.
 */
export function trafficLines(
  points: readonly VantagePointView[],
  passedAt: (interfaceId: string) => Passed | null,
): string[] {
  const places = new Map<string, { packets: number; passed: Passed | null }>();
  for (const { label, interfaceId, packets } of points) {
    const before = places.get(label);
    const passed = interfaceId === null ? null : passedAt(interfaceId);
    places.set(label, {
      packets: packets + (before?.packets ?? 0),
      passed: passed ?? before?.passed ?? null,
    });
  }
  const number = (count: number): string => count.toLocaleString('en');
  return [...places].map(([label, { packets, passed }]) => {
    const whole = passed !== null && passed.inbound + passed.outbound >= packets;
    const how = whole ? `${number(passed.inbound)} in, ${number(passed.outbound)} out` : number(packets);
    return `Packets at ${label}: ${how}`;
  });
}
