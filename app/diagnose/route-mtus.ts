// Routes to Pods that take smaller packets than all others of the kind (ip-route(8) mtu): larger ones are cut, or their senders told to send
// smaller ones, for the cluster’s every other route takes them. Networks that give all such routes one MTU (Cilium) mean it.
import type { Route } from '../topology/model.ts';
import { shellWord } from '../probe/shell-word.ts';
import { routeText } from '../route/route-text.ts';
import { podName, proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Draft } from './detector.ts';
import { draft } from './draft.ts';
import { destination } from './destinations.ts';
import { podCalled, prefixOf } from './subject.ts';

interface PodRoute {
  readonly node: DiagnosedNode;
  readonly route: Route;
  /** Bytes; that of its device where it names none. */
  readonly mtu: number;
  readonly deviceMtu: number;
  /** Labels of the nodes whose Pods it leads to; of a Pod's own route none. */
  readonly to: readonly string[];
}

export function narrowRoutes(cluster: Cluster): Draft[] {
  // Nearly everywhere no route names one.
  const named = Object.values(cluster.topology.forwarding).some(({ routes }) =>
    routes.some(({ mtu }) => mtu !== undefined),
  );
  if (!named) return [];
  return [
    ...unmeant(oddOf(cluster.nodes.flatMap((node) => routesToPods(cluster, node)))).map((one) =>
      narrowDraft(
        one,
        one.node.label,
        null,
        one.node.snapshot[one.route.family === 4 ? 'routes4' : 'routes6'],
      ),
    ),
    ...oddOf(cluster.nodes.flatMap((node) => routesOfPods(cluster, node))).map((one) =>
      narrowDraft(one, one.pod, one.pod, one.node.snapshot.insides),
    ),
  ];
}

/** Those that packets for Pods on other nodes take; where there are many, one Pod of each node tells. */
function routesToPods({ nodes }: Cluster, node: DiagnosedNode): PodRoute[] {
  const routes = new Map<Route, string[]>();
  for (const other of nodes)
    for (const ip of other === node ? [] : (other.pods[0]?.ips ?? [])) {
      const answer = destination(node, ip);
      if (answer?.kind === 'route')
        routes.set(answer.route, [...(routes.get(answer.route) ?? []), other.label]);
    }
  return [...routes].flatMap(([route, to]): PodRoute[] => {
    const { dst, type, table, dev } = route;
    if (type !== 'unicast' || table === 'local' || dst.endsWith('/0')) return [];
    const own = node.devices.get(dev ?? route.nexthops[0]?.dev ?? '')?.mtu ?? null;
    return own === null ? [] : [{ node, route, to, mtu: Math.min(route.mtu ?? own, own), deviceMtu: own }];
  });
}

/** The default routes of Pods that were looked into. */
function routesOfPods({ topology }: Cluster, node: DiagnosedNode): (PodRoute & { readonly pod: string })[] {
  return node.pods.flatMap((pod) => {
    const own = topology.interfaces[pod.podInterfaceId ?? '']?.mtu ?? null;
    const routes = pod.hostNetwork ? [] : (topology.forwarding[pod.netnsId ?? '']?.routes ?? []);
    return routes.flatMap((route) =>
      route.dst.endsWith('/0') && route.type === 'unicast' && own !== null
        ? [{ node, route, to: [], mtu: Math.min(route.mtu ?? own, own), deviceMtu: own, pod: podName(pod) }]
        : [],
    );
  });
}

/** Of those that are alike by family and device’s MTU the ones that take less than most. */
function oddOf<T extends PodRoute>(all: readonly T[]): T[] {
  const kindOf = ({ route, deviceMtu }: T): string => `${route.family} ${deviceMtu}`;
  const kinds = new Map<string, Map<number, number>>();
  for (const one of all) {
    const counts = kinds.get(kindOf(one)) ?? new Map<number, number>();
    kinds.set(kindOf(one), counts.set(one.mtu, (counts.get(one.mtu) ?? 0) + 1));
  }
  return all.filter((one) => {
    let [wider, alike] = [0, 0];
    for (const [mtu, count] of kinds.get(kindOf(one)) ?? []) {
      alike += count;
      wider += mtu > one.mtu ? count : 0;
    }
    return one.route.mtu !== undefined && wider > 0 && wider * 2 >= alike;
  });
}

/** Where the way back is as narrow, somebody has said so at both ends, as of a line between two sites. */
function unmeant(odd: readonly PodRoute[]): PodRoute[] {
  return odd.filter(
    ({ node, route, to }) =>
      !odd.some(
        (back) =>
          to.includes(back.node.label) &&
          back.to.includes(node.label) &&
          back.route.mtu === route.mtu &&
          back.route.family === route.family,
      ),
  );
}

function narrowDraft(
  { node, route, mtu }: PodRoute,
  place: string,
  pod: string | null,
  source: Parameters<typeof proof>[0],
): Draft {
  return draft({
    severity: 'warning',
    confidence: 'likely',
    surer: `Send a large packet that may not be cut that way: ping -M do -s ${mtu} says by whom it is not taken.`,
    node: node.label,
    device: route.dev,
    pod,
    title: `The route ${route.dst.endsWith('/0') ? 'default' : route.dst} of ${place} takes ${mtu} bytes, other routes of the kind more`,
    because: `“${routeText(route)}” has an MTU of ${route.mtu ?? mtu} of its own, less than its device. What is larger is cut, or its sender is told to send smaller packets – and stays cut off where it does not hear that.`,
    proofs: proof(source, route.dst.replace(/^(0\.0\.0\.0|::)\/0$/, 'default')),
    mend: [
      'Take the MTU from the route, unless somebody can say why it is there.',
      `ip -d route show ${shellWord(route.dst.endsWith('/0') ? 'default' : route.dst)}   # ${pod === null ? `on ${node.label}` : `in the network of ${pod}`}`,
    ],
    breaks: pod === null ? [prefixOf(route.dst)] : [podCalled(pod)],
  });
}
