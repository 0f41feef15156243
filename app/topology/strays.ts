// Where the sources of one node contradict each other without naming a Pod that could say it: routes to single addresses
// that nobody has, devices that lead to nobody.
import type { PodFact } from '../probe/kube-facts.ts';
import { hasEnded } from './match-pods.ts';
import type { NetnsId, NodeEntity, NodeTime, PodEntity, Strays } from './model.ts';
import type { NodeDraft } from './build-node.ts';
import { defaultDevicesOf } from './roles.ts';

const MOST_SENTENCES = 20;
/**
 * A CNI plugin lays cable and route before kubelet tells Kubernetes the address, and takes them away in steps: what lasts no longer
 * than this is no contradiction. Seconds of the node's clock.
 */
const GRACE_S = 5;

/** Of one node, each kind; nobody reads more sentences. */
const MOST_STRAYS = 100;

/**
 * `expected`: what Kubernetes says runs here; null where nothing is known of it, and so no route contradicts it. `found`:
 * all Pods of this node, nameless ones too. `before`: the node as it was last built. Sentences, and what they are about:
 * since when it led to nobody, also where that is too short to be told.
 */
export function nodeContradictions(
  draft: NodeDraft,
  expected: readonly PodFact[] | null,
  found: readonly PodEntity[],
  before: Pick<NodeEntity, 'strays' | 'kubernetesName'> | null,
): { readonly sentences: string[]; readonly strays: Strays } {
  const { at } = draft.node;
  const devices = strayDevices(draft, found).slice(0, MOST_STRAYS);
  const routes = expected === null ? [] : strayRoutes(draft, found).slice(0, MOST_STRAYS);
  // One that has no address yet may be whose they are.
  const oneBegins =
    expected?.some((pod) => pod.ips.length === 0 && !pod.hostNetwork && !hasEnded(pod)) ?? false;
  const since = (key: string, looked: boolean): NodeTime | null => {
    const known = before?.strays?.[key];
    if (known !== undefined) return known;
    return looked || oneBegins ? at : null;
  };
  // Routes are judged only where Kubernetes knows the node.
  const looked = { routes: (before?.kubernetesName ?? null) !== null, devices: before !== null };
  const strays = new Map([
    ...routes.map(({ key }) => [key, since(key, looked.routes)] as const),
    ...devices.map(({ key }) => [key, since(key, looked.devices)] as const),
  ]);
  const lasts = ({ key }: Stray): boolean => {
    const first = strays.get(key) ?? null;
    return first === null || at.s - first.s + (at.ns - first.ns) / 1e9 >= GRACE_S;
  };
  const told = [...routes, ...devices].filter(lasts).slice(0, MOST_SENTENCES);
  return { sentences: told.map(({ sentence }) => sentence), strays: Object.fromEntries(strays) };
}

interface Stray {
  readonly key: string;
  readonly sentence: string;
}

function strayRoutes({ node, interfaces }: NodeDraft, found: readonly PodEntity[]): Stray[] {
  const defaults = defaultDevicesOf(node);
  const owned = new Set(found.flatMap(({ ips }) => ips));
  const inside = new Set([...node.netns.values()].flatMap(({ addresses }) => addresses));
  const kinds = new Map(
    [...interfaces.values()]
      .filter(({ netnsId }) => netnsId === node.rootNetns)
      .map(({ name, kind }) => [name, kind]),
  );
  const where = node.seesInside ? ', and no network namespace there has it' : '';
  return [...node.hostRoutes].flatMap(([address, routes]): Stray[] => {
    const dev = routes.map((route) => route.dev ?? '').find((name) => isCable(kinds.get(name)));
    if (dev === undefined || defaults.has(dev) || owned.has(address) || inside.has(address)) return [];
    const sentence = `${node.label} has a route to ${address} by ${dev}, but Kubernetes knows no Pod with this address there${where}.`;
    return [{ key: `route ${address} ${dev}`, sentence }];
  });
}

function strayDevices({ node, pairings, ids }: NodeDraft, found: readonly PodEntity[]): Stray[] {
  if (!node.seesInside) return [];
  const defaults = defaultDevicesOf(node);
  const living = new Set<NetnsId>(found.flatMap(({ netnsId }) => netnsId ?? []));
  return [...pairings].flatMap(([key, { why, netnsId }]): Stray[] => {
    const one = node.interfaces.get(key);
    if (one?.netnsId !== node.rootNetns || why === null || !isCable(one.kind)) return [];
    if (defaults.has(one.name) || (netnsId !== null && living.has(netnsId))) return [];
    // A NIC may be a veth whose other end lies outside.
    if (one.addresses.some(({ scope }) => scope === 'global' || scope === 'site')) return [];
    // By its identity: the next one of this ifindex is another.
    return [{ key: ids.get(key) ?? key, sentence: `${one.name} on ${node.label} leads nowhere: ${why}` }];
  });
}

function isCable(kind: string | undefined): boolean {
  return kind === 'veth' || kind === 'netkit';
}
