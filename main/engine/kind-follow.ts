// One kind of Kubernetes' objects: listed page by page, then followed by a watch from there, or listed again.
// A watch that ends or expires (410) goes on with a list; what cannot be read is said, and tried again.
import type { KubeKind } from '../../app/probe/kube-facts.ts';
import { KUBE_KINDS, kindName, type KubeResource } from '../../app/probe/kube-kinds.ts';
import { listPath, watchPath } from '../../app/probe/kubernetes.ts';
import type { KubeSource } from './kube-source.ts';
import type { KubeOrigin, KubeOutcome, TopologyHost } from './topology-host.ts';

/** Shorter than `discover` waits (30 s): it says why Pods have no names. */
export const listDeadlineMs = 20_000;
/** 100 pages of 500: beyond that a list is a mistake. */
const mostPages = 100;
/** A watch ends by itself every few minutes, and at once when its version is too old (410): both list again. */
const restMs = { ended: 500, longest: 60_000 };
/** A watch that ends sooner was not one: API servers keep theirs for minutes. One that lives longer is well. */
const shortLifeMs = 30_000;
/** Where nothing can be followed, the lists are read this often instead. */
const pollEveryMs = 10_000;
/** Lines that wait for the worker before the source has to. */
const mostGathered = 1_000;
/** Events of one moment are understood together. */
const gatherMs = 50;

export interface KindFollowOptions {
  readonly kind: KubeKind;
  readonly source: KubeSource;
  readonly host: Pick<TopologyHost, 'kubePage' | 'kubeWatch' | 'kubeRefused'>;
  /** False: listed when told to. */
  readonly follow: boolean;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Kubernetes' names of nodes on which a Pod came, changed or went. */
  readonly onPodsChanged: (nodeNames: ReadonlySet<string>) => void;
  /** `state` or `troubled` may have changed. */
  readonly onState: () => void;
}

export type KindState =
  | { readonly is: 'unread' }
  | { readonly is: 'listed' }
  | { readonly is: 'absent' | 'not-permitted' | 'failed'; readonly reason: string };

export class KindFollow {
  readonly #options: KindFollowOptions;
  readonly #lines: string[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #stop = new AbortController();
  /** Where the API serves it. */
  #resource: KubeResource | null = null;
  #watching = '';
  /** Null while there is no watch. */
  #watchedSince: number | null = null;
  #shortLives = 0;
  /** Why it cannot be watched. */
  #unwatched: string | null = null;
  #state: KindState = { is: 'unread' };
  #listedOnce = false;
  #cut = false;
  /** Counts connections: an answer that belongs to an earlier one is dropped. */
  #generation = 0;

  constructor(options: KindFollowOptions) {
    this.#options = options;
  }

  get kind(): KubeKind {
    return this.#options.kind;
  }

  /** Of the last list. */
  get state(): KindState {
    return this.#state;
  }

  get listedOnce(): boolean {
    return this.#listedOnce;
  }

  /** Of the last list the end was left out: it was too long. */
  get cut(): boolean {
    return this.#cut;
  }

  /** Why its watch does not live, in kubectl's words; null when that is well. */
  get unwatched(): string | null {
    return this.#unwatched;
  }

  get stream(): string {
    return `kube-${this.kind}-${this.#generation}`;
  }

  /** Where it was listed last; null where it was not yet. */
  get resource(): KubeResource | null {
    return this.#resource;
  }

  /** It is watched, or rests before it is listed again by itself. */
  get busy(): boolean {
    return this.#watchedSince !== null || this.#timers.size > 0;
  }

  /** What came of an earlier connection is dropped. */
  begin(): void {
    this.#generation++;
    this.#shortLives = 0;
    this.#watchedSince = null;
    this.#lines.length = 0;
    this.#clear();
  }

  close(): void {
    this.#stop.abort();
    this.#generation++;
    this.#clear();
  }

  /** The API server does not have it. */
  async absent(): Promise<void> {
    await this.#refused('absent', `the API server does not have ${kindName(this.kind)}`);
  }

