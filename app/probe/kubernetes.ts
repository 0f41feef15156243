// What we ask the Kubernetes API, through kubectl on a node or by ourselves, and its answers.
// API: Kubernetes API concepts ("Efficient detection of changes", "Retrieving large results sets in chunks").
// `kubectl get --raw` streams a watch as one JSON object a line.
import { z } from 'zod';
import { excerpt } from '../plain-text.ts';
import { jsonOf } from '../json-text.ts';
import { fail, ok, type Result } from '../result.ts';
import type { KubeFacts, KubeKind } from './kube-facts.ts';
import { KUBE_KINDS, kindName, resourceName, type KubeResource } from './kube-kinds.ts';

export interface KubeList<K extends KubeKind = KubeKind> {
  readonly kind: K;
  readonly resourceVersion: string;
  /** Token for the next page; null on the last one. */
  readonly next: string | null;
  readonly facts: readonly KubeFacts[K][];
  /** Objects that are not what this kind's should be. */
  readonly unread: { readonly count: number; readonly first: string | null };
}

export type KubeWatchEvent<K extends KubeKind = KubeKind> =
  | { readonly type: 'upsert'; readonly resourceVersion: string; readonly fact: KubeFacts[K] }
  | { readonly type: 'delete'; readonly resourceVersion: string; readonly fact: KubeFacts[K] }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  /** The version is too old (410): list again. */
  | { readonly type: 'expired' }
  | { readonly type: 'error'; readonly sentence: string };

/** Without this, kubectl leaves a cache of its discovery in the login's home: we leave no file on a node. */
export const KUBECTL = 'kubectl --cache-dir=/dev/null';

/** A page of 500 is what kubectl itself asks for. */
export function listPath(resource: KubeResource, next: string | null): string {
  const { fieldSelector } = resource;
  return [
    `${pathOf(resource)}?limit=500`,
    ...(fieldSelector === undefined ? [] : [`fieldSelector=${encodeURIComponent(fieldSelector)}`]),
    ...(next === null ? [] : [`continue=${encodeURIComponent(next)}`]),
  ].join('&');
}

export function watchPath(resource: KubeResource, resourceVersion: string): string {
  return `${pathOf(resource)}?watch=1&allowWatchBookmarks=1&resourceVersion=${encodeURIComponent(resourceVersion)}`;
}

/** The groups that the API server has, each with its versions. */
export const GROUPS_PATH = '/apis';

/** In front of the path that it asks for. The only character that ends a single-quoted shell word is percent-encoded. */
export function rawCommand(path: string): string {
  return `${KUBECTL} get --raw '${path.replaceAll("'", '%27')}'`;
}

/** All that these have, in one list: a kubectl costs a node some 0.1 s of CPU, nearly all of which is its start. */
export function togetherCommand(resources: readonly KubeResource[]): string {
  return `${KUBECTL} get ${resources.map(resourceName).join(',')} -A -o json`;
}

function pathOf({ groupVersion, plural }: KubeResource): string {
  return `${groupVersion === 'v1' ? '/api' : '/apis'}/${groupVersion}/${plural}`;
}

const groupsSchema = z.object({
  groups: z.array(z.object({ versions: z.array(z.object({ groupVersion: z.string() })) })),
});

/** Group and version of all that is served beside the core; null when that is no answer to `GROUPS_PATH`. */
export function parseKubeGroups(text: string): ReadonlySet<string> | null {
  const read = groupsSchema.safeParse(jsonOf(text));
  if (!read.success) return null;
  return new Set(
    read.data.groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion)),
  );
}

/** Why a list was refused, from what the API server says (apimachinery's StatusReason, as kubectl prints it). */
export function refusalOf(said: string): 'absent' | 'not-permitted' | 'failed' {
  if (/\bNotFound\b|could not find the requested resource/.test(said)) return 'absent';
  return /\bForbidden\b|\bis forbidden\b|\bUnauthorized\b/.test(said) ? 'not-permitted' : 'failed';
}

