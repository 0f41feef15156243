// Devices that nobody listed and that routes name all the same: known by name alone. Where a Pod's own `ip a` says which number its
// other end has, and Calico's name of that end is among the routes, the number is known as well.
import { fewOf } from '../few-of.ts';
import type { InterfaceAddress, Link, LinkAddresses, Route } from '../probe/facts.ts';
import { ipv4InPrefix } from '../probe/ip-text.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { calicoInterfaceName } from '../topology/calico-name.ts';
import type { PodInside } from './pod-insides.ts';

/** @param numbers ifindexes by name that other pieces of the node told. */
export function withNamedDevices(
  snapshot: NodeSnapshot,
  numbers: ReadonlyMap<string, number>,
  address: string | null,
): NodeSnapshot {
  const routes = [...(snapshot.routes4?.value ?? []), ...(snapshot.routes6?.value ?? [])];
  const listed = snapshot.links?.value ?? [];
  const known = new Set(listed.map(({ name }) => name));
  const told = (snapshot.addresses?.value ?? []).map(({ name }) => name);
  const named = [...new Set([...routes.flatMap(devicesOf), ...told])].filter((name) => !known.has(name));
  const taken = new Set(listed.map(({ ifindex }) => ifindex));
  let unnumbered = Math.min(0, ...taken);
  const added = named.map((name): Link => {
    const number = numbers.get(name);
    const ifindex = number !== undefined && !taken.has(number) ? number : --unnumbered;
    taken.add(ifindex);
    return {
      ifindex,
      name,
      kind: name === 'lo' ? 'loopback' : 'other',
      mac: null,
      mtu: null,
      operstate: null,
      adminUp: true,
      carrier: true,
      peerIfindex: null,
      peerName: null,
      peerNsid: null,
      peerNetnsName: null,
      masterName: null,
    };
  });
  const numbered = withNumbers(snapshot.addresses, [...listed, ...added]);
  const addresses =
    addressSection({ ...snapshot, addresses: numbered }, [...listed, ...added], routes, address) ?? numbered;
  if (added.length === 0) return { ...snapshot, addresses };
  const evidence = [...(snapshot.routes4?.evidence ?? []), ...(snapshot.routes6?.evidence ?? [])];
  const sentence = `Of ${fewOf(
    added.map(({ name }) => name),
    10,
  )} on ${snapshot.nodeLabel} only the name is known, from routes or addresses: no ip addr of it was pasted.`;
  return {
    ...snapshot,
    links: {
      state: 'ok',
      evidence: [...new Set([...(snapshot.links?.evidence ?? []), ...evidence])],
      at: snapshot.links?.at ?? snapshot.at,
      value: [...listed, ...added],
      sentence,
    },
    addresses,
  };
}

/** Addresses whose device was known by name have its number now. */
function withNumbers(
  addresses: NodeSnapshot['addresses'],
  links: readonly Link[],
): NodeSnapshot['addresses'] {
  if (addresses === null || addresses.value === null) return addresses;
  const numbers = new Map(links.map(({ name, ifindex }) => [name, ifindex]));
  const value = addresses.value.map((one) => ({ ...one, ifindex: numbers.get(one.name) ?? one.ifindex }));
  return { ...addresses, value };
}

function devicesOf({ dev, nexthops, table }: Route): string[] {
  // The kernel's own entries for addresses of the node.
  if (table === 'local') return [];
  return [...(dev === null ? [] : [dev]), ...nexthops.map((hop) => hop.dev)].filter(
    (name) => name !== '' && name !== 'lo',
  );
}

/** An address of the node that others told, on the device whose connected route holds it. Null when nothing is to be added. */
function addressSection(
  snapshot: NodeSnapshot,
  links: readonly Link[],
  routes: readonly Route[],
  address: string | null,
): NodeSnapshot['addresses'] {
  if (address === null) return null;
  const connected = routes.find(({ family, via, dev, dst, type }) => {
    const [network = '', bits = ''] = dst.split('/');
    return (
      family === 4 &&
      type === 'unicast' &&
      via === null &&
      dev !== null &&
      Number(bits) > 0 &&
      Number(bits) < 32 &&
      ipv4InPrefix(address, network, Number(bits))
    );
  });
  const link = links.find(({ name }) => name === connected?.dev);
  if (connected === undefined || link === undefined) return null;
  const told = snapshot.addresses?.value ?? [];
  const own: InterfaceAddress = {
    address,
    prefixLength: Number(connected.dst.split('/')[1]),
    family: 4,
    scope: 'global',
  };
  const rest = told.filter(({ name }) => name !== link.name);
  const before = told.find(({ name }) => name === link.name)?.addresses ?? [];
  const value: LinkAddresses[] = [
    ...rest,
    { ifindex: link.ifindex, name: link.name, addresses: [...before, own] },
  ];
  return {
    state: 'ok',
    evidence: snapshot.addresses?.evidence ?? snapshot.routes4?.evidence ?? [],
    at: snapshot.at,
    value,
    sentence: snapshot.addresses?.sentence ?? null,
  };
}

/** By the name of the node's end: the number that the Pod's end gives for it. */
export function numbersFromInside(insides: readonly PodInside[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const { namespace, pod, links } of insides) {
    const outer = links.filter(({ name, peerIfindex }) => name === 'eth0' && peerIfindex !== null);
    for (const { peerIfindex } of outer)
      if (peerIfindex !== null) numbers.set(calicoInterfaceName(namespace ?? 'default', pod), peerIfindex);
  }
  return numbers;
}
