// Watches: one JSON event a line, for as long as the client listens.
// Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes; a resourceVersion
// that is too old is told as the real server tells it: HTTP 200 and one ERROR event that holds a 410 Status.
import type { ServerResponse } from 'node:http';
import { expired, statusObject } from './api-status.ts';
import type { Json, JsonObject, KubeObject } from './json.ts';
import { apiVersionOf, resourceId, type Resource } from './kinds.ts';
import type { Selects } from './selector.ts';
import { atRevision, type Change, type ChangeType, type ObjectStore } from './store.ts';

export interface WatchRequest {
  readonly resource: Resource;
  readonly selects: Selects;
  /** Events after this revision; null begins with the present objects as ADDED events. */
  readonly since: number | null;
  readonly bookmarks: boolean;
  /** With present objects first: a bookmark that says when they end (the WatchList protocol). */
  readonly marksInitialEnd: boolean;
  readonly timeoutMs: number;
  /** The event's object in the form that was asked for: itself, or a Table. */
  readonly encode: (objects: readonly KubeObject[], revision: string) => Json;
}

interface WatchEvent {
  readonly type: ChangeType;
  readonly object: KubeObject;
}

export interface WatchLimits {
  readonly watchers: number;
  /** Undelivered events after which a watcher that does not read is cut off; it lists and watches again. */
  readonly backlog: number;
  readonly bookmarkMs: number;
}

export class WatchHub {
  readonly #watchers = new Set<Watcher>();

  private readonly store: ObjectStore;
  readonly limits: WatchLimits;

  constructor(store: ObjectStore, limits: WatchLimits) {
    this.store = store;
    this.limits = limits;
  }

  /** False when there are as many watchers as allowed. */
  get hasRoom(): boolean {
    return this.#watchers.size < this.limits.watchers;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  open(request: WatchRequest, response: ServerResponse): void {
    const watcher = new Watcher(this.store, request, response, this.limits);
    this.#watchers.add(watcher);
    response.once('close', () => {
      watcher.stop();
      this.#watchers.delete(watcher);
    });
    watcher.start();
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.stop();
  }
}

class Watcher {
  /** Initial objects and changes that the socket has not taken yet, oldest first. */
  #backlog: WatchEvent[] = [];
  #blocked = false;
  #unsubscribe: () => void = () => undefined;
  #bookmarkTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;
  #initialEndPending: boolean;

  private readonly store: ObjectStore;
  private readonly request: WatchRequest;
  private readonly response: ServerResponse;
  private readonly limits: WatchLimits;

  constructor(store: ObjectStore, request: WatchRequest, response: ServerResponse, limits: WatchLimits) {
    this.store = store;
    this.request = request;
    this.response = response;
    this.limits = limits;
    this.#initialEndPending = request.marksInitialEnd && request.since === null;
  }

  start(): void {
    const { store, request, response, limits } = this;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
    const resource = resourceId(request.resource);
    if (request.since === null) {
      const present = store.list(resource).filter(request.selects);
      this.#backlog = present.map((object) => ({ type: 'ADDED', object }));
    } else {
      const missed = store.changesSince(request.since);
      if (missed === null) {
        const why = `too old resource version: ${String(request.since)} (${String(store.oldestRevision)})`;
        this.#write({ type: 'ERROR', object: statusObject(expired(why)) });
        response.end();
        return;
      }
      this.#backlog = missed.flatMap((change) => this.#eventOf(change) ?? []);
    }
    this.#unsubscribe = store.subscribe((change) => {
      this.#receive(change);
    });
    response.on('drain', () => {
      this.#blocked = false;
      this.#pump();
    });
    if (request.bookmarks) {
      this.#bookmarkTimer = setInterval(() => {
        this.#bookmark();
      }, limits.bookmarkMs);
    }
    this.#endTimer = setTimeout(() => {
      if (request.bookmarks) this.#bookmark();
      this.stop();
      response.end();
    }, request.timeoutMs);
    this.#pump();
  }

  /** Releases timers and subscription; the connection is the caller's. Safe to call twice. */
  stop(): void {
    this.#unsubscribe();
    clearInterval(this.#bookmarkTimer);
    clearTimeout(this.#endTimer);
  }

  #receive(change: Change): void {
    const event = this.#eventOf(change);
    if (event === null) return;
    this.#backlog.push(event);
    if (this.#backlog.length > this.limits.backlog) {
      this.stop();
      this.response.destroy();
      return;
    }
    this.#pump();
  }

  /** With a selector, coming into view is ADDED and going out of view is DELETED, whatever the change was. */
  #eventOf(change: Change): WatchEvent | null {
    const { resource, selects } = this.request;
    if (change.resource !== resourceId(resource)) return null;
    const before = change.previous !== null && selects(change.previous);
    const after = change.type !== 'DELETED' && selects(change.object);
    if (before && after) return { type: 'MODIFIED', object: change.object };
    if (after) return { type: 'ADDED', object: change.object };
    if (!before) return null;
    return { type: 'DELETED', object: atRevision(change.previous, change.revision) };
  }

  #pump(): void {
    let sent = 0;
    while (sent < this.#backlog.length && !this.#blocked) {
      const event = this.#backlog[sent];
      if (event === undefined) break;
      const revision = event.object.metadata.resourceVersion ?? '';
      this.#write({ type: event.type, object: this.request.encode([event.object], revision) });
      sent += 1;
    }
    if (sent > 0) this.#backlog.splice(0, sent);
    if (this.#backlog.length === 0 && this.#initialEndPending) {
      this.#initialEndPending = false;
      this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
    }
  }

  /** Says up to which revision everything has been sent; skipped while something has not. */
  #bookmark(annotations?: JsonObject): void {
    if (this.#backlog.length > 0 || this.#blocked) return;
    const { resource } = this.request;
    const object = {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: {
        resourceVersion: String(this.store.revision),
        creationTimestamp: null,
        ...(annotations === undefined ? {} : { annotations }),
      },
    };
    this.#write({ type: 'BOOKMARK', object });
  }

  #write(event: { type: string; object: Json }): void {
    if (this.response.destroyed || this.response.writableEnded) return;
    this.#blocked = !this.response.write(`${JSON.stringify(event)}\n`);
  }
}
