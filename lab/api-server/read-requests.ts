// get and list, with the meaning of resourceVersion, limit and continue.
// Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ (resource versions, chunked lists).
import { fail, ok, type Result } from '../../app/result.ts';
import { badRequest, expired, notFound, tooLargeRevision, type ApiFailure } from './api-status.ts';
import { numberAt, textAt, type Json, type JsonObject, type KubeObject } from './json.ts';
import { apiVersionOf, resourceId } from './kinds.ts';
import { parseFieldSelector, parseLabelSelector, type Selects } from './selector.ts';
import { objectKey, type ObjectStore } from './store.ts';
import type { Target } from './target.ts';

export interface ListAnswer {
  readonly items: readonly KubeObject[];
  readonly meta: JsonObject;
}

export function getObject(store: ObjectStore, target: Target, name: string): Result<KubeObject, ApiFailure> {
  const found = store.get(resourceId(target.resource), target.namespace, name);
  return found === undefined ? fail(notFound(target.resource, name)) : ok(found);
}

/** The namespace, the name and both selectors of a list or watch, as one predicate. */
export function parseSelection(target: Target, query: URLSearchParams): Result<Selects, ApiFailure> {
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', target.resource);
  if (!fields.ok) return fields;
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  if (!labels.ok) return labels;
  const { namespace, name } = target;
  return ok(
    (object) =>
      (namespace === '' || object.metadata.namespace === namespace) &&
      (name === null || object.metadata.name === name) &&
      fields.value(object) &&
      labels.value(object),
  );
}

/** A resourceVersion in a query: null when absent. */
export function parseRevision(text: string | null): Result<number | null, ApiFailure> {
  if (text === null || text === '') return ok(null);
  if (!/^\d{1,15}$/.test(text)) return fail(badRequest(`invalid resource version "${text}": not a number`));
  return ok(Number(text));
}

interface Page {
  readonly revision: number;
  /** Key of the last object already answered. */
  readonly after: string;
}

export function listObjects(
  store: ObjectStore,
  target: Target,
  query: URLSearchParams,
): Result<ListAnswer, ApiFailure> {
  const selection = parseSelection(target, query);
  if (!selection.ok) return selection;
  const page = pageOf(store, query);
  if (!page.ok) return page;
  const limit = parseLimit(query.get('limit'));
  if (!limit.ok) return limit;
  const { revision, after } = page.value;
  const collection = store.listAt(resourceId(target.resource), revision);
  if (collection === null) return fail(tooOld(query));
  const matching = collection.filter(selection.value);
  const rest = after === '' ? matching : matching.filter((object) => keyOf(object) > after);
  const items = limit.value === 0 ? rest : rest.slice(0, limit.value);
  const left = rest.length - items.length;
  const last = items.at(-1);
  const selected = query.has('fieldSelector') || query.has('labelSelector');
  const meta = {
    resourceVersion: String(revision),
    ...(left > 0 && last !== undefined ? { continue: encodePage({ revision, after: keyOf(last) }) } : {}),
    // With a selector the real server does not count what is left, so neither does this one.
    ...(left > 0 && !selected ? { remainingItemCount: left } : {}),
  };
  return ok({ items, meta });
}

function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

export function listObject(target: Target, answer: ListAnswer): JsonObject {
  const { kind } = target.resource;
  const apiVersion = apiVersionOf(target.resource);
  return { kind: `${kind}List`, apiVersion, metadata: answer.meta, items: answer.items };
}

function pageOf(store: ObjectStore, query: URLSearchParams): Result<Page, ApiFailure> {
  const token = query.get('continue') ?? '';
  if (token !== '') {
    const page = decodePage(token);
    return page === null ? fail(badRequest('continue key is not valid')) : ok(page);
  }
  const asked = parseRevision(query.get('resourceVersion'));
  if (!asked.ok) return asked;
  if (asked.value !== null && asked.value > store.revision) {
    return fail(tooLargeRevision(asked.value, store.revision));
  }
  const exact = query.get('resourceVersionMatch') === 'Exact';
  return ok({ revision: (exact ? asked.value : null) ?? store.revision, after: '' });
}

function tooOld(query: URLSearchParams): ApiFailure {
  return query.has('continue')
    ? expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      )
    : expired('The resourceVersion for the provided list is too old.');
}

function parseLimit(text: string | null): Result<number, ApiFailure> {
  if (text === null || text === '') return ok(0);
  if (!/^\d{1,9}$/.test(text)) return fail(badRequest(`limit "${text}" is not a number`));
  return ok(Number(text));
}

function encodePage(page: Page): string {
  const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv: page.revision, start: page.after });
  return Buffer.from(text).toString('base64url');
}

function decodePage(token: string): Page | null {
  try {
    const page = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Json;
    const revision = numberAt(page, 'rv');
    return Number.isInteger(revision) && revision > 0 ? { revision, after: textAt(page, 'start') } : null;
  } catch {
    return null;
  }
}
