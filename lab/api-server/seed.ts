// What exists in every cluster before anybody creates anything: four namespaces, and the CRDs behind Calico's kinds.
import { randomUUID } from 'node:crypto';
import { kubeTime, type JsonObject, type KubeObject } from './json.ts';
import { CALICO_GROUP, resourceId, RESOURCES, type Resource } from './kinds.ts';
import type { ObjectStore } from './store.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

export function seed(store: ObjectStore, now: Date): void {
  for (const name of NAMESPACES) {
    if (store.get('namespaces', undefined, name) === undefined) {
      store.put('namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, ...identity(now), labels: { 'kubernetes.io/metadata.name': name } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
    }
  }
  for (const resource of RESOURCES) {
    if (resource.group !== CALICO_GROUP || store.get(CRDS, undefined, resourceId(resource)) !== undefined)
      continue;
    store.put(CRDS, definitionOf(resource, now));
  }
}

function identity(now: Date): { uid: string; creationTimestamp: string } {
  return { uid: randomUUID(), creationTimestamp: kubeTime(now) };
}

function definitionOf(resource: Resource, now: Date): KubeObject {
  const { group, plural, singular, kind, version } = resource;
  const names = { plural, singular, kind, listKind: `${kind}List` };
  const schema: JsonObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const condition = (type: string, reason: string): JsonObject => {
    return { type, status: 'True', reason, message: '', lastTransitionTime: kubeTime(now) };
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: resourceId(resource), ...identity(now), generation: 1 },
    spec: {
      group,
      names,
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      conversion: { strategy: 'None' },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
    status: {
      acceptedNames: names,
      conditions: [
        condition('NamesAccepted', 'NoConflicts'),
        condition('Established', 'InitialNamesAccepted'),
      ],
      storedVersions: [version],
    },
  };
}
