// What a request path under /api or /apis means.
// Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
import { findResource, type Resource } from './kinds.ts';

export interface Target {
  readonly resource: Resource;
  /** '' for all namespaces and for cluster scope. */
  readonly namespace: string;
  /** null means the collection. */
  readonly name: string | null;
  readonly subresource: string | null;
}

/** null when no served resource has this path. `segments` are decoded. */
export function parseTarget(segments: readonly string[]): Target | null {
  const [root, ...rest] = segments;
  let apiVersion = '';
  let path: readonly string[] = [];
  if (root === 'api') {
    apiVersion = rest[0] ?? '';
    path = rest.slice(1);
  } else if (root === 'apis') {
    apiVersion = rest.slice(0, 2).join('/');
    path = rest.slice(2);
  }
  const inNamespace = namespacedTarget(apiVersion, path);
  if (inNamespace !== null) return inNamespace;
  const [plural = '', name = null, subresource = null, ...extra] = path;
  const resource = findResource(apiVersion, plural);
  if (resource === undefined || extra.length > 0) return null;
  // A namespaced object has no path outside its namespace; only the collection has one.
  if (resource.namespaced && name !== null) return null;
  return { resource, namespace: '', name, subresource };
}

function namespacedTarget(apiVersion: string, path: readonly string[]): Target | null {
  const [scope, namespace, plural, name = null, subresource = null] = path;
  if (scope !== 'namespaces' || namespace === undefined || plural === undefined) return null;
  const resource = findResource(apiVersion, plural);
  if (resource?.namespaced !== true) return null;
  // exec, portforward and proxy take further segments; nothing else does.
  if (path.length > 5 && subresource !== 'proxy') return null;
  return { resource, namespace, name, subresource };
}
