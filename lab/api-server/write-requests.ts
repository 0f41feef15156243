// create, replace, patch and delete, as far as the lab and `kubectl apply|delete|annotate|label` need them.
// Two liberties: status may be written through the main endpoint, since the lab has no kubelet to report it, and
// deletion is immediate, since nothing has to shut down first.
import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { fail, ok, type Result } from '../../app/result.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  methodNotAllowed,
  notFound,
  type ApiFailure,
} from './api-status.ts';
import {
  isJsonObject,
  kubeTime,
  textAt,
  valueAt,
  without,
  type Json,
  type JsonObject,
  type KubeObject,
} from './json.ts';
import { apiVersionOf, findResource, resourceId, RESOURCES, type Resource } from './kinds.ts';
import { getObject, listObjects, type ListAnswer } from './read-requests.ts';
import type { ObjectStore } from './store.ts';
import type { Target } from './target.ts';

export interface WriteContext {
  readonly store: ObjectStore;
  readonly now: () => Date;
  /** Answer as if it were done, but change nothing. */
  readonly dryRun: boolean;
  /** Keep uid and creationTimestamp of a created object: the lab knows its Pods' before it tells of them. */
  readonly keepsIdentity: boolean;
}

type Write = Result<KubeObject, ApiFailure>;

/** DNS-1123 subdomain, the rule for names of nearly everything. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function createObject(context: WriteContext, target: Target, body: Json): Write {
  const { resource, namespace } = target;
  const accepted = acceptBody(target, body);
  if (!accepted.ok) return accepted;
  const name = accepted.value.metadata.name;
  if (!NAME.test(name) || name.length > 253) {
    const why = `Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`;
    return fail(invalid(resource, name, 'metadata.name', why));
  }
  const namespaces = findResource('v1', 'namespaces');
  if (resource.namespaced && namespaces !== undefined) {
    if (context.store.get('namespaces', undefined, namespace) === undefined) {
      return fail(notFound(namespaces, namespace));
    }
  }
  if (context.store.get(resourceId(resource), namespace, name) !== undefined) {
    return fail(alreadyExists(resource, name));
  }
  const given = context.keepsIdentity ? accepted.value.metadata : undefined;
  const created = withDefaults(resource, {
    ...accepted.value,
    metadata: {
      ...accepted.value.metadata,
      uid: given?.uid ?? randomUUID(),
      creationTimestamp: given?.creationTimestamp ?? kubeTime(context.now()),
      ...(resource.countsGeneration ? { generation: 1 } : {}),
    },
  });
  return ok(context.dryRun ? created : context.store.put(resourceId(resource), created));
}

export function replaceObject(context: WriteContext, target: Target, name: string, body: Json): Write {
  const found = getObject(context.store, target, name);
  if (!found.ok) return found;
  const accepted = acceptBody(target, body);
  if (!accepted.ok) return accepted;
  if (accepted.value.metadata.name !== name) {
    return fail(
      badRequest(
        `the name of the object (${accepted.value.metadata.name}) does not match the name on the URL (${name})`,
      ),
    );
  }
  return update(context, target, found.value, accepted.value);
}

/** `patch` computes the new object from the present one. */
export function patchObject(
  context: WriteContext,
  target: Target,
  name: string,
  patch: (present: KubeObject) => Json,
): Write {
  const found = getObject(context.store, target, name);
  if (!found.ok) return found;
  const accepted = acceptBody(target, patch(found.value));
  if (!accepted.ok) return accepted;
  return update(context, target, found.value, accepted.value);
}

/** Deletes one object; a namespace takes everything in it along. Returns the object with the revision of its end. */
export function deleteObject(context: WriteContext, target: Target, name: string, options: Json): Write {
  const found = getObject(context.store, target, name);
  if (!found.ok) return found;
  const { uid, resourceVersion } = found.value.metadata;
  const wantedUid = textAt(options, 'preconditions', 'uid');
  if (wantedUid !== '' && wantedUid !== uid) {
    const why = `Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${uid ?? ''}`;
    return fail(conflict(target.resource, name, why));
  }
  const wantedVersion = textAt(options, 'preconditions', 'resourceVersion');
  if (wantedVersion !== '' && wantedVersion !== resourceVersion) {
    return fail(conflict(target.resource, name, 'Precondition failed: the object has been modified'));
  }
  if (context.dryRun) return found;
  if (resourceId(target.resource) === 'namespaces') emptyNamespace(context.store, name);
  return ok(context.store.delete(resourceId(target.resource), found.value));
}

export function deleteCollection(
  context: WriteContext,
  target: Target,
  query: URLSearchParams,
): Result<ListAnswer, ApiFailure> {
  if (resourceId(target.resource) === 'namespaces') return fail(methodNotAllowed('all namespaces at once'));
  const answer = listObjects(context.store, target, query);
  if (!answer.ok || context.dryRun) return answer;
  for (const object of answer.value.items) context.store.delete(resourceId(target.resource), object);
  return answer;
}

