// Names that the rest of what is known gives to a firewall's bare numbers: Pods by address and interface, policies by the names
// that Calico makes of them, Services. All of it may be missing.
import type { Inventory } from '../probe/inventory.ts';
import type { PodEntity, Topology } from '../topology/model.ts';
import { chainSubject, namesByHash, subjectWords, type NamesByHash } from './calico-names.ts';
import { serviceOfChain } from './service-entrances.ts';
import { ruleSpec } from '../probe/filter-rule.ts';
import type { FirewallChain } from '../probe/firewall-facts.ts';

export interface FirewallNames {
  readonly podByAddress: ReadonlyMap<string, PodEntity>;
  /** On this node, by the name of its host end. */
  readonly podByInterface: ReadonlyMap<string, PodEntity>;
  /** Of policies and profiles, in Calico's notation. */
  readonly calico: NamesByHash;
}

export function firewallNames(
  topology: Topology,
  inventory: Inventory | null,
  nodeLabel: string,
): FirewallNames {
  const podByAddress = new Map<string, PodEntity>();
  const podByInterface = new Map<string, PodEntity>();
  for (const pod of Object.values(topology.pods)) {
    if (pod.until !== null || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    if (!pod.hostNetwork) for (const address of pod.ips) podByAddress.set(address, pod);
    const end = topology.interfaces[pod.hostInterfaceId ?? ''];
    const node = topology.nodes[pod.nodeId ?? ''];
    if (end !== undefined && node?.label === nodeLabel) podByInterface.set(end.name, pod);
  }
  return { podByAddress, podByInterface, calico: calicoNames(inventory) };
}

const MOST_NAMES = 20_000;
const NO_NAMES: NamesByHash = new Map();
const known = new WeakMap<Inventory, NamesByHash>();

function calicoNames(inventory: Inventory | null): NamesByHash {
  if (inventory === null) return NO_NAMES;
  let names = known.get(inventory);
  if (names === undefined)
    known.set(inventory, (names = namesByHash(namesIn(inventory).slice(0, MOST_NAMES))));
  return names;
}

/**
 * What Calico calls the policies of the cluster: as libcalico-go's conversion named them (a Kubernetes policy is
 * `knp.default.NAME`), and as Felix names them since they have a kind (felix/types PolicyID.ID). A namespace and a service
 * account are profiles; of accounts only the default ones are known.
 */
function namesIn({ networkPolicies, pods, calico }: Inventory): string[] {
  const namespaces = new Set(Object.values(pods).map(({ namespace }) => namespace));
  return [
    ...Object.values(networkPolicies).flatMap(({ namespace, name }) => [
      `${namespace ?? ''}/knp.default.${name}`,
      `knp/${namespace ?? ''}/${name}`,
    ]),
    ...Object.values(calico.networkPolicies).flatMap(({ namespace, name }) => [
      `${namespace ?? ''}/${name}`,
      `np/${namespace ?? ''}/${name}`,
    ]),
    ...Object.values(calico.globalNetworkPolicies).flatMap(({ name }) => [name, `gnp/${name}`]),
    ...[...namespaces].flatMap((namespace) => [`kns.${namespace}`, `ksa.${namespace}.default`]),
  ];
}

/** Whom a chain is about; null where its name tells of nobody. */
export function chainAbout(chain: FirewallChain, names: FirewallNames): string | null {
  if (/^(KUBE-(SVC|SVL|SEP|EXT|XLB|FW)-)/.test(chain.name)) return serviceByComment(chain);
  if (/^(service|endpoint|external|firewall)-/.test(chain.name)) {
    const service = serviceOfChain(chain.name);
    return service === null ? null : `Service ${service}`;
  }
  if (!/^(filter-)?cali-/.test(chain.name)) return null;
  const subject = chainSubject(chain.name, commentsOf(chain), names.calico);
  if (subject === null) return null;
  if (subject.kind !== 'workload') return subjectWords(subject);
  const pod = names.podByInterface.get(subject.interfaceName);
  if (pod === undefined) return `a Pod that is not known, on ${subject.interfaceName}`;
  return `Pod ${podName(pod)}`;
}

export function podName({ namespace, name }: PodEntity): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

function* commentsOf(chain: FirewallChain): Generator<string> {
  for (const rule of chain.rules.slice(0, 20)) yield* ruleSpec(rule).comments;
}

function serviceByComment(chain: FirewallChain): string | null {
  for (const comment of commentsOf(chain)) {
    const name = /(?:^|for |to )([a-z0-9][-a-z0-9.]*\/[a-z0-9][-a-z0-9.]*(?::[-a-z0-9]+)?)(?: |$)/.exec(
      comment,
    )?.[1];
    if (name !== undefined) return `Service ${name}`;
  }
  return null;
}
