// What is known, as it would be after something failed: the same facts with devices, routes or a whole node changed. What did not change
// stays the same object, so that what was made of it need not be made again.
import type { Link, Route } from '../../probe/facts.ts';
import type { NamespaceInside } from '../../probe/inside-facts.ts';
import type { Section } from '../../probe/section.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import type {
  InterfaceEntity,
  Lifetime,
  NetnsEntity,
  NetnsId,
  NodeEntity,
  Topology,
} from '../../topology/model.ts';
import type { TraceKnown } from '../../trace/known.ts';

export type DeviceState = Pick<InterfaceEntity, 'adminUp' | 'carrier' | 'operstate'>;

/** @param states by the interface's id. */
export function withDevices(
  known: TraceKnown,
  states: ReadonlyMap<InterfaceEntity['id'], DeviceState>,
): TraceKnown {
  const { topology } = known;
  const interfaces = { ...topology.interfaces };
  const readings = new Map(known.readings);
  for (const [id, state] of states) {
    const device = interfaces[id];
    const netns = topology.netns[device?.netnsId ?? ''];
    const label = topology.nodes[device?.nodeId ?? '']?.label ?? '';
    const reading = readings.get(label);
    if (device === undefined) continue;
    interfaces[id] = { ...device, ...state };
    if (netns !== undefined && reading !== undefined)
      readings.set(label, { ...reading, snapshot: withLink(reading.snapshot, netns, device.ifindex, state) });
  }
  return { ...known, topology: { ...topology, interfaces }, readings };
}

/** Where a namespace was read, its own list of links counts for more than the topology's. */
function withLink(
  snapshot: NodeSnapshot,
  netns: NetnsEntity,
  ifindex: number,
  { adminUp, carrier, operstate }: DeviceState,
): NodeSnapshot {
  const changed = (links: Section<readonly Link[]> | null): Section<readonly Link[]> | null => {
    const value = links?.value ?? null;
    return links === null || value === null
      ? links
      : {
          ...links,
          value: value.map((link) =>
            link.ifindex === ifindex
              ? { ...link, adminUp: adminUp ?? link.adminUp, carrier: carrier ?? link.carrier, operstate }
              : link,
          ),
        };
  };
  if (netns.root) return { ...snapshot, links: changed(snapshot.links) };
  const { insides } = snapshot;
  if (insides === null || insides.value === null) return snapshot;
  const isIt = ({ inode, startTicks }: NamespaceInside): boolean =>
    inode === netns.inode && startTicks === netns.process?.startTicks;
  const read = insides.value.read.map((one) => (isIt(one) ? { ...one, links: changed(one.links) } : one));
  return { ...snapshot, insides: { ...insides, value: { ...insides.value, read } } };
}

/** @param routes of namespaces, all of them. */
export function withRoutes(known: TraceKnown, routes: ReadonlyMap<NetnsId, readonly Route[]>): TraceKnown {
  if (routes.size === 0) return known;
  const forwarding = { ...known.topology.forwarding };
  for (const [netnsId, all] of routes) {
    const before = forwarding[netnsId];
    if (before !== undefined) forwarding[netnsId] = { ...before, routes: all };
  }
  return { ...known, topology: { ...known.topology, forwarding } };
}

/** It and all that is on it have ended. */
export function withoutNode(known: TraceKnown, { id, label, since }: NodeEntity): TraceKnown {
  const { topology } = known;
  const ended = <T extends Lifetime & { readonly nodeId: string | null }>(
    table: Readonly<Record<string, T>>,
  ): Record<string, T> =>
    Object.fromEntries(
      Object.entries(table).map(([key, one]) => [
        key,
        one.nodeId === id && one.until === null ? { ...one, until: since } : one,
      ]),
    );
  const node = topology.nodes[id];
  const gone: Topology = {
    ...topology,
    nodes: { ...topology.nodes, ...(node === undefined ? {} : { [id]: { ...node, until: since } }) },
    netns: ended(topology.netns),
    interfaces: ended(topology.interfaces),
    pods: ended(topology.pods),
    bgp: ended(topology.bgp),
    forwarding: Object.fromEntries(
      Object.entries(topology.forwarding).filter(([, { nodeId }]) => nodeId !== id),
    ),
  };
  const readings = new Map(known.readings);
  readings.delete(label);
  return { ...known, topology: gone, readings };
}
