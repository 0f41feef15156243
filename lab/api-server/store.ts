// The objects, and the last changes made to them. Semantics are etcd's as Kubernetes shows them: one revision counter
// for the whole store, a bounded history, 410 beyond it
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
import type { KubeObject } from './json.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface Change {
  readonly type: ChangeType;
  /** The resource's id (kinds.ts). */
  readonly resource: string;
  /** The object after the change; for DELETED the last one, carrying the revision of its deletion. */
  readonly object: KubeObject;
  /** The object before the change: watches with selectors and lists of the past need it. */
  readonly previous: KubeObject | null;
  readonly revision: number;
}

export interface StoreState {
  readonly revision: number;
  readonly objects: readonly (readonly [resource: string, object: KubeObject])[];
  /** Oldest first, gapless up to `revision`. */
  readonly history: readonly Change[];
}

/** Namespace and name in etcd's key order; no name holds a NUL. */
export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}\0${name}`;
}

function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

function inKeyOrder(objects: ReadonlyMap<string, KubeObject>): KubeObject[] {
  return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

export class ObjectStore {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #history: Change[];
  readonly #historyLimit: number;
  readonly #record: (change: Change) => void;
  readonly #subscribers = new Set<(change: Change) => void>();
  #revision: number;

  /** `record` is called before a change becomes visible; when it throws, the change has not happened. */
  constructor(state: StoreState, historyLimit: number, record: (change: Change) => void = () => undefined) {
    this.#revision = state.revision;
    this.#record = record;
    this.#historyLimit = historyLimit;
    this.#history = state.history.slice(-historyLimit);
    for (const [resource, object] of state.objects) this.#collection(resource).set(keyOf(object), object);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Changes after this revision are still known; a watch from before it is told to list again. */
  get oldestRevision(): number {
    return (this.#history[0]?.revision ?? this.#revision + 1) - 1;
  }

  state(): StoreState {
    const objects = [...this.#objects].flatMap(([resource, collection]) =>
      [...collection.values()].map((object) => [resource, object] as const),
    );
    return { revision: this.#revision, objects, history: this.#history };
  }

  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(objectKey(namespace, name));
  }

  /** In key order. */
  list(resource: string): KubeObject[] {
    return inKeyOrder(this.#collection(resource));
  }

  /** The collection as it was at `revision`, in key order; null when that is no longer known. */
  listAt(resource: string, revision: number): KubeObject[] | null {
    if (revision === this.#revision) return this.list(resource);
    if (revision < this.oldestRevision) return null;
    const objects = new Map(this.#collection(resource));
    for (const change of this.#history.toReversed()) {
      if (change.revision <= revision) break;
      if (change.resource !== resource) continue;
      if (change.previous === null) objects.delete(keyOf(change.object));
      else objects.set(keyOf(change.previous), change.previous);
    }
    return inKeyOrder(objects);
  }

  /** The changes after `revision`, oldest first; null when some of them are no longer known. */
  changesSince(revision: number): Change[] | null {
    if (revision < this.oldestRevision) return null;
    return this.#history.filter((change) => change.revision > revision);
  }

  /** Creates or replaces; returns the object as stored, with its new resourceVersion. */
  put(resource: string, object: KubeObject): KubeObject {
    const previous = this.get(resource, object.metadata.namespace, object.metadata.name) ?? null;
    return this.#commit(previous === null ? 'ADDED' : 'MODIFIED', resource, object, previous);
  }

  /** Removes an object that is in the store; returns it with the revision of its deletion. */
  delete(resource: string, object: KubeObject): KubeObject {
    return this.#commit('DELETED', resource, object, object);
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#subscribers.add(listener);
    return () => {
      this.#subscribers.delete(listener);
    };
  }

  #collection(resource: string): Map<string, KubeObject> {
    const known = this.#objects.get(resource);
    if (known !== undefined) return known;
    const fresh = new Map<string, KubeObject>();
    this.#objects.set(resource, fresh);
    return fresh;
  }

  #commit(type: ChangeType, resource: string, object: KubeObject, previous: KubeObject | null): KubeObject {
    const revision = this.#revision + 1;
    const stored = atRevision(object, revision);
    const change: Change = { type, resource, object: stored, previous, revision };
    this.#record(change);
    this.#revision = revision;
    if (type === 'DELETED') this.#collection(resource).delete(keyOf(stored));
    else this.#collection(resource).set(keyOf(stored), stored);
    this.#history.push(change);
    if (this.#history.length > this.#historyLimit) this.#history.shift();
    for (const listener of this.#subscribers) listener(change);
    return stored;
  }
}

export function atRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
