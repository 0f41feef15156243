// A request on a resource: verb, subresource and form of the answer, by the table in
// https://kubernetes.io/docs/reference/using-api/api-concepts/#api-verbs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assertNever, fail, ok, type Result } from '../../app/result.ts';
import {
  badRequest,
  methodNotAllowed,
  noSuchPath,
  notAcceptable,
  notImplemented,
  tooLargeRevision,
  tooManyWatchers,
  type ApiFailure,
} from './api-status.ts';
import { isJsonObject, listAt, type Json, type JsonObject, type KubeObject } from './json.ts';
import { bodyFormat, type BodyFormat } from './body-format.ts';
import { pathOf, type Resource } from './kinds.ts';
import { listForm, type ListForm } from './negotiate.ts';
import { mergePatch, strategicMergePatch } from './patch.ts';
import { getObject, listObject, listObjects, parseRevision, parseSelection } from './read-requests.ts';
import { readBody, sendFailure, sendJson } from './respond.ts';
import type { ObjectStore } from './store.ts';
import { tableOf, type IncludeObject } from './table.ts';
import type { Target } from './target.ts';
import type { WatchHub } from './watch.ts';
import {
  createObject,
  deleteCollection,
  deleteObject,
  patchObject,
  replaceObject,
  type WriteContext,
} from './write-requests.ts';

export interface Services {
  readonly store: ObjectStore;
  readonly watches: WatchHub;
  readonly now: () => Date;
}

/** The real server ends a watch after 30 to 60 minutes when the client names no time. */
const WATCH_SECONDS = 3600;

type Answer = Result<{ code: number; body: Json }, ApiFailure>;

export async function handleResource(
  services: Services,
  target: Target,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? '';
  const refusal = refuse(target, method);
  if (refusal !== null) {
    sendFailure(response, refusal);
    return;
  }
  if (method === 'GET') {
    const form = listForm(request.headers.accept);
    if (form === null) sendFailure(response, notAcceptable());
    else if (isTrue(query.get('watch'))) startWatch(services, target, query, form, response);
    else finish(response, read(services, target, query, form));
    return;
  }
  const format = bodyFormat(target.resource, method, request.headers['content-type']);
  if (!format.ok) {
    sendFailure(response, format.failure);
    return;
  }
  const body = await readBody(request);
  if (!body.ok) sendFailure(response, body.failure);
  else finish(response, write(services, target, query, method, format.value, body.value));
}

function finish(response: ServerResponse, answer: Answer): void {
  if (answer.ok) sendJson(response, answer.value.code, answer.value.body);
  else sendFailure(response, answer.failure);
}

/** Why this method has no meaning here; null when it has one. */
function refuse(target: Target, method: string): ApiFailure | null {
  const { resource, namespace, name, subresource } = target;
  const path = pathOf(resource, namespace, name ?? undefined);
  if (subresource !== null && subresource !== 'status') {
    const known = [
      'exec',
      'attach',
      'portforward',
      'log',
      'proxy',
      'eviction',
      'binding',
      'ephemeralcontainers',
    ];
    return known.includes(subresource) ? notImplemented(`${subresource} of ${path}`) : noSuchPath();
  }
  if (subresource === 'status' && !resource.hasStatus) return noSuchPath();
  const methods = name === null ? ['GET', 'POST', 'DELETE'] : ['GET', 'PUT', 'PATCH', 'DELETE'];
  const allowed = resource.readOnly ? ['GET'] : methods;
  if (!allowed.includes(method) || (subresource === 'status' && method === 'DELETE'))
    return methodNotAllowed(path);
  return null;
}

function isTrue(value: string | null): boolean {
  return value === '1' || value === 'true';
}

function includeObject(query: URLSearchParams): IncludeObject {
  const wanted = query.get('includeObject');
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
}

