// The kinds that the lab's API server knows. One row is one resource: names, scope and short names are those of
// Kubernetes 1.32 (`kubectl api-resources`) and of Calico's CRDs (manifests/crds.yaml).

export interface Resource {
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly hasStatus: boolean;
  /** Kubernetes counts `metadata.generation` for some kinds only. */
  readonly countsGeneration: boolean;
  /** The CRD objects mirror this table, so nobody may change them. */
  readonly readOnly: boolean;
  /** Fields that a fieldSelector may name besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
}

interface Traits {
  readonly plural?: string;
  readonly namespaced?: boolean;
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly status?: boolean;
  readonly generation?: boolean;
  readonly readOnly?: boolean;
  readonly fields?: readonly string[];
}

function resource(group: string, kind: string, traits: Traits): Resource {
  const singular = kind.toLowerCase();
  return {
    group,
    version: 'v1',
    plural: traits.plural ?? `${singular}s`,
    singular,
    kind,
    namespaced: traits.namespaced ?? false,
    shortNames: traits.short ?? [],
    categories: traits.categories ?? [],
    hasStatus: traits.status ?? false,
    countsGeneration: traits.generation ?? false,
    readOnly: traits.readOnly ?? false,
    selectableFields: traits.fields ?? [],
  };
}

export const CALICO_GROUP = 'crd.projectcalico.org';

const podFields = ['spec.nodeName', 'status.phase', 'status.podIP', 'spec.restartPolicy'];
const eventFields = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.fieldPath',
  'reason',
  'type',
];

function calico(kind: string, traits: Traits = {}): Resource {
  return resource(CALICO_GROUP, kind, { generation: true, ...traits });
}

/** Groups in the order in which kubectl prefers them: `kubectl get networkpolicies` means Kubernetes' own. */
export const RESOURCES: readonly Resource[] = [
  resource('', 'ConfigMap', { namespaced: true, short: ['cm'] }),
  resource('', 'Endpoints', { plural: 'endpoints', namespaced: true, short: ['ep'] }),
  resource('', 'Event', { namespaced: true, short: ['ev'], fields: eventFields }),
  resource('', 'Namespace', { short: ['ns'], status: true, fields: ['status.phase'] }),
  resource('', 'Node', { short: ['no'], status: true, fields: ['spec.unschedulable'] }),
  resource('', 'Pod', {
    namespaced: true,
    short: ['po'],
    categories: ['all'],
    status: true,
    fields: podFields,
  }),
  resource('', 'Service', { namespaced: true, short: ['svc'], categories: ['all'], status: true }),
  resource('networking.k8s.io', 'NetworkPolicy', {
    plural: 'networkpolicies',
    namespaced: true,
    short: ['netpol'],
    generation: true,
  }),
  resource('apiextensions.k8s.io', 'CustomResourceDefinition', {
    short: ['crd', 'crds'],
    categories: ['api-extensions'],
    status: true,
    generation: true,
    readOnly: true,
  }),
  resource('discovery.k8s.io', 'EndpointSlice', { namespaced: true, generation: true }),
  calico('BGPConfiguration'),
  calico('BGPPeer'),
  calico('BlockAffinity', { plural: 'blockaffinities' }),
  calico('ClusterInformation'),
  calico('FelixConfiguration'),
  calico('GlobalNetworkPolicy', { plural: 'globalnetworkpolicies' }),
  calico('IPAMBlock'),
  calico('IPAMHandle'),
  calico('IPPool'),
  calico('NetworkPolicy', { plural: 'networkpolicies', namespaced: true }),
];

/** The `apiVersion` of a resource's objects. */
export function apiVersionOf(of: Pick<Resource, 'group' | 'version'>): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`;
}

/** The key of a resource in the store and in the state file. */
export function resourceId(of: Pick<Resource, 'group' | 'plural'>): string {
  return of.group === '' ? of.plural : `${of.plural}.${of.group}`;
}

export function findResource(apiVersion: string, plural: string): Resource | undefined {
  return RESOURCES.find((row) => row.plural === plural && apiVersionOf(row) === apiVersion);
}

export function findKind(apiVersion: string, kind: string): Resource | undefined {
  return RESOURCES.find((row) => row.kind === kind && apiVersionOf(row) === apiVersion);
}

/** The collection's path, or with `name` the object's; `namespace` '' means all namespaces or cluster scope. */
export function pathOf(of: Resource, namespace: string, name?: string): string {
  const base = of.group === '' ? `/api/${of.version}` : `/apis/${of.group}/${of.version}`;
  const scope = of.namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${base}${scope}/${of.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
