// What kubectl asks before it asks anything else: groups, versions and resources, in both forms.
// Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api (aggregated and unaggregated).
import type { JsonObject } from './json.ts';
import { apiVersionOf, RESOURCES, type Resource } from './kinds.ts';

const READ_VERBS = ['get', 'list', 'watch'];
const ALL_VERBS = ['create', 'delete', 'deletecollection', ...READ_VERBS, 'patch', 'update'];
const STATUS_VERBS = ['get', 'patch', 'update'];

function verbsOf(resource: Resource): readonly string[] {
  return resource.readOnly ? READ_VERBS : ALL_VERBS;
}

const groups = [...new Set(RESOURCES.map((row) => row.group))].filter((group) => group !== '');

/** GET /api */
export function coreVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** GET /apis */
export function groupList(): JsonObject {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupEntry) };
}

/** GET /apis/GROUP; null for a group that is not served. */
export function groupObject(group: string): JsonObject | null {
  return groups.includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) } : null;
}

function groupEntry(group: string): JsonObject {
  const version = { groupVersion: `${group}/v1`, version: 'v1' };
  return { name: group, versions: [version], preferredVersion: version };
}

/** GET /api/v1 and /apis/GROUP/VERSION; null for one that is not served. */
export function resourceList(apiVersion: string): JsonObject | null {
  const rows = RESOURCES.filter((row) => apiVersionOf(row) === apiVersion);
  if (rows.length === 0) return null;
  const resources = rows.flatMap((row) => {
    const common = { namespaced: row.namespaced, kind: row.kind };
    const main = {
      name: row.plural,
      singularName: row.singular,
      ...common,
      verbs: verbsOf(row),
      ...(row.shortNames.length === 0 ? {} : { shortNames: row.shortNames }),
      ...(row.categories.length === 0 ? {} : { categories: row.categories }),
    };
    const status = { name: `${row.plural}/status`, singularName: '', ...common, verbs: STATUS_VERBS };
    return row.hasStatus && !row.readOnly ? [main, status] : [main];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion, resources };
}

/** GET /api (`core`) and /apis in the aggregated form, for `version` v2 or v2beta1 of apidiscovery.k8s.io. */
export function aggregatedDiscovery(scope: 'core' | 'groups', version: string): JsonObject {
  const items = (scope === 'core' ? [''] : groups).map((group) => ({
    metadata: group === '' ? {} : { name: group },
    versions: [
      {
        version: 'v1',
        freshness: 'Current',
        resources: RESOURCES.filter((row) => row.group === group).map(aggregated),
      },
    ],
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function aggregated(row: Resource): JsonObject {
  const responseKind = { group: row.group, version: row.version, kind: row.kind };
  const status = { subresource: 'status', responseKind, verbs: STATUS_VERBS };
  return {
    resource: row.plural,
    responseKind,
    scope: row.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: row.singular,
    verbs: verbsOf(row),
    ...(row.shortNames.length === 0 ? {} : { shortNames: row.shortNames }),
    ...(row.categories.length === 0 ? {} : { categories: row.categories }),
    ...(row.hasStatus && !row.readOnly ? { subresources: [status] } : {}),
  };
}

/** GET /version: the Kubernetes version whose behaviour this server follows. */
export const SERVER_VERSION = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.4',
  gitCommit: '59526cd4867447956156ae3a602fcbac10a2c335',
  gitTreeState: 'clean',
  buildDate: '2025-04-22T15:58:25Z',
  goVersion: 'go1.23.6',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;
