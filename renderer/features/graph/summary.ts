// The graph in words, for screen readers and for tests: what is drawn, a line each.
import type { Picture } from './picture.ts';

export function summarize(picture: Picture): string[] {
  const names = new Map(picture.nodes.map((node) => [node.id, node.label]));
  const nodes = picture.nodes.flatMap((node) => [
    [
      `Node ${node.label} ${node.address}`,
      node.known ? (node.tone === 'ok' ? 'connected' : '') : 'never answered',
      ...node.tags.map((tag) => tag.text),
      `${String(node.podCount)} ${node.podCount === 1 ? 'Pod' : 'Pods'}`,
    ]
      .filter((part) => part !== '')
      .join(', '),
    ...node.pods.map((pod) => {
      const ends = `${pod.podInterface ?? 'unknown interface'} ⇄ ${pod.hostInterface?.name ?? 'unknown interface'}`;
      const title = pod.namespace === null ? pod.name : `${pod.namespace}/${pod.name}`;
      return `Pod ${title} on ${node.label}, ${pod.address}, ${ends}${pod.remark === '' ? '' : `, ${pod.remark}`}`;
    }),
    ...node.ports.map(
      (port) => `Interface ${port.name} on ${node.label}, ${port.nic ? 'NIC, ' : ''}${port.down ? 'down' : 'up'}`,
    ),
    ...node.routes.map((route) => `Route on ${node.label}: ${route.dst} via ${route.via}, ${route.owner}`),
  ]);
  const wires = picture.wires.map((wire) => `Subnet ${wire.network} with ${String(wire.members)} NICs`);
  const arcs = picture.arcs.map(
    (arc) =>
      `${arc.label} between ${names.get(arc.a) ?? arc.a} and ${names.get(arc.b) ?? arc.b}${arc.detail === '' ? '' : `, ${arc.detail}`}`,
  );
  const hidden = picture.hiddenArcs > 0 ? [`${String(picture.hiddenArcs)} more BGP sessions, established`] : [];
  return [...nodes, ...wires, ...arcs, ...hidden];
}