const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullable(),
});
const statusSchema = z.object({ code: z.number().optional(), message: z.string().optional() });
const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** One page. The failure is a sentence. */
export function parseKubeList<K extends KubeKind>(text: string, kind: K): Result<KubeList<K>, string> {
  const json = jsonOf(text);
  const list = listSchema.safeParse(json);
  if (!list.success) return fail(`The API server's list of ${kindName(kind)} is not one: ${excerpt(text)}`);
  const { factOf } = KUBE_KINDS[kind];
  const facts: KubeFacts[K][] = [];
  let count = 0;
  let first: string | null = null;
  for (const item of list.data.items ?? []) {
    const fact = factOf(item);
    if (fact !== null) facts.push(fact);
    else if (count++ === 0) first = excerpt(JSON.stringify(item));
  }
  const { resourceVersion, continue: next } = list.data.metadata;
  return ok({
    kind,
    resourceVersion,
    next: next === undefined || next === '' ? null : next,
    facts,
    unread: { count, first },
  });
}

/** A kind, and where it was asked for. */
export interface KindPlace {
  readonly kind: KubeKind;
  readonly place: KubeResource;
}

const listedTogetherSchema = z.object({ items: z.array(z.unknown()) });
const typedSchema = z.object({ apiVersion: z.string(), kind: z.string() });

/** The answer to `togetherCommand`, for each kind the list that it would have had alone; null when it holds anything else. */
export function splitTogether(
  text: string,
  asked: readonly KindPlace[],
): ReadonlyMap<KubeKind, string> | null {
  const read = listedTogetherSchema.safeParse(jsonOf(text));
  if (!read.success) return null;
  const typeOf = (apiVersion: string, kind: string | undefined): string => `${apiVersion} ${kind ?? ''}`;
  const items = new Map<string, unknown[]>(
    asked.map(({ kind, place }) => [typeOf(place.groupVersion, KUBE_KINDS[kind].objectKind), []]),
  );
  for (const item of read.data.items) {
    const typed = typedSchema.safeParse(item);
    const known = typed.success ? items.get(typeOf(typed.data.apiVersion, typed.data.kind)) : undefined;
    if (known === undefined) return null;
    known.push(item);
  }
  const pageOf = ({ kind, place }: KindPlace): [KubeKind, string] => {
    const own = items.get(typeOf(place.groupVersion, KUBE_KINDS[kind].objectKind));
    // Lists of many kinds have no version: nothing can be watched from there.
    return [kind, JSON.stringify({ metadata: { resourceVersion: '' }, items: own })];
  };
  return new Map(asked.map(pageOf));
}

export function parseWatchLine<K extends KubeKind>(line: string, kind: K): KubeWatchEvent<K> {
  const name = kindName(kind);
  const event = eventSchema.safeParse(jsonOf(line));
  if (!event.success)
    return { type: 'error', sentence: `The watch on ${name} said something unexpected: ${excerpt(line)}` };
  const { type, object } = event.data;
  if (type === 'ERROR') {
    const status = statusSchema.safeParse(object);
    if (status.data?.code === 410) return { type: 'expired' };
    return {
      type: 'error',
      sentence: `The watch on ${name} ended: ${excerpt(status.data?.message ?? line)}`,
    };
  }
  const version = bookmarkSchema.safeParse(object).data?.metadata.resourceVersion;
  if (type === 'BOOKMARK' && version !== undefined) return { type: 'bookmark', resourceVersion: version };
  const fact = KUBE_KINDS[kind].factOf(object);
  if (fact !== null && version !== undefined) {
    if (type === 'ADDED' || type === 'MODIFIED') return { type: 'upsert', resourceVersion: version, fact };
    if (type === 'DELETED') return { type: 'delete', resourceVersion: version, fact };
  }
  return { type: 'error', sentence: `The watch on ${name} said something unexpected: ${excerpt(line)}` };
}
