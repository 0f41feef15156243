// A VXLAN device does not know to which node it has to send: for the gateway of a route through it there is no neighbour entry, for that MAC no
// forwarding entry, or the entry leads to another machine. Calico and flannel write these entries; nothing learns them.
import { shellWord } from '../../probe/shell-word.ts';
import { onEachNode, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { deviceOf, prefixOf, wholeNode } from '../subject.ts';
import type { ForwardingEntry } from '../../probe/facts.ts';
import type { InterfaceEntity, Route } from '../../topology/model.ts';

/** A frame for nobody known goes where this entry leads. */
const ANYWHERE = '00:00:00:00:00:00';

/** What keeps a node's own daemon from writing them. */
const OF_ITS_OWN = ['node-address-mismatch', 'vxlan-mismatch'] as const;

export const vxlanFdbMissing: Detector = {
  id: 'vxlan-fdb-missing',
  concludes: 'a VXLAN device lacks the entries that lead to another node, or has wrong ones',
  // Entries stay when a link goes down.
  explainedBy: ['node-identity-clash', 'duplicate-mac', ...OF_ITS_OWN],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'forwarding entries',
      ({ snapshot, devices }) =>
        [...devices.values()].some(({ kind }) => kind === 'vxlan')
          ? snapshot.fdb
          : { state: 'ok', evidence: [], at: null, value: [], sentence: null },
      (node, entries) =>
        [...node.devices.values()]
          .filter(({ kind, adminUp }) => kind === 'vxlan' && adminUp !== false)
          .flatMap((device) =>
            gatewaysOf(node, device).flatMap((route) => astray(cluster, node, device, route, entries)),
          ),
    ),
};

function gatewaysOf({ routes }: DiagnosedNode, { name }: InterfaceEntity): Route[] {
  const found = new Map<string, Route>();
  for (const route of routes)
    if (route.dev === name && route.via !== null && route.type === 'unicast') found.set(route.via, route);
  return [...found.values()];
}

/** A node may have one such device a family (vxlan.calico, vxlan-v6.calico), each with a MAC address of its own. */
function farEnd(
  { nodes }: Cluster,
  { tunnel: own }: InterfaceEntity,
  gateway: string,
): { readonly peer: DiagnosedNode; readonly far: InterfaceEntity } | null {
  for (const peer of nodes)
    for (const far of peer.devices.values())
      if (
        far.kind === 'vxlan' &&
        far.tunnel?.vni === own?.vni &&
        far.addresses.some(({ address }) => address === gateway)
      )
        return { peer, far };
  return null;
}

/** An entry may have a port and a number (VNI) of its own, which come before the device's. */
function unheard(entry: ForwardingEntry | undefined, far: InterfaceEntity | null): string | null {
  const { port = null, vni = null } = far?.tunnel ?? {};
  if (entry?.port !== undefined && port !== null && entry.port !== port)
    return `the forwarding entry of ${entry.mac} sends to port ${String(entry.port)}, and ${far?.name ?? ''} there hears on port ${String(port)}`;
  if (entry?.vni !== undefined && vni !== null && entry.vni !== vni)
    return `the forwarding entry of ${entry.mac} sends with the number (VNI) ${String(entry.vni)}, and ${far?.name ?? ''} there has ${String(vni)}`;
  return null;
}

function astray(
  cluster: Cluster,
  node: DiagnosedNode,
  device: InterfaceEntity,
  route: Route,
  entries: readonly ForwardingEntry[],
): Draft[] {
  const { label, snapshot } = node;
  const gateway = route.via ?? '';
  const own = entries.filter(({ dev }) => dev === device.name);
  const neighbours = snapshot.neighbours?.value ?? null;
  if (neighbours === null) return [];
  const neighbour = neighbours.find(({ dst, dev }) => dst === gateway && dev === device.name);
  const { peer = null, far = null } = farEnd(cluster, device, gateway) ?? {};
  const entry = own.find(({ mac }) => mac === (neighbour?.mac ?? far?.mac));
  // To several at once, or to a multicast group: it floods until it has learned.
  const learns = own.some(({ mac, dst }) => mac === ANYWHERE && dst !== null);
  const [told, real, leads] = [neighbour?.mac ?? null, far?.mac ?? null, entry?.dst ?? null];
  // What is not there at all is this node's own matter; what is there and wrong of the other end may be right of what that one was.
  const lacks =
    told === null
      ? learns
        ? null
        : `no neighbour entry says which MAC address ${gateway} has`
      : leads === null && !learns
        ? `no forwarding entry says to which node ${told} is sent`
        : null;
  const contradicts =
    told === null
      ? null
      : real !== null && told !== real
        ? `the neighbour entry of ${gateway} says ${told}, and ${far?.name ?? ''} of ${peer?.label ?? ''} has ${real}`
        : leads !== null && peer !== null && !peer.entity.addresses.includes(leads)
          ? `the forwarding entry of ${told} leads to ${leads}, which ${peer.label} does not have`
          : unheard(entry, far);
  const wrong = contradicts ?? lacks;
  if (wrong === null) return [];
  const to = peer?.entity.addresses[0] ?? 'NODE-ADDRESS';
  const mac = far?.mac ?? neighbour?.mac ?? 'MAC';
  const drafted = draft({
    node: label,
    device: device.name,
    title: `${device.name} of ${label} does not know the way to ${peer?.label ?? gateway}`,
    because: `Packets to ${route.dst} go by ${device.name} to ${gateway}, but ${wrong}. They are dropped there, or sent to nobody.`,
    proofs: [
      ...proof(snapshot.fdb, `${device.name} ${mac}`, `${device.name} ${neighbour?.mac ?? mac}`),
      ...proof(snapshot.neighbours, gateway),
    ],
    mend: [
      `Restart calico-node (or flanneld) on ${label}: it writes these entries anew. By hand:`,
      `ip neigh replace ${gateway} lladdr ${mac} dev ${shellWord(device.name)} nud permanent   # on ${label}`,
      `bridge fdb replace ${mac} dev ${shellWord(device.name)} dst ${to}`,
    ],
    breaks: [prefixOf(route.dst), deviceOf(label, device.name)],
    touches: [
      wholeNode(label),
      ...(contradicts === null || peer === null || far === null
        ? []
        : [wholeNode(peer.label), deviceOf(peer.label, far.name)]),
      deviceOf(label, device.name),
    ],
  });
  // Whose name, address or MAC address another machine has as well may be misdirected, and is not forgotten.
  return [contradicts === null ? { ...drafted, explainedBy: OF_ITS_OWN } : drafted];
}