function read(services: Services, target: Target, query: URLSearchParams, form: ListForm): Answer {
  const now = services.now();
  const include = includeObject(query);
  if (target.name !== null) {
    const found = getObject(services.store, target, target.name);
    if (!found.ok) return found;
    const meta = { resourceVersion: found.value.metadata.resourceVersion };
    const body =
      form === 'json'
        ? found.value
        : tableOf(target.resource, [found.value], meta, { ...form, include }, now);
    return ok({ code: 200, body });
  }
  const listed = listObjects(services.store, target, query);
  if (!listed.ok) return listed;
  const { items, meta } = listed.value;
  const body =
    form === 'json'
      ? listObject(target, listed.value)
      : tableOf(target.resource, items, meta, { ...form, include }, now);
  return ok({ code: 200, body });
}

function startWatch(
  services: Services,
  target: Target,
  query: URLSearchParams,
  form: ListForm,
  response: ServerResponse,
): void {
  const selection = parseSelection(target, query);
  const since = parseRevision(query.get('resourceVersion'));
  const seconds = query.get('timeoutSeconds') ?? '';
  const { store, watches } = services;
  if (!selection.ok) sendFailure(response, selection.failure);
  else if (!since.ok) sendFailure(response, since.failure);
  // One from before this server lost its state: a watch that waited for it would hang without a word.
  else if (since.value !== null && since.value > store.revision)
    sendFailure(response, tooLargeRevision(since.value, store.revision));
  else if (!/^\d{0,6}$/.test(seconds))
    sendFailure(response, badRequest('timeoutSeconds is not a number of seconds'));
  else if (!watches.hasRoom) sendFailure(response, tooManyWatchers(watches.limits.watchers));
  else {
    const include = includeObject(query);
    const encode = (objects: readonly KubeObject[], resourceVersion: string): Json =>
      form === 'json'
        ? (objects[0] ?? null)
        : tableOf(target.resource, objects, { resourceVersion }, { ...form, include }, services.now());
    const sendsInitial = isTrue(query.get('sendInitialEvents'));
    watches.open(
      {
        resource: target.resource,
        selects: selection.value,
        since: sendsInitial || since.value === 0 ? null : since.value,
        bookmarks: isTrue(query.get('allowWatchBookmarks')),
        marksInitialEnd: sendsInitial,
        timeoutMs: (Number(seconds) || WATCH_SECONDS) * 1000,
        encode,
      },
      response,
    );
  }
}

function write(
  services: Services,
  target: Target,
  query: URLSearchParams,
  method: string,
  format: BodyFormat,
  body: Json,
): Answer {
  const context: WriteContext = {
    store: services.store,
    now: services.now,
    // DELETE carries its options in the body, the other verbs in the query.
    dryRun: query.get('dryRun') === 'All' || (method === 'DELETE' && listAt(body, 'dryRun').includes('All')),
    keepsIdentity: isTrue(query.get('keepIdentity')),
  };
  const { name, resource } = target;
  if (method === 'PATCH' && name !== null) {
    if (!isJsonObject(body)) return fail(badRequest('a patch must be a JSON object'));
    return answered(
      200,
      patchObject(context, target, name, (present) => patched(present, format, body)),
    );
  }
  if (name === null) {
    if (method === 'POST') return answered(201, createObject(context, target, body));
    const deleted = deleteCollection(context, target, query);
    return deleted.ok ? ok({ code: 200, body: listObject(target, deleted.value) }) : deleted;
  }
  if (method === 'PUT') return answered(200, replaceObject(context, target, name, body));
  const deleted = deleteObject(context, target, name, body);
  return deleted.ok ? ok({ code: 200, body: deletedStatus(resource, deleted.value) }) : deleted;
}

function answered(code: number, result: Result<KubeObject, ApiFailure>): Answer {
  return result.ok ? ok({ code, body: result.value }) : result;
}

function deletedStatus(resource: Resource, object: KubeObject): Json {
  const { name, uid } = object.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name, ...group, kind: resource.plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function patched(present: KubeObject, format: BodyFormat, patch: JsonObject): Json {
  switch (format) {
    case 'merge-patch':
      return mergePatch(present, patch);
    case 'strategic-merge-patch':
      return strategicMergePatch(present, patch, present.kind);
    case 'object':
      return patch;
    default:
      return assertNever(format);
  }
}
