// Kubernetes' own view through kubectl on one node: list a kind page by page, then follow its watch from there.
// A watch that ends or expires (410) goes on with a list; what cannot be read is said, and tried again.
import { listCommand, watchCommand, type KubeKind } from '../../app/probe/kubernetes.ts';
import { runScript } from '../node/run-probe.ts';
import type { NodeStatus } from '../../app/contract/session.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import type { NodeReader } from './node-reader.ts';
import type { KubeOrigin, KubeOutcome, TopologyHost } from './topology-host.ts';

const kinds = ['nodes', 'pods'] as const satisfies readonly KubeKind[];
/** Shorter than `discover` waits (30 s): it says why Pods have no names. */
const listDeadlineMs = 20_000;
/** 100 pages of 500: beyond that a list is a mistake. */
const mostPages = 100;
/** A watch ends by itself every few minutes, and at once when its version is too old (410): both list again. */
const retryAfterMs = { ended: 500, failed: 10_000, longest: 60_000 };
/** A watch that ends sooner was not one: API servers keep theirs for minutes. One that lives longer is well. */
const shortLifeMs = 30_000;
/** Where nothing can be followed, the lists are read this often instead. */
const pollEveryMs = 10_000;
/** Lines that wait for the worker before the node has to. */
const mostGathered = 1_000;
/** Events of one moment are understood together. */
const gatherMs = 50;

/** What is used of the node that has kubectl. */
export interface KubectlNode {
  readonly transport: NodeTransport | null;
  readonly reader: Pick<NodeReader, 'addStream' | 'removeStream'> | null;
  readonly status: Pick<NodeStatus, 'state' | 'lastFactsAt'>;
}

export interface InventoryWatchOptions {
  /** How kubectl is called on that node. */
  readonly command: string;
  readonly nodeLabel: string;
  /** False: listed once. */
  readonly follow: boolean;
  readonly node: () => KubectlNode | null;
  readonly host: Pick<TopologyHost, 'kubePage' | 'kubeWatch'>;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Kubernetes' names of nodes on which a Pod came, changed or went. */
  readonly onPodsChanged: (nodeNames: ReadonlySet<string>) => void;
  /** `limit` or `settled` may have changed. */
  readonly onLimit: () => void;
}

export class InventoryWatch {
  readonly #options: InventoryWatchOptions;
  readonly #lines: Record<KubeKind, string[]> = { nodes: [], pods: [] };
  readonly #watching: Record<KubeKind, string> = { nodes: '', pods: '' };
  /** Null while there is no watch. */
  readonly #watchedSince: Record<KubeKind, number | null> = { nodes: null, pods: null };
  readonly #shortLives: Record<KubeKind, number> = { nodes: 0, pods: 0 };
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #stop = new AbortController();
  readonly #limits = new Map<KubeKind, string>();
  readonly #listed = new Set<KubeKind>();
  /** Counts connections: an answer that belongs to an earlier one is dropped. */
  #generation = 0;

  constructor(options: InventoryWatchOptions) {
    this.#options = options;
  }

  get nodeLabel(): string {
    return this.#options.nodeLabel;
  }

  /** What is off and what to do; null when all is well. */
  get limit(): string | null {
    const { state, lastFactsAt } = this.#options.node()?.status ?? { state: null, lastFactsAt: null };
    if (this.#listed.size > 0 && state !== 'connected' && lastFactsAt !== null) {
      const at = new Date(lastFactsAt).toISOString().slice(11, 19);
      return `What Kubernetes says is as of ${at} UTC: ${this.nodeLabel}, where it is asked, is not connected.`;
    }
    return [...this.#limits.values()][0] ?? null;
  }

  /** Every kind has been listed once. */
  get listed(): boolean {
    return kinds.every((kind) => this.#listed.has(kind));
  }

  /** Every kind has been listed once, or could not be. */
  get settled(): boolean {
    return kinds.every((kind) => this.#listed.has(kind) || this.#limits.has(kind));
  }

  /** Called on each connection of the node that has kubectl. */
  start(): void {
    this.#generation++;
    for (const kind of kinds) {
      this.#shortLives[kind] = 0;
      this.#watchedSince[kind] = null;
      this.#lines[kind].length = 0;
      void this.#list(kind, this.#generation);
    }
  }

  /** Awaited by the reader: while the worker is behind, the watch waits on the node. */
  async onStreamLine(stream: string, line: string): Promise<void> {
    const kind = this.#kindOf(stream);
    if (kind === undefined) return;
    const lines = this.#lines[kind];
    lines.push(line);
    if (lines.length === 1) this.#later(gatherMs, () => this.#understand(kind, this.#generation));
    else if (lines.length >= mostGathered) await this.#understand(kind, this.#generation);
  }

  onStreamEnded(stream: string, status: number, said: string): void {
    const kind = this.#kindOf(stream);
    if (kind !== undefined)
      this.#ended(
        kind,
        said === '' ? `kubectl ends with status ${status}` : `kubectl says: ${said.slice(0, 300)}`,
      );
  }

  /** A watch is over: lists again, later the more often that was so at once. */
  #ended(kind: KubeKind, reason: string): void {
    this.#watchedSince[kind] = null;
    const short = ++this.#shortLives[kind];
    if (short > 1) {
      this.#limit(
        kind,
        `Kubernetes does not let ${this.nodeLabel} watch ${kind} (${reason}); they are listed again instead.`,
      );
    }
    const rest = Math.min(retryAfterMs.ended * 2 ** short, retryAfterMs.longest);
    const generation = this.#generation;
    this.#later(rest, () => this.#list(kind, generation));
  }

