// Where the followed packet begins: in the sender's namespace; one from outside at the node that it is for.
import { fail, ok, type Result } from '../result.ts';
import { addressText } from '../route/address.ts';
import { NO_FIELDS } from '../route/flow.ts';
import type { NodeEntity, PodEntity } from '../topology/model.ts';
import type { AskedTrace } from './asked.ts';
import type { Start } from './followed-path.ts';
import type { TraceKnown } from './known.ts';
import { isPart } from './namespace.ts';
import { namespaceOf, unreadPodOf, type KnownNamespace } from './namespaces.ts';

export interface Started extends Start {
  /** What was presumed about it, a sentence each. */
  readonly notes: readonly string[];
}

/** The failure is a sentence. */
export function startOf(known: TraceKnown, { from, to, packet }: AskedTrace): Result<Started, string> {
  if (from.kind === 'pod') {
    const at = podNamespace(known, from.pod);
    return at === null
      ? fail(`${from.label} is on a node that was not read: nothing can be followed from there.`)
      : ok({ at, device: null, packet, notes: [] });
  }
  if (from.kind === 'node') {
    const at = namespaceOf(known, from.node.rootNetns);
    return at === null
      ? fail(`${from.node.label} was not read.`)
      : ok({ at, device: null, packet, notes: [] });
  }
  const node =
    to.kind === 'node' ? to.node : to.kind === 'pod' ? known.topology.nodes[to.pod.nodeId ?? ''] : undefined;
  const at = node === undefined ? null : namespaceOf(known, node.rootNetns);
  if (node === undefined || at === null)
    return fail(
      `${from.label} is nobody known here, and which node its packets to ${to.label} would come to is not known: trace to a node’s address (and its NodePort), or from a Pod or a node.`,
    );
  return fromOutside(at, node, { from, packet });
}

/** By the device of the way back: as if the wire led both ways. */
function fromOutside(
  at: KnownNamespace,
  node: NodeEntity,
  { from, packet }: Pick<AskedTrace, 'from' | 'packet'>,
): Result<Started, string> {
  const back = at.fib[packet.family]?.lookup({ ...NO_FIELDS, dst: packet.src });
  const dev = back?.kind === 'route' ? (back.route.dev ?? back.route.nexthops[0]?.dev ?? null) : null;
  if (dev === null)
    return fail(
      `${isPart(at, packet.family) ? `None of the routes of ${node.label} that are known leads` : `${node.label} has no route`} to ${addressText(packet.src)}: by which device its packets come in is not known.`,
    );
  const note = `How packets of ${from.label} come to ${node.label} is not seen: that they come in by ${dev}, where its route to them leads, is presumed.`;
  return ok({ at, device: dev, packet: { ...packet, iif: dev }, notes: [note] });
}

/** Its own, or what its node tells of it. */
export function podNamespace(known: TraceKnown, pod: PodEntity): KnownNamespace | null {
  const own = pod.netnsId === null ? null : namespaceOf(known, pod.netnsId);
  const hasDevice = own !== null && [...own.devices.values()].some(({ kind }) => kind !== 'loopback');
  return hasDevice ? own : (unreadPodOf(known, pod.id)?.namespace ?? null);
}
