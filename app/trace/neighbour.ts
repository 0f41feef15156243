// Whose MAC address a packet is sent to: net/core/neighbour.c neigh_resolve_output, net/ipv4/arp.c arp_constructor.
import { canonicalAddress as canonical, parseAddress } from '../route/address.ts';
import type { InterfaceEntity, Neighbour } from '../topology/model.ts';
import { askerOf } from './asker.ts';
import { takerOf } from './devices-of.ts';
import { takenDiscovery } from './discovery-filters.ts';
import type { TraceStep } from './model.ts';
import type { TracedNamespace } from './namespace.ts';
import type { Passage } from './passage.ts';
import { commandIn, evidenceOf, passes, stops, type Ground, type Walk } from './walk.ts';

/** Kinds of the kernel's that have neither ARP nor neighbour discovery. */
const WITHOUT: ReadonlySet<string> = new Set(['loopback', 'ipip', 'wireguard']);
const NO_MAC = '00:00:00:00:00:00';

export function needsNoNeighbour({ kind, kernelKind, mac }: InterfaceEntity): boolean {
  // A netkit in its mode l3 has an address of zeros; tunnels and tun have none.
  return WITHOUT.has(kind) || mac === NO_MAC || (mac === null && kernelKind !== undefined);
}

/** Kinds that carry frames between machines by MAC address; others (dummy, VRF, ipvlan) are without ARP by their nature. */
const WITH_MACS: ReadonlySet<string> = new Set([
  'physical',
  'veth',
  'bridge',
  'bond',
  'vlan',
  'vxlan',
  'macvlan',
]);

/** `ip link set … arp off`: it neither asks nor answers, and takes its own MAC address for everybody's (arp_constructor, ndisc_constructor). */
export function isArpOff({ links }: TracedNamespace, device: InterfaceEntity): boolean {
  return (
    WITH_MACS.has(device.kernelKind ?? device.kind) &&
    // What has no MAC address has none to ask for, though nobody said what kind it is (ppp0, rmnet0).
    device.mac !== null &&
    !needsNoNeighbour(device) &&
    links?.get(device.name)?.details?.some(([word, value]) => word === 'arp' && value === 'off') === true
  );
}

const byList = new WeakMap<readonly Neighbour[], ReadonlyMap<string, Neighbour>>();

export function neighbourOf(
  neighbours: readonly Neighbour[],
  device: string,
  address: string,
): Neighbour | null {
  let index = byList.get(neighbours);
  if (index === undefined) {
    index = new Map(neighbours.map((one) => [`${one.dev} ${canonical(one.dst)}`, one]));
    byList.set(neighbours, index);
  }
  return index.get(`${device} ${canonical(address)}`) ?? null;
}

/** Its own packet filters see what it asks, and what it is answered; of IPv4 those of ARP alone. */
function discoveryTaken(
  at: TracedNamespace,
  device: InterfaceEntity,
  nextHop: string,
  { packet }: Walk,
): TraceStep | null {
  const target = parseAddress(nextHop);
  if (target === null) return null;
  const asker = askerOf(at, device, target, packet.src);
  return asker === null ? null : takenDiscovery(at, device, 'asks', { asker, target });
}

/** @param address of the next hop. @param next gets the packet with the MAC address that it is sent to, null where it is yet to be asked for. */
export function findNeighbour(
  { at, options }: Ground,
  walk: Walk,
  device: InterfaceEntity,
  address: string,
  next: (walk: Walk) => readonly Passage[],
): readonly Passage[] {
  const { name } = device;
  const words = {
    stage: 'neighbour',
    device: name,
    evidence: evidenceOf(at, 'neighbours'),
    command: commandIn(at, 'ip', 'neigh', 'show', address, 'dev', name),
  } as const;
  const to = (mac: string | null): Walk => ({ ...walk, packet: { ...walk.packet, toMac: mac } });
  const entry = at.neighbours === null ? null : neighbourOf(at.neighbours, name, address);
  const state = entry?.state ?? '';
  if (entry !== null && entry.mac !== null && !/FAILED|INCOMPLETE/.test(state))
    return next(
      passes(to(entry.mac), { ...words, sentence: `${address} is at ${entry.mac} on ${name} (${state}).` }),
    );
  if (isArpOff(at, device))
    return stops(walk, 'dropped', 'nobody-has-address', {
      ...words,
      sentence: `ARP is switched off on ${name} of ${at.name} (NOARP): it asks for nobody’s MAC address and sends to its own instead, which nobody takes.`,
      evidence: evidenceOf(at, 'links'),
      command: commandIn(at, 'ip', 'link', 'show', 'dev', name),
    });
  const taker = takerOf(at, device);
  if (taker !== null)
    return stops(walk, 'rejected', 'nobody-has-address', {
      ...words,
      sentence: `The MAC address of ${address} cannot be found: ${name} belongs to ${taker.name}, which takes every answer, and the sender is told that the host is unreachable.`,
    });
  const own = discoveryTaken(at, device, address, walk);
  if (own !== null) return stops(walk, 'rejected', 'filter-drop', own);
  const answers = options.answers?.(device, address) ?? null;
  const idle = entry?.idle === true;
  const failed =
    entry === null
      ? null
      : `the entry of ${address} on ${name} is ${state || 'without an address'}${idle ? ' from before' : ''}`;
  if (answers === false || (failed !== null && !idle && answers === null)) {
    const reason = failed === null ? 'nobody-has-address' : 'neighbour-failed';
    const why = failed ?? `nobody on ${name} answers for it`;
    return stops(walk, 'rejected', reason, {
      ...words,
      sentence: `The MAC address of ${address} cannot be found: ${why}, and the sender is told that the host is unreachable.`,
    });
  }
  const asked = address.includes(':') ? 'neighbour discovery' : 'ARP';
  const sentence =
    at.neighbours === null
      ? `The MAC address of ${address} is asked for on ${name} if it is not known (${asked}).`
      : failed === null
        ? `${at.name} does not know the MAC address of ${address} yet and asks for it on ${name} (${asked}).`
        : answers === null
          ? `${at.name} asks for ${address} on ${name} once more (${asked}): ${failed}, and nobody has sent anything to it since.`
          : `${at.name} asks for ${address} on ${name} once more (${asked}): ${failed}, but somebody answers for it.`;
  const presumed =
    at.neighbours === null
      ? [`The neighbours of ${at.name} were not read: it is presumed that ${address} answers.`]
      : idle && answers === null
        ? [
            `${address} did not answer ${at.name} when it was asked last, which is a while ago: it is presumed that it answers now.`,
          ]
        : [];
  return next(passes(to(null), { ...words, sentence, presumed }));
}