function emptyNamespace(store: ObjectStore, namespace: string): void {
  for (const resource of RESOURCES) {
    if (!resource.namespaced) continue;
    for (const object of store.list(resourceId(resource))) {
      if (object.metadata.namespace === namespace) store.delete(resourceId(resource), object);
    }
  }
}

/** Checks a body against the path it was sent to, and completes its name, namespace, kind and version. */
function acceptBody(target: Target, body: Json): Write {
  const { resource, namespace } = target;
  if (!isJsonObject(body)) return fail(badRequest('the body must be a JSON object'));
  const apiVersion = apiVersionOf(resource);
  const given = {
    apiVersion: textAt(body, 'apiVersion') || apiVersion,
    kind: textAt(body, 'kind') || resource.kind,
  };
  if (given.apiVersion !== apiVersion || given.kind !== resource.kind) {
    return fail(
      badRequest(
        `${given.apiVersion}, Kind=${given.kind} cannot be handled as ${apiVersion}, Kind=${resource.kind}`,
      ),
    );
  }
  const metadata = valueAt(body, 'metadata');
  if (!isJsonObject(metadata)) return fail(invalid(resource, '', 'metadata', 'Required value'));
  const prefix = textAt(metadata, 'generateName');
  const name =
    textAt(metadata, 'name') || (prefix === '' ? '' : prefix + randomBytes(3).toString('hex').slice(0, 5));
  if (name === '') {
    return fail(invalid(resource, '', 'metadata.name', 'Required value: name or generateName is required'));
  }
  const givenNamespace = textAt(metadata, 'namespace');
  if (resource.namespaced && givenNamespace !== '' && givenNamespace !== namespace) {
    return fail(
      badRequest('the namespace of the provided object does not match the namespace sent on the request'),
    );
  }
  if (resource.namespaced && namespace === '') {
    return fail(
      badRequest('an object of this kind is created in a namespace: use the path of its namespace'),
    );
  }
  const unscoped = without(metadata, 'namespace');
  return ok({
    ...body,
    ...given,
    metadata: { ...unscoped, name, ...(resource.namespaced ? { namespace } : {}) },
  });
}

function update(context: WriteContext, target: Target, present: KubeObject, wanted: KubeObject): Write {
  const { resource, subresource } = target;
  const { name, namespace, uid, creationTimestamp, generation, resourceVersion } = present.metadata;
  const expected = wanted.metadata.resourceVersion;
  if (expected !== undefined && expected !== '' && expected !== resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    return fail(conflict(resource, name, why));
  }
  if (wanted.metadata.uid !== undefined && wanted.metadata.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${wanted.metadata.uid}, UID in object meta: ${uid ?? ''}`;
    return fail(conflict(resource, name, why));
  }
  const base: KubeObject = subresource === 'status' ? { ...present, ...pick(wanted, 'status') } : wanted;
  const kept: JsonObject = resource.hasStatus && base['status'] === undefined ? pick(present, 'status') : {};
  const merged: KubeObject = {
    ...base,
    ...kept,
    metadata: {
      ...base.metadata,
      ...defined({ name, namespace, uid, creationTimestamp, generation, resourceVersion }),
      name,
    },
  };
  if (isDeepStrictEqual(merged, present)) return ok(present);
  const next = resource.countsGeneration && bodyChanged(merged, present) ? nextGeneration(merged) : merged;
  return ok(context.dryRun ? next : context.store.put(resourceId(resource), next));
}

function nextGeneration(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 } };
}

/** Whether more than metadata and status differ: that is what `generation` counts. */
function bodyChanged(a: KubeObject, b: KubeObject): boolean {
  const body = (object: JsonObject): JsonObject => without(object, 'metadata', 'status');
  return !isDeepStrictEqual(body(a), body(b));
}

function pick(object: JsonObject, field: string): JsonObject {
  return object[field] === undefined ? {} : { [field]: object[field] };
}

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What the real server fills in on creation, as far as kubectl shows it. */
function withDefaults(resource: Resource, object: KubeObject): KubeObject {
  switch (resourceId(resource)) {
    case 'namespaces': {
      const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
      const metadata = { ...object.metadata, labels };
      return { ...object, metadata, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    }
    case 'pods':
      return textAt(object, 'status', 'phase') === ''
        ? { ...object, status: { phase: 'Pending', qosClass: 'BestEffort' } }
        : object;
    case 'services': {
      const spec = valueAt(object, 'spec');
      return isJsonObject(spec) && spec['type'] === undefined
        ? { ...object, spec: { ...spec, type: 'ClusterIP' } }
        : object;
    }
    default:
      return object;
  }
}
