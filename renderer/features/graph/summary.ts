// The graph in words, for screen readers and for tests: what is drawn, a line each.
import { countTrouble, troubleText } from '../../state/pod-trouble.ts';
import { countText } from '../../state/text.ts';
import type { GraphNode, Picture } from './picture.ts';

/**
 * @param drawn the ids of everything that has a place; Pods folded away are counted instead of named
 */
export function summarize(picture: Picture, drawn: ReadonlySet<string>): string[] {
  const names = new Map(picture.nodes.map((node) => [node.id, node.label]));
  const nodes = picture.nodes.flatMap((node) => [
    [
      `Node ${node.label} ${node.address}`,
      node.known ? (node.tone === 'ok' ? 'connected' : '') : 'never answered',
      ...node.tags.map((tag) => tag.said),
      countText(node.podCount, 'Pod', 'Pods'),
      troubleText(countTrouble(node.pods)),
    ]
      .filter((part) => part !== '')
      .join(', '),
    ...node.pods
      .filter((pod) => drawn.has(pod.id))
      .map((pod) => {
        const ends = `${pod.podInterface ?? 'unknown interface'} ⇄ ${pod.hostInterface?.name ?? 'unknown interface'}`;
        const title = pod.namespace === null ? pod.name : `${pod.namespace}/${pod.name}`;
        return `Pod ${title} on ${node.label}, ${pod.address}, ${ends}${pod.remark === '' ? '' : `, ${pod.remark}`}`;
      }),
    ...foldedLine(node, drawn),
    ...portLines(node, drawn),
    ...node.routes.map(
      (route) =>
        `Route on ${node.label}: ${route.dst} via ${route.via}, ${route.owner}${route.remark === '' ? '' : `, ${route.remark}`}`,
    ),
  ]);
  const wires = picture.wires.map((wire) => `Subnet ${wire.network} with ${String(wire.members)} NICs`);
  const arcs = picture.arcs.map(
    (arc) =>
      `${arc.label} between ${names.get(arc.a) ?? arc.a} and ${names.get(arc.b) ?? arc.b}${arc.details.map((detail) => `, ${detail}`).join('')}`,
  );
  const hidden =
    picture.hiddenArcs > 0 ? [`${String(picture.hiddenArcs)} more BGP sessions, established`] : [];
  return [...nodes, ...wires, ...arcs, ...hidden];
}

/** A NIC is always told, since a wire counts it; what else did not fit the rim is counted. */
function portLines(node: GraphNode, drawn: ReadonlySet<string>): string[] {
  const told = node.ports.filter((port) => port.nic || drawn.has(port.id));
  const more = node.ports.length - told.length;
  return [
    ...told.map(
      (port) =>
        `Interface ${port.name} on ${node.label}, ${port.nic ? 'NIC, ' : ''}${port.down ? 'down' : 'up'}`,
    ),
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
