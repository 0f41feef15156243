// Nodes whose VXLAN frames reach this one and that no device here takes: their network (VNI) is none of those here, or they call
// themselves by the MAC of the device that would take them (drivers/net/vxlan/vxlan_core.c, vxlan_rcv and vxlan_set_mac: neither counts).
// Told from both ends' settings, since UdpInDatagrams alone counts all of UDP.
import type { NodeReading } from '../topology/input.ts';
import type { InterfaceEntity, Topology } from '../topology/model.ts';
import { livingNode } from './living-node.ts';

export interface VxlanStranger {
  /** The node that sends. */
  readonly from: string;
  /** Here. */
  readonly device: string;
  readonly why: string;
}

export function vxlanStrangers(
  topology: Topology,
  readings: ReadonlyMap<string, NodeReading>,
  label: string,
): VxlanStranger[] {
  const root = livingNode(topology, label)?.rootNetns;
  const living = Object.values(topology.interfaces).filter(({ until }) => until === null);
  const takers = living.filter((one) => one.kind === 'vxlan' && one.netnsId === root);
  if (takers.length === 0) return [];
  const addresses = new Set(
    living
      .filter(({ netnsId }) => netnsId === root)
      .flatMap((one) => one.addresses.map(({ address }) => address)),
  );
  return living.flatMap((theirs): VxlanStranger[] => {
    const node = topology.nodes[theirs.nodeId];
    if (theirs.kind !== 'vxlan' || node === undefined || theirs.netnsId === root) return [];
    if (theirs.netnsId !== node.rootNetns) return [];
    const stranger = strangerOf(node.label, theirs, takers);
    if (stranger === null) return [];
    const fdb = readings.get(node.label)?.snapshot.fdb?.value ?? [];
    const sendsHere =
      addresses.has(theirs.tunnel?.remote ?? '') ||
      fdb.some(({ dev, dst }) => dev === theirs.name && addresses.has(dst ?? ''));
    return sendsHere ? [stranger] : [];
  });
}

function strangerOf(
  from: string,
  theirs: InterfaceEntity,
  all: readonly InterfaceEntity[],
): VxlanStranger | null {
  const [vni, port] = [theirs.tunnel?.vni ?? null, theirs.tunnel?.port ?? null];
  if (vni === null || port === null) return null;
  const takers = all.filter(({ tunnel }) => tunnel?.port === port);
  const [first] = takers;
  // One without a number of its own takes every network; on another port nobody listens, and that is counted.
  if (first === undefined || takers.some(({ tunnel }) => (tunnel?.vni ?? null) === null)) return null;
  const same = takers.find(({ tunnel }) => tunnel?.vni === vni);
  const sender = `${from} sends VXLAN with VNI ${String(vni)}`;
  if (same === undefined) {
    const numbers = [...new Set(takers.map(({ tunnel }) => tunnel?.vni))].join(', ');
    return { from, device: first.name, why: `${sender}; here is only VNI ${numbers} (${first.name})` };
  }
  if (same.mac === null || same.mac !== theirs.mac) return null;
  return { from, device: same.name, why: `${sender} from ${same.mac}, the MAC of ${same.name} here, too` };
}
