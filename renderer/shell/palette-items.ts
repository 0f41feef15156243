// What the palette finds: things of the cluster by name or address, and what one can do. Pure.
import type { Topology } from '../../app/topology/model.ts';
import { bgpPeerName } from '../state/bgp-health.ts';
import { ranked } from '../state/ranked.ts';
import type { Selection } from '../state/selection.ts';
import { podTitle } from '../state/text.ts';
import { indexOf } from '../state/topology-index.ts';

export interface PaletteItem {
  readonly key: string;
  readonly kind: 'node' | 'pod' | 'interface' | 'bgp' | 'action';
  readonly title: string;
  readonly aside: string;
  readonly selects: Selection | null;
  /** The id of an action; null for a thing. */
  readonly action: string | null;
}

/** More is not read; typing on is quicker. */
const SHOWN = 60;

export function thingsOf(topology: Topology): PaletteItem[] {
  const index = indexOf(topology);
  const label = (nodeId: string | null): string =>
    nodeId === null ? '' : (topology.nodes[nodeId]?.label ?? '');
  const nodes = index.nodes.map((node) => thing('node', node.id, node.label, node.addresses.join(' ')));
  const pods = [...index.podsOf.values(), index.homelessPods]
    .flat()
    .map((pod) => thing('pod', pod.id, podTitle(pod), `${pod.ips.join(' ')} ${label(pod.nodeId)}`));
  const interfaces = index.nodes.flatMap((node) =>
    (index.interfacesOf.get(node.rootNetns) ?? []).map((each) =>
      thing(
        'interface',
        each.id,
        each.name,
        `${each.addresses.map(({ address }) => address).join(' ')} ${node.label}`,
      ),
    ),
  );
  const bgp = index.nodes.flatMap((node) =>
    (index.bgpOf.get(node.id) ?? []).map((session) =>
      thing('bgp', session.id, `${node.label} → ${bgpPeerName(topology, session)}`, session.name),
    ),
  );
  return [...nodes, ...pods, ...bgp, ...interfaces];
}

function thing(kind: Selection['kind'], id: string, title: string, aside: string): PaletteItem {
  return { key: `${kind}:${id}`, kind, title, aside: aside.trim(), selects: { kind, id }, action: null };
}

export function searchItems(items: readonly PaletteItem[], query: string): PaletteItem[] {
  return ranked(items, query, SHOWN);
}

/** What Enter runs: of what is typed now, which the list on the screen may not show yet. */
export function chosenItem(
  items: readonly PaletteItem[],
  query: string,
  at: number,
): PaletteItem | undefined {
  const hits = searchItems(items, query);
  return hits[Math.min(at, hits.length - 1)];
}
