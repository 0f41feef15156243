// Whose routes are asked for: a node's, by its label, or those of any namespace whose routes were read.
import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { ForwardingState, NodeEntity, Topology } from '../topology/model.ts';
import type { Link } from '../probe/facts.ts';
import { devicesOf, UNKNOWN_DEVICES } from './devices.ts';
import { Fib } from './fib.ts';

export interface Place {
  readonly node: NodeEntity;
  readonly forwarding: ForwardingState;
  /** As a sentence names it. */
  readonly name: string;
}

export function placeOf(topology: Topology, at: string): Result<Place, string> {
  const nodes = Object.values(topology.nodes);
  const labelled = nodes.filter(
    (one) => one.label === at || one.hostname === at || one.kubernetesName === at,
  );
  const node = labelled.find(({ until }) => until === null) ?? labelled[0];
  const netns = topology.netns[node?.rootNetns ?? at];
  if (netns === undefined) {
    const known = nodes.filter(({ until }) => until === null).map(({ label }) => label);
    return fail(
      node === undefined
        ? `No node is called ${at}; there are: ${known.slice(0, 20).join(', ') || 'none yet'}.`
        : `${at} was not read yet.`,
    );
  }
  const owner = node ?? topology.nodes[netns.nodeId];
  const forwarding = topology.forwarding[netns.id];
  const pod = netns.podId === null ? undefined : topology.pods[netns.podId];
  const name = pod === undefined ? (owner?.label ?? at) : `${pod.name} on ${owner?.label ?? 'its node'}`;
  if (owner === undefined || forwarding === undefined)
    return fail(pod === undefined ? `The routes of ${name} were not read.` : unreadInside(name));
  // What was not read is null there, and no route then means nothing.
  if (forwarding.routes.length === 0 && owner.unread.routes !== null) return fail(owner.unread.routes);
  return ok({ node: owner, forwarding, name });
}

function unreadInside(name: string): string {
  return `The routes inside ${name} were not read: they are while the Pod is selected, and by hopscope route --from POD.`;
}

interface Built {
  readonly links: readonly Link[] | null;
  readonly fibs: Map<4 | 6, Fib>;
}
const built = new WeakMap<ForwardingState, Built>();

/** Built once for each state: ten thousand routes take some 25 ms. @param links of the same namespace; null: not known. */
export function fibOf(forwarding: ForwardingState, family: 4 | 6, links: readonly Link[] | null): Fib {
  let known = built.get(forwarding);
  if (known?.links !== links) built.set(forwarding, (known = { links, fibs: new Map() }));
  let fib = known.fibs.get(family);
  if (fib === undefined) {
    const devices = links === null ? UNKNOWN_DEVICES : devicesOf(links);
    known.fibs.set(family, (fib = new Fib(family, forwarding.routes, forwarding.rules, devices)));
  }
  return fib;
}