  /** Lists it whole; then follows it. Resolves when it has been listed, or could not be. */
  async list(resource: KubeResource): Promise<void> {
    this.#resource = resource;
    const { kind, source, host } = this.#options;
    const generation = this.#generation;
    let next: string | null = null;
    const most = KUBE_KINDS[kind].mostPages ?? mostPages;
    for (let page = 0; page < most; page++) {
      const path = listPath(resource, next);
      const output = await source.get(path, { deadlineMs: listDeadlineMs, signal: this.#stop.signal });
      if (generation !== this.#generation) return;
      if (!output.ok) {
        await this.#refused(output.failure.state, output.failure.reason);
        return;
      }
      const last = page === most - 1 && KUBE_KINDS[kind].mostPages !== undefined;
      const place = { first: page === 0, last };
      const read = await host.kubePage(kind, output.value, this.#origin(source.command(path)), place);
      if (generation !== this.#generation) return;
      if (read.sentence !== null) {
        await this.#refused('failed', read.sentence);
        return;
      }
      next = read.next;
      if (next !== null && !last) continue;
      this.#took(read);
      return;
    }
    await this.#refused('failed', `the list of ${kindName(kind)} does not end after ${mostPages} pages`);
  }

  /** Takes a whole list, which came with those of other kinds. Resolves when it is taken, or could not be. */
  async listedTogether(resource: KubeResource, page: string, command: string): Promise<void> {
    this.#resource = resource;
    const { kind, host } = this.#options;
    const generation = this.#generation;
    const read = await host.kubePage(kind, page, this.#origin(command), { first: true, last: true });
    if (generation !== this.#generation) return;
    if (read.sentence !== null) await this.#refused('failed', read.sentence);
    else this.#took(read);
  }

  /** Lists it again after a rest. */
  listAfter(ms: number): void {
    const resource = this.#resource;
    if (resource !== null) this.#later(ms, () => this.list(resource));
  }

  /** Awaited by the source: while the worker is behind, the watch waits. */
  async onLine(line: string): Promise<void> {
    this.#lines.push(line);
    if (this.#lines.length === 1) this.#later(gatherMs, () => this.#understand());
    else if (this.#lines.length >= mostGathered) await this.#understand();
  }

  /** A watch is over: lists again, later the more often that was so at once. */
  onEnded(reason: string): void {
    this.#watchedSince = null;
    const short = ++this.#shortLives;
    if (short > 1) {
      this.#unwatched = reason;
      this.#options.onState();
    }
    this.listAfter(Math.min(restMs.ended * 2 ** short, restMs.longest));
  }

  #watch(resourceVersion: string): void {
    const { source } = this.#options;
    if (this.#resource === null) return;
    const path = watchPath(this.#resource, resourceVersion);
    this.#watching = source.command(path);
    const since = performance.now();
    this.#watchedSince = since;
    if (!source.watch(this.stream, path)) {
      this.#watchedSince = null;
      this.listAfter(pollEveryMs);
      return;
    }
    this.#later(shortLifeMs, () => {
      if (this.#watchedSince !== since) return;
      this.#shortLives = 0;
      this.#unwatched = null;
      this.#options.onState();
    });
  }

  #took({ next, nodeNames, resourceVersion }: KubeOutcome): void {
    const { kind, follow, onState, onPodsChanged } = this.#options;
    this.#cut = next !== null;
    if (this.#shortLives < 2) this.#unwatched = null;
    this.#state = { is: 'listed' };
    this.#listedOnce = true;
    onState();
    if (kind === 'pods') onPodsChanged(nodeNames);
    if (follow && KUBE_KINDS[kind].follow === 'watch') this.#watch(resourceVersion);
  }

  async #refused(is: 'absent' | 'not-permitted' | 'failed', reason: string): Promise<void> {
    this.#state = { is, reason };
    await this.#options.host.kubeRefused(this.kind, {
      state: is,
      sentence: reason,
      at: this.#options.now(),
    });
    this.#options.onState();
  }

  async #understand(): Promise<void> {
    const { kind, host, source } = this.#options;
    const generation = this.#generation;
    const lines = this.#lines.splice(0);
    if (lines.length === 0) return;
    const since = this.#watchedSince;
    const read = await host.kubeWatch(kind, lines, this.#origin(this.#watching));
    if (generation !== this.#generation) return;
    // What was missed is not known: this watch is ended, unless it did so itself, and all is listed again.
    if (read.trouble !== null && since !== null && this.#watchedSince === since) {
      source.unwatch(this.stream);
      this.onEnded(read.trouble);
    }
    if (read.nodeNames.size > 0) this.#options.onPodsChanged(read.nodeNames);
  }

  #origin(command: string): KubeOrigin {
    return { nodeLabel: this.#options.source.label, command, seenAt: this.#options.now() };
  }

  #later(ms: number, task: () => Promise<void> | void): void {
    if (this.#stop.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void task();
    }, ms);
    this.#timers.add(timer);
  }

  #clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
