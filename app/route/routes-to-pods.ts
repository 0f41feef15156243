// Which route each node takes to each Pod for a packet that it sends itself: what its rules and tables, as far as they are known, say.
import type { Route, Topology } from '../topology/model.ts';
import { Fib } from './fib.ts';
import { flowOf } from './flow.ts';

export interface RouteToPod {
  /** The node's label. */
  readonly node: string;
  /** `namespace/name`, or the name of a Pod that nobody named. */
  readonly pod: string;
  readonly address: string;
  /** Null: none matches. */
  readonly route: Pick<Route, 'dst' | 'type' | 'via' | 'dev'> | null;
}

/** At most `most` of them, nodes and Pods in the topology's order. Where no rules are known the kernel's own are presumed. */
export function routesToPods(topology: Topology, most: number): RouteToPod[] {
  const found: RouteToPod[] = [];
  const pods = Object.values(topology.pods).filter(
    ({ until, hostNetwork }) => until === null && !hostNetwork,
  );
  for (const node of Object.values(topology.nodes)) {
    const forwarding = topology.forwarding[node.rootNetns];
    if (node.until !== null || forwarding === undefined || forwarding.routes.length === 0) continue;
    const { routes, rules } = forwarding;
    const fibs = { 4: new Fib(4, routes, rules), 6: new Fib(6, routes, rules) };
    for (const { namespace, name, ips } of pods) {
      for (const address of ips) {
        if (found.length >= most) return found;
        const route = winner(address, fibs[address.includes(':') ? 6 : 4]);
        const pod = namespace === null ? name : `${namespace}/${name}`;
        const brief = route === null ? null : { dst: route.dst, type: route.type, ...firstHop(route) };
        found.push({ node: node.label, pod, address, route: brief });
      }
    }
  }
  return found;
}

function winner(address: string, fib: Fib): Route | null {
  const flow = flowOf(address, null);
  const answer = flow === null ? null : fib.lookup(flow);
  return answer === null || answer.kind === 'none' ? null : answer.route;
}

/** Of several next hops the first: which of them a packet takes, its flow decides. */
function firstHop({ via, dev, nexthops }: Route): Pick<Route, 'via' | 'dev'> {
  const [hop] = nexthops;
  return hop === undefined ? { via, dev } : { via: hop.via, dev: hop.dev };
}