  close(): void {
    this.#stop.abort();
    this.#generation++;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #list(kind: KubeKind, generation: number): Promise<void> {
    const { host, onPodsChanged } = this.#options;
    let next: string | null = null;
    for (let page = 0; page < mostPages; page++) {
      // A timer of an earlier connection.
      if (generation !== this.#generation) return;
      const command = this.#called(listCommand(kind, next));
      const output: { text: string } | { sentence: string } | null = await this.#ask(command);
      if (generation !== this.#generation) return;
      if (output === null || 'sentence' in output) {
        this.#failed(kind, output?.sentence ?? 'its node is not connected');
        return;
      }
      const read: KubeOutcome = await host.kubePage(kind, output.text, this.#origin(command), page === 0);
      if (generation !== this.#generation) return;
      if (read.sentence !== null) {
        this.#failed(kind, read.sentence);
        return;
      }
      next = read.next;
      if (next !== null) continue;
      if (this.#shortLives[kind] < 2) this.#limit(kind, null);
      this.#listed.add(kind);
      this.#options.onLimit();
      onPodsChanged(read.nodeNames);
      if (this.#options.follow) this.#watch(kind, generation, read.resourceVersion);
      return;
    }
    this.#failed(kind, `the list of ${kind} does not end after ${mostPages} pages`);
  }

  #watch(kind: KubeKind, generation: number, resourceVersion: string): void {
    const command = this.#called(watchCommand(kind, resourceVersion));
    this.#watching[kind] = command;
    const since = performance.now();
    this.#watchedSince[kind] = since;
    const follows = this.#options.node()?.reader?.addStream(streamName(kind, generation), command) ?? false;
    if (!follows) {
      this.#watchedSince[kind] = null;
      this.#later(pollEveryMs, () => this.#list(kind, generation));
      return;
    }
    this.#later(shortLifeMs, () => {
      if (this.#watchedSince[kind] !== since) return;
      this.#shortLives[kind] = 0;
      this.#limit(kind, null);
    });
  }

  #kindOf(stream: string): KubeKind | undefined {
    return kinds.find((kind) => streamName(kind, this.#generation) === stream);
  }

  async #ask(command: string): Promise<{ text: string } | { sentence: string } | null> {
    const transport = this.#options.node()?.transport ?? null;
    if (transport === null) return null;
    const ran = await runScript(transport, {
      script: command,
      deadlineMs: listDeadlineMs,
      signal: this.#stop.signal,
    });
    if (!ran.ok) return { sentence: ran.failure.sentence };
    if (ran.value.exitStatus === 0) return { text: new TextDecoder().decode(ran.value.stdout) };
    const said = new TextDecoder().decode(ran.value.stderr).trim().split('\n').at(-1) ?? '';
    return {
      sentence:
        ran.value.exitStatus === 127
          ? `there is no kubectl for this login; name another node under inventory.kubectl`
          : `kubectl says: ${said.slice(0, 300)}`,
    };
  }

  #origin(command: string): KubeOrigin {
    return { nodeLabel: this.#options.nodeLabel, command, seenAt: this.#options.now() };
  }

  #called(command: string): string {
    return command.replace(/^kubectl/, () => this.#options.command);
  }

  #failed(kind: KubeKind, reason: string): void {
    const { nodeLabel } = this.#options;
    this.#limit(
      kind,
      `Kubernetes cannot be asked on ${nodeLabel} (${reason.replace(/\.$/, '')}); Pods carry the names known so far.`,
    );
    const generation = this.#generation;
    this.#later(retryAfterMs.failed, () => this.#list(kind, generation));
  }

  #limit(kind: KubeKind, sentence: string | null): void {
    if ((this.#limits.get(kind) ?? null) === sentence) return;
    if (sentence === null) this.#limits.delete(kind);
    else this.#limits.set(kind, sentence);
    this.#options.onLimit();
  }

  async #understand(kind: KubeKind, generation: number): Promise<void> {
    const lines = this.#lines[kind].splice(0);
    if (lines.length === 0) return;
    const since = this.#watchedSince[kind];
    const read = await this.#options.host.kubeWatch(kind, lines, this.#origin(this.#watching[kind]));
    if (generation !== this.#generation) return;
    // What was missed is not known: this watch is ended, unless it did so itself, and all is listed again.
    if (read.trouble !== null && since !== null && this.#watchedSince[kind] === since) {
      this.#options.node()?.reader?.removeStream(streamName(kind, generation));
      this.#ended(kind, read.trouble);
    }
    if (read.nodeNames.size > 0) this.#options.onPodsChanged(read.nodeNames);
  }

  #later(ms: number, task: () => Promise<void> | void): void {
    if (this.#stop.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void task();
    }, ms);
    this.#timers.add(timer);
  }
}

function streamName(kind: KubeKind, generation: number): string {
  return `kube-${kind}-${generation}`;
}
