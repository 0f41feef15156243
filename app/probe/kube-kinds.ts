// The kinds that we ask for: where the API serves them, how one is read, and how it is followed. One row is one kind.
import {
  bgpConfigurationFact,
  bgpPeerFact,
  blockAffinityFact,
  calicoPolicyFact,
  felixConfigurationFact,
  ipamBlockFact,
  ipPoolFact,
  workloadEndpointFact,
} from './kube-calico.ts';
import { ciliumEndpointFact, ciliumNodeFact } from './kube-cilium.ts';
import { kubeEventFact } from './kube-events.ts';
import { endpointSliceFact, networkPolicyFact, nodeFact, podFact, serviceFact } from './kube-core.ts';
import type { KubeFacts, KubeKind } from './kube-facts.ts';

/** Where the API serves a kind. */
export interface KubeResource {
  /** `v1` for Kubernetes' core, else group and version, such as `discovery.k8s.io/v1`. */
  readonly groupVersion: string;
  readonly plural: string;
  /** Of those only; left out: all. */
  readonly fieldSelector?: string;
}

export interface KubeKindRow<F> {
  /** The best first. */
  readonly resources: readonly KubeResource[];
  /**
   * What an object of it is called (`kind`), by which it is told from others in one list. Left out: it is listed by itself, page by page, as what
   * there is more of with more Pods.
   */
  readonly objectKind?: string;
  /** Null for an object that is none of this kind. */
  readonly factOf: (object: unknown) => F | null;
  /** Under which it stands in the inventory. */
  readonly keyOf: (fact: F) => string;
  /**
   * A watch is a kubectl that stays on the node (about 40 MB): for what changes while Pods come and go. The others
   * are settings and policies, which are listed again.
   */
  readonly follow: 'watch' | 'list-again';
  /** Of a list that may be very long: what follows these pages is left out, and said. Left out: all are read. */
  readonly mostPages?: number;
}

const calicoV1 = 'crd.projectcalico.org/v1';
const calicoV3 = 'projectcalico.org/v3';

const at = (groupVersion: string, plural: string): KubeResource => ({ groupVersion, plural });
/** The CRD is what Calico itself reads; its API server, where there is one, serves the same as v3. */
const calico = (plural: string): KubeResource[] => [at(calicoV1, plural), at(calicoV3, plural)];
const byName = ({ name }: { readonly name: string }): string => name;
const inNamespace = (fact: { readonly namespace: string | null; readonly name: string }): string =>
  `${fact.namespace ?? ''}/${fact.name}`;

export const KUBE_KINDS: { readonly [K in KubeKind]: KubeKindRow<KubeFacts[K]> } = {
  nodes: { resources: [at('v1', 'nodes')], factOf: nodeFact, keyOf: byName, follow: 'watch' },
  pods: { resources: [at('v1', 'pods')], factOf: podFact, keyOf: ({ uid }) => uid, follow: 'watch' },
  services: { resources: [at('v1', 'services')], factOf: serviceFact, keyOf: inNamespace, follow: 'watch' },
  endpointSlices: {
    resources: [
      at('discovery.k8s.io/v1', 'endpointslices'),
      at('discovery.k8s.io/v1beta1', 'endpointslices'),
    ],
    factOf: endpointSliceFact,
    keyOf: inNamespace,
    follow: 'watch',
  },
  networkPolicies: {
    resources: [at('networking.k8s.io/v1', 'networkpolicies')],
    objectKind: 'NetworkPolicy',
    factOf: networkPolicyFact,
    keyOf: inNamespace,
    follow: 'list-again',
  },
  // What is normal is most of them, and tells nothing that the other kinds do not. They are forgotten after an hour.
  events: {
    resources: [{ ...at('v1', 'events'), fieldSelector: 'type!=Normal' }],
    factOf: kubeEventFact,
    keyOf: inNamespace,
    follow: 'list-again',
    mostPages: 4,
  },
  'calico.pools': {
    resources: calico('ippools'),
    objectKind: 'IPPool',
    factOf: ipPoolFact,
    keyOf: byName,
    follow: 'list-again',
  },
  'calico.blocks': {
    resources: [at(calicoV1, 'ipamblocks')],
    factOf: ipamBlockFact,
    keyOf: byName,
    follow: 'list-again',
  },
  'calico.affinities': {
    resources: calico('blockaffinities'),
    objectKind: 'BlockAffinity',
    factOf: blockAffinityFact,
    keyOf: byName,
    follow: 'list-again',
  },
  'calico.bgpPeers': {
    resources: calico('bgppeers'),
    objectKind: 'BGPPeer',
    factOf: bgpPeerFact,
    keyOf: byName,
    follow: 'list-again',
  },
  'calico.bgpConfigurations': {
    resources: calico('bgpconfigurations'),
    objectKind: 'BGPConfiguration',
    factOf: bgpConfigurationFact,
    keyOf: byName,
    follow: 'list-again',
  },
  'calico.felixConfigurations': {
    resources: calico('felixconfigurations'),
    objectKind: 'FelixConfiguration',
    factOf: felixConfigurationFact,
    keyOf: byName,
    follow: 'list-again',
  },
  'calico.globalNetworkPolicies': {
    resources: calico('globalnetworkpolicies'),
    objectKind: 'GlobalNetworkPolicy',
    factOf: calicoPolicyFact,
    keyOf: byName,
    follow: 'list-again',
  },
  'calico.networkPolicies': {
    resources: calico('networkpolicies'),
    objectKind: 'NetworkPolicy',
    factOf: calicoPolicyFact,
    keyOf: inNamespace,
    follow: 'list-again',
  },
  // Where Calico keeps its data in Kubernetes, Pods are its workload endpoints: nearly nobody has the resource.
  'calico.workloadEndpoints': {
    resources: calico('workloadendpoints'),
    factOf: workloadEndpointFact,
    keyOf: inNamespace,
    follow: 'list-again',
  },
  'cilium.nodes': {
    resources: [at('cilium.io/v2', 'ciliumnodes')],
    objectKind: 'CiliumNode',
    factOf: ciliumNodeFact,
    keyOf: byName,
    follow: 'list-again',
  },
  'cilium.endpoints': {
    resources: [at('cilium.io/v2', 'ciliumendpoints')],
    factOf: ciliumEndpointFact,
    keyOf: inNamespace,
    follow: 'list-again',
  },
};

// The table has one row for every kind, and no other.
export const ALL_KUBE_KINDS = Object.keys(KUBE_KINDS) as readonly KubeKind[];

/** Without these two the topology has no names: they are read first. */
export const NAMING_KINDS = ['nodes', 'pods'] as const satisfies readonly KubeKind[];

/** As kubectl's argument names it: `ippools.v1.crd.projectcalico.org`. */
export function resourceName({ groupVersion, plural }: KubeResource): string {
  const [group = '', version] = groupVersion.split('/');
  return version === undefined ? plural : `${plural}.${version}.${group}`;
}

/** As an error of the API server and an operator call it: `ippools.crd.projectcalico.org`. */
export function kindName(kind: KubeKind): string {
  const [{ groupVersion, plural } = { groupVersion: 'v1', plural: kind }] = KUBE_KINDS[kind].resources;
  const [group, version] = groupVersion.split('/');
  return version === undefined ? plural : `${plural}.${group ?? ''}`;
}
