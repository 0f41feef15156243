// Which route each node takes to each Pod: the longest prefix of the main table, and of those the lowest metric.
import { ipv4Number } from '../probe/ip-text.ts';
import { isIpv4 } from '../probe/net-tools.ts';
import type { Route, Topology } from '../topology/model.ts';

export interface RouteToPod {
  /** The node's label. */
  readonly node: string;
  /** `namespace/name`, or the name of a Pod that nobody named. */
  readonly pod: string;
  readonly address: string;
  /** Null: no route of the main table matches. */
  readonly route: Pick<Route, 'dst' | 'type' | 'via' | 'dev'> | null;
}

/** IPv4; rules and other tables are not asked. At most `most` of them, nodes and Pods in the topology's order. */
export function routesToPods(topology: Topology, most: number): RouteToPod[] {
  const found: RouteToPod[] = [];
  const pods = Object.values(topology.pods).filter(
    ({ until, hostNetwork }) => until === null && !hostNetwork,
  );
  for (const node of Object.values(topology.nodes)) {
    const forwarding = topology.forwarding[node.rootNetns];
    if (node.until !== null || forwarding === undefined || forwarding.routes.length === 0) continue;
    const table = prefixTable(forwarding.routes);
    for (const { namespace, name, ips } of pods) {
      for (const address of ips.filter(isIpv4)) {
        if (found.length >= most) return found;
        const route = longest(table, address);
        found.push({
          node: node.label,
          pod: namespace === null ? name : `${namespace}/${name}`,
          address,
          route: route === null ? null : { dst: route.dst, type: route.type, via: route.via, dev: route.dev },
        });
      }
    }
  }
  return found;
}

/** By prefix length and network. */
type PrefixTable = ReadonlyMap<number, ReadonlyMap<number, Route>>;

function prefixTable(routes: readonly Route[]): PrefixTable {
  const table = new Map<number, Map<number, Route>>();
  for (const route of routes) {
    const [network = '', length = ''] = route.dst.split('/');
    if (route.family !== 4 || route.table !== 'main' || !isIpv4(network)) continue;
    const bits = Number(length);
    const networks = table.get(bits) ?? new Map<number, Route>();
    const key = networkOf(ipv4Number(network), bits);
    const known = networks.get(key);
    if (known === undefined || route.metric < known.metric) networks.set(key, route);
    table.set(bits, networks);
  }
  return table;
}

function longest(table: PrefixTable, address: string): Route | null {
  const number = ipv4Number(address);
  for (let bits = 32; bits >= 0; bits -= 1) {
    const route = table.get(bits)?.get(networkOf(number, bits));
    // What says throw goes on in other tables; what might say so is the blackhole that it most likely is.
    if (route !== undefined && route.type !== 'throw') return route;
  }
  return null;
}

function networkOf(address: number, bits: number): number {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size);
}
