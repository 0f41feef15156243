// What we ask the Kubernetes API, through kubectl on a node, and its answers in the few fields we use.
// API: Kubernetes API concepts ("Efficient detection of changes", "Retrieving large results sets in chunks").
// `kubectl get --raw` streams a watch as one JSON object a line.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';

export type KubeKind = 'pods' | 'nodes';

export interface PodFact {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string | null;
  readonly ips: readonly string[];
  readonly phase: string | null;
  readonly ready: { readonly containers: number; readonly ready: number };
  readonly hostNetwork: boolean;
  /** It has been asked to end. */
  readonly terminating: boolean;
  /** Seconds since the epoch, by the API server's clock. */
  readonly createdAt: number | null;
}

export interface KubeNodeFact {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly bootId: string | null;
}

export type KubeFact =
  { readonly kind: 'pods'; readonly pod: PodFact } | { readonly kind: 'nodes'; readonly node: KubeNodeFact };

export interface KubeList {
  readonly kind: KubeKind;
  readonly resourceVersion: string;
  /** Token for the next page; null on the last one. */
  readonly next: string | null;
  readonly pods: readonly PodFact[];
  readonly nodes: readonly KubeNodeFact[];
}

export type KubeWatchEvent =
  | { readonly type: 'upsert'; readonly resourceVersion: string; readonly fact: KubeFact }
  | { readonly type: 'delete'; readonly resourceVersion: string; readonly fact: KubeFact }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  /** The version is too old (410): list again. */
  | { readonly type: 'expired' }
  | { readonly type: 'error'; readonly sentence: string };

/** Without this, kubectl leaves a cache of its discovery in the login's home: we leave no file on a node. */
export const KUBECTL = 'kubectl --cache-dir=/dev/null';

/** A page of 500 is what kubectl itself asks for. */
export function listCommand(kind: KubeKind, next: string | null): string {
  return raw(`/api/v1/${kind}?limit=500${next === null ? '' : `&continue=${encodeURIComponent(next)}`}`);
}

export function watchCommand(kind: KubeKind, resourceVersion: string): string {
  return raw(
    `/api/v1/${kind}?watch=1&allowWatchBookmarks=1&resourceVersion=${encodeURIComponent(resourceVersion)}`,
  );
}

/** The only character that ends a single-quoted shell word is percent-encoded. */
function raw(path: string): string {
  return `${KUBECTL} get --raw '${path.replaceAll("'", '%27')}'`;
}

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  creationTimestamp: z.string().nullable().optional(),
  deletionTimestamp: z.string().optional(),
});
const podSchema = z.object({
  metadata,
  spec: z.object({
    nodeName: z.string().optional(),
    hostNetwork: z.boolean().optional(),
    containers: z.array(z.unknown()).default([]),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      podIPs: z.array(z.object({ ip: z.string().optional() })).optional(),
      containerStatuses: z.array(z.object({ ready: z.boolean().optional() })).optional(),
    })
    .default({}),
});
const nodeSchema = z.object({
  metadata,
  status: z
    .object({
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
      nodeInfo: z.object({ bootID: z.string().optional() }).optional(),
    })
    .default({ addresses: [] }),
});
const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullable(),
});
const statusSchema = z.object({ code: z.number().optional(), message: z.string().optional() });
const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** One page. The failure is a sentence. */
export function parseKubeList(text: string, kind: KubeKind): Result<KubeList, string> {
  const json = parseJson(text);
  const list = listSchema.safeParse(json);
  if (!list.success) return fail(`The API server's list of ${kind} is not one: ${excerpt(text)}`);
  const pods: PodFact[] = [];
  const nodes: KubeNodeFact[] = [];
  for (const item of list.data.items ?? []) {
    const fact = factOf(item, kind);
    if (fact === null)
      return fail(`The API server's list of ${kind} holds something else: ${excerpt(JSON.stringify(item))}`);
    if (fact.kind === 'pods') pods.push(fact.pod);
    else nodes.push(fact.node);
  }
  const { resourceVersion, continue: next } = list.data.metadata;
  return ok({ kind, resourceVersion, next: next === undefined || next === '' ? null : next, pods, nodes });
}

export function parseWatchLine(line: string, kind: KubeKind): KubeWatchEvent {
  const event = eventSchema.safeParse(parseJson(line));
  if (!event.success)
    return { type: 'error', sentence: `The watch on ${kind} said something unexpected: ${excerpt(line)}` };
  const { type, object } = event.data;
  if (type === 'ERROR') {
    const status = statusSchema.safeParse(object);
    if (status.data?.code === 410) return { type: 'expired' };
    return {
      type: 'error',
      sentence: `The watch on ${kind} ended: ${excerpt(status.data?.message ?? line)}`,
    };
  }
  const version = bookmarkSchema.safeParse(object).data?.metadata.resourceVersion;
  if (type === 'BOOKMARK' && version !== undefined) return { type: 'bookmark', resourceVersion: version };
  const fact = factOf(object, kind);
  if (fact !== null && version !== undefined) {
    if (type === 'ADDED' || type === 'MODIFIED') return { type: 'upsert', resourceVersion: version, fact };
    if (type === 'DELETED') return { type: 'delete', resourceVersion: version, fact };
  }
  return { type: 'error', sentence: `The watch on ${kind} said something unexpected: ${excerpt(line)}` };
}

function factOf(object: unknown, kind: KubeKind): KubeFact | null {
  if (kind === 'pods') {
    const pod = podSchema.safeParse(object);
    return pod.success ? { kind, pod: podFact(pod.data) } : null;
  }
  const node = nodeSchema.safeParse(object);
  return node.success ? { kind, node: nodeFact(node.data) } : null;
}

function podFact({ metadata: meta, spec, status }: z.infer<typeof podSchema>): PodFact {
  const namespace = meta.namespace ?? 'default';
  const several = (status.podIPs ?? []).flatMap(({ ip }) => (ip === undefined || ip === '' ? [] : [ip]));
  const created = Date.parse(meta.creationTimestamp ?? '');
  return {
    uid: meta.uid ?? `${namespace}/${meta.name}`,
    namespace,
    name: meta.name,
    nodeName: spec.nodeName === undefined || spec.nodeName === '' ? null : spec.nodeName,
    ips:
      several.length > 0 ? several : status.podIP === undefined || status.podIP === '' ? [] : [status.podIP],
    phase: status.phase ?? null,
    ready: {
      containers: spec.containers.length,
      ready: (status.containerStatuses ?? []).filter(({ ready }) => ready === true).length,
    },
    hostNetwork: spec.hostNetwork ?? false,
    terminating: meta.deletionTimestamp !== undefined,
    createdAt: Number.isNaN(created) ? null : Math.floor(created / 1000),
  };
}

function nodeFact({ metadata: meta, status }: z.infer<typeof nodeSchema>): KubeNodeFact {
  const bootId = status.nodeInfo?.bootID;
  return {
    name: meta.name,
    addresses: status.addresses.filter(({ type }) => type.endsWith('IP')).map(({ address }) => address),
    bootId: bootId === undefined || bootId === '' ? null : bootId,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
