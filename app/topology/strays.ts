// Where the sources of one node contradict each other without naming a Pod that could say it: routes to single addresses
// that nobody has, devices that lead to nobody.
import type { PodFact } from '../probe/kube-facts.ts';
import type { NetnsId, PodEntity } from './model.ts';
import type { NodeDraft } from './build-node.ts';
import { defaultDevicesOf } from './roles.ts';

const MOST_SENTENCES = 20;

/**
 * `expected`: what Kubernetes says runs here; null where nothing is known of it, and so nothing contradicts it. `found`:
 * all Pods of this node, nameless ones too. A sentence each.
 */
export function nodeContradictions(
  { node, interfaces, pairings }: NodeDraft,
  expected: readonly PodFact[] | null,
  found: readonly PodEntity[],
): string[] {
  const sentences: string[] = [];
  const defaults = defaultDevicesOf(node);
  const owned = new Set(found.flatMap(({ ips }) => ips));
  const inside = new Set([...node.netns.values()].flatMap(({ addresses }) => addresses));
  const kinds = new Map(
    [...interfaces.values()]
      .filter(({ netnsId }) => netnsId === node.rootNetns)
      .map((one) => [one.name, one]),
  );
  for (const [address, routes] of expected === null ? [] : node.hostRoutes) {
    const dev = routes.map((route) => route.dev ?? '').find((name) => isCable(kinds.get(name)?.kind));
    if (dev === undefined || defaults.has(dev) || owned.has(address) || inside.has(address)) continue;
    const where = node.seesInside ? ', and no network namespace there has it' : '';
    sentences.push(
      `${node.label} has a route to ${address} by ${dev}, but Kubernetes knows no Pod with this address there${where}.`,
    );
  }
  const living = new Set<NetnsId>(found.flatMap(({ netnsId }) => netnsId ?? []));
  for (const [key, { why, netnsId }] of pairings) {
    const one = node.interfaces.get(key);
    if (one?.netnsId !== node.rootNetns || why === null || !isCable(one.kind)) continue;
    if (defaults.has(one.name) || !node.seesInside || (netnsId !== null && living.has(netnsId))) continue;
    // A NIC may be a veth whose other end lies outside.
    if (one.addresses.some(({ scope }) => scope === 'global' || scope === 'site')) continue;
    sentences.push(`${one.name} on ${node.label} leads nowhere: ${why}`);
  }
  return sentences.slice(0, MOST_SENTENCES);
}

function isCable(kind: string | undefined): boolean {
  return kind === 'veth' || kind === 'netkit';
}
