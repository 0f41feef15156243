// A node's route to another node's Pods leaves by the NIC, and the other answers by their tunnel: each drops what comes so (rp_filter).
import { shellWord } from '../probe/shell-word.ts';
import { routeText } from '../route/route-text.ts';
import { proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Draft } from './detector.ts';
import { draft } from './draft.ts';
import { housed } from './housed-addresses.ts';
import { stopsClaimedAs } from './paths/claims.ts';
import { leading, routeFor } from './peer-routes.ts';
import { addressOf, prefixOf, routesOf, wholeNode } from './subject.ts';
import type { Route } from '../topology/model.ts';

/** Only where packets between them stop for it: in one subnet a network may well go without its tunnel (CrossSubnet). */
export function pastTunnel(cluster: Cluster): Draft[] {
  const filtered = new Set(
    stopsClaimedAs(cluster, 'rp-filter-drop').flatMap(({ paths }) =>
      paths.flatMap(({ pair: { fromNode, toNode } }) =>
        toNode === null ? [] : [`${fromNode} ${toNode}`, `${toNode} ${fromNode}`],
      ),
    ),
  );
  return cluster.nodes.flatMap((node) =>
    cluster.nodes.flatMap((home): Draft[] => {
      if (home === node || !filtered.has(`${node.label} ${home.label}`)) return [];
      const all = housed(cluster);
      const theirs = all.filter((one) => one.node === home && isBare(node, one.ip, home));
      const own = all.filter((one) => one.node === node && tunnelOf(home, one.ip) !== null);
      const [first] = theirs;
      const route = first === undefined ? null : leading(node, first.ip, home);
      const back = own[0] === undefined ? null : routeFor(home, own[0].ip);
      return route === null || back === null ? [] : [bareDraft({ node, home, route, back, theirs, own })];
    }),
  );
}

function isBare(node: DiagnosedNode, ip: string, home: DiagnosedNode): boolean {
  return node.devices.get(leading(node, ip, home)?.dev ?? '')?.role === 'nic';
}

/** The tunnel by which it would answer. */
function tunnelOf(node: DiagnosedNode, ip: string): string | null {
  const dev = routeFor(node, ip)?.dev ?? null;
  return dev !== null && node.devices.get(dev)?.role === 'tunnel' ? dev : null;
}

function bareDraft({
  node,
  home,
  route,
  back,
  theirs,
  own,
}: {
  readonly node: DiagnosedNode;
  readonly home: DiagnosedNode;
  readonly route: Route;
  readonly back: Route;
  readonly theirs: readonly { readonly ip: string }[];
  readonly own: readonly { readonly ip: string }[];
}): Draft {
  const six = route.family === 6;
  return draft({
    node: node.label,
    device: route.dev,
    title: `${node.label} sends packets for Pods of ${home.label} past the tunnel: ${route.dst} by ${route.dev ?? ''}`,
    because: `Its route is ${routeText(route)}, while ${home.label} answers by its tunnel: ${routeText(back)}. Each drops what comes by one device and would be answered by another (reverse path filter).`,
    proofs: [
      ...proof(six ? node.snapshot.routes6 : node.snapshot.routes4, route.dst),
      ...proof(six ? home.snapshot.routes6 : home.snapshot.routes4, back.dst),
    ],
    mend: [
      `Both have to do the same: take that route away on ${node.label} unless somebody means it, and let the CNI plugin’s daemon write its own (flanneld’s backend, Calico’s vxlanMode or ipipMode).`,
      `ip route show ${shellWord(route.dst)}   # on ${node.label} and on another node`,
    ],
    family: six ? 6 : 4,
    breaks: [prefixOf(route.dst), ...[...theirs, ...own].map(({ ip }) => addressOf(ip))],
    touches: [node, home].flatMap(({ label }) => [wholeNode(label), routesOf(label)]),
  });
}
